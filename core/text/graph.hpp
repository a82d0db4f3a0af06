// The event graph of one text: what everybody did to it, run-length encoded, with the order of knowing. Nothing in it is ever changed
// or transformed; the text is what a walk over it makes (core/text/merge.hpp). The union of two graphs is the merge of two texts.
//
// Inside a process an event has a local number (Lv), its place in the order of arrival; parents have smaller ones. Lvs differ between
// replicas, change when a graph is trimmed, and never leave the process: outside, events have ids.
//
// A graph may have a base: the version below which it knows nothing any more, and that every later event has seen. A value; one
// thread at a time.
#pragma once
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/text/patch.hpp"
#include "core/text/steps.hpp"

namespace carnet::text {

using Lv = std::uint32_t;
using Version = std::vector<Lv>;  // heads, ascending, none an ancestor of another; with all their ancestors. Empty: the base

struct Range {
  Lv begin = 0, end = 0;
  std::uint32_t size() const { return end - begin; }
  bool operator==(const Range&) const = default;
};

inline constexpr std::size_t most_entries = 65'536;    // branchings and joinings of one text
inline constexpr std::size_t most_joins = 524'288;     // parents of all of those
inline constexpr std::size_t most_authors = 65'536;    // of one text
inline constexpr std::size_t most_runs = 1'048'576;    // of operations, and of patches, in one text

// Events of one author, each with the one before as its only parent, and the first with `parents`.
struct Entry {
  Lv begin = 0, end = 0;
  std::uint32_t author = 0;  // in the order of their first appearance
  std::uint32_t seq = 0;     // of the first
  std::uint32_t parents_at = 0, parents = 0;
};

enum class Act : std::uint8_t { insert = 0, remove = 1, remove_back = 2, mark = 3 };

// Inserts at `at`, `at` + 1 ...; removes at `at` again and again; or removes backwards, at `at`, `at` - 1 ...
struct Run {
  Lv begin = 0;
  std::uint32_t count = 0;
  std::uint32_t at = 0;
  Act act = Act::insert;
  std::uint32_t content = 0;  // where its text begins
  Lv end() const { return begin + count; }
};

struct Author {
  DeviceId device;
  std::uint32_t below = 0;  // how many of its events lie at or below the base
  std::uint32_t next = 0;
  struct Piece { std::uint32_t seq = 0, count = 0; Lv begin = 0; };
  std::vector<Piece> pieces;  // by seq
};

enum class Added { fresh, known };

Run part_of(const Run& run, Range events);  // the run's part that lies in it

class Graph {
 public:
  // Adds a patch, or finds that it is known. Whether its positions lie within the text is found out by the walk, so patches from
  // elsewhere are taken in by merge() alone. Errors:
  //   gap         a parent, or an earlier event of the device, has not arrived: keep it and try again
  //   not_found   it was made on what was trimmed away
  //   copied      other events bear these ids: the device number is in use twice
  //   malformed, too_large   it is no patch; refuse it, and what the device makes after it
  Result<Added> add(const Patch& patch) { Steps steps; return add(patch, steps); }
  Result<Added> add(const Patch& patch, Steps& steps);
  std::optional<EventId> waits_for(const Patch& patch) const;  // why there is a gap

  // How things stand before some patches are added, to go back to.
  struct Point { Lv size; std::size_t authors; Version frontier; std::uint64_t ancestry; };
  Point point() const { return {size(), authors_.size(), frontier_, ancestry_}; }
  void go_back(const Point& point);
  void keep_base();  // nothing above it, nor who wrote only there

  bool empty() const { return entries_.empty() && base_.empty(); }
  Lv size() const { return entries_.empty() ? 0 : entries_.back().end; }
  const Version& frontier() const { return frontier_; }
  std::uint32_t base_length() const { return base_length_; }

  // Ids of a version, ascending, as a patch that is made there names its parents; and back.
  std::vector<EventId> ids(const Version& version) const;
  std::optional<Version> version(std::span<const EventId> ids) const;
  std::vector<EventId> frontier_ids() const { return ids(frontier_); }
  bool contains(EventId id) const;          // also what lies below the base
  std::uint32_t next(DeviceId device) const;  // the seq of the device's next event here
  std::map<DeviceId, std::uint32_t> next_of_all() const;

  // Ancestry, where an event is its own ancestor too.
  bool reaches(std::span<const Lv> version, Lv event) const;
  Version heads_of(Version events, Steps& steps) const;  // without the ancestors of others
  bool knows(EventId later, EventId earlier) const;  // both contained; whether the writer of `later` had `earlier`

  // The patches as they came, by number, a seed that several have once; and that seed as each other device has it.
  std::size_t patches() const { return starts_.size(); }
  Range patch_events(std::size_t number) const;
  std::size_t patch_of(Lv event) const;
  Patch patch(std::size_t number) const;
  std::vector<Patch> equal_seeds() const;

  // For the walk.
  std::span<const Entry> entries() const { return entries_; }
  std::span<const Run> runs() const { return runs_; }
  std::size_t authors() const { return authors_.size(); }
  std::size_t entry_of(Lv event) const;
  std::size_t run_of(Lv event) const;
  std::span<const Lv> parents(const Entry& entry) const { return {parents_.data() + entry.parents_at, entry.parents}; }
  Version parents_of(Lv event) const;
  std::u32string_view content(const Run& run, std::uint32_t from, std::uint32_t count) const {
    return std::u32string_view(content_).substr(run.content + from, count);
  }
  DeviceId device_of(Lv event) const { return authors_[entries_[entry_of(event)].author].device; }
  bool goes_first(Lv a, Lv b, Steps& steps) const;  // of two insertions at one place

  // The graph in columns, canonical; its text is the greater part and compresses well. unpack refuses what no pack() writes, but
  // positions are found out by the walk.
  std::string pack() const;
  static Result<Graph> unpack(std::string_view bytes);

  // For trim() (core/text/merge.hpp): the latest version in what all have seen that every event belongs to or has seen, and that ends
  // a patch; and forgetting everything up to it, where the text had that length.
  std::optional<Version> latest_critical(const Version& seen) const;
  void cut(const Version& at, std::uint32_t length);

 private:
  friend class GraphReader;
  friend class GraphWriter;
  struct Seed { Lv begin; std::uint32_t count; std::vector<std::uint32_t> owners; };  // owners: the author that is named first

  Result<Version> parents_for(const Patch& patch) const;
  Result<void> check_ancestry(const Version& parents, Steps& steps);
  Result<void> check_room(const Patch& patch) const;
  Result<Added> compare(const Patch& patch) const;
  bool same_events(const Patch& patch, Lv begin) const;
  std::optional<Lv> find(EventId id) const;
  const Author* author(DeviceId device) const;
  std::uint32_t author_index(DeviceId device);
  Seed* equal_seed(std::u32string_view text, Steps& steps);
  const Seed* seed_at(Lv event) const;
  std::u32string_view seed_text(const Seed& seed) const;
  bool add_to_seed(const Patch& patch, Steps& steps);
  void leave_seed(Seed& seed, std::size_t authors);
  void append(const Patch& patch, const Version& parents);
  void append_entry(std::uint32_t author, std::uint32_t seq, std::uint32_t count, const Version& parents);
  void append_edits(const Patch& patch);
  void append_run(Act act, std::uint32_t at, std::uint32_t count, std::u32string_view text);
  void give_ids(std::uint32_t author, std::uint32_t seq, std::uint32_t count, Lv begin);
  void find_frontier();
  bool antichains();  // whether no parent is an ancestor of another; counts what it takes

  std::vector<Author> authors_;
  std::map<std::uint32_t, std::uint32_t> by_device_;
  std::vector<Entry> entries_;
  std::vector<Lv> parents_;
  std::vector<Run> runs_;
  std::u32string content_;
  std::vector<Lv> starts_;  // of the patches
  std::vector<Seed> seeds_;
  Version frontier_;
  std::vector<EventId> base_;
  std::uint32_t base_length_ = 0;
  std::uint64_t ancestry_ = 0;  // steps to check which parents know which, of all entries: unpack() takes them at once
};

}  // namespace carnet::text
