// Eg-walker's replay (Gentle and Kleppmann, Collaborative Text Editing with Eg-walker, EuroSys 2025) from one version on: for each
// event where it goes in the text that has all events walked before, though its position speaks of the text that its writer saw. The
// order among insertions at one place is FugueMax's (Weidner and Kleppmann, The Art of the Fugue).
#pragma once
#include "core/text/draft.hpp"
#include "core/text/graph.hpp"
#include "core/text/spans.hpp"

namespace carnet::text {

// Spans touched in one walk. An evening of ten people takes some thousands; this many take a few seconds.
inline constexpr std::uint64_t most_steps = 100'000'000;

class Walker {
 public:
  // From `base`, where the text has `length` characters, for events of this range of numbers, all later than the base. Where the
  // length is not known yet: one that it surely does not exceed, and settle() before positions matter.
  Walker(const Graph& graph, Version base, std::uint32_t length, Range events);
  bool settle(std::uint32_t text_length);  // what stands in the text now; says whether that can be

  // Walks events of one entry, whose parents have been walked or are the base. Tells what they change, if asked. Errors: invalid (a
  // position outside of the text at its parents; refused_at() has the event), too_large (over most_steps).
  Result<void> walk(Range events, std::vector<Change>* changes);
  Lv refused_at() const { return refused_at_; }
  std::uint64_t steps() const { return spans_.steps(); }

  // The list as it stands, in the order of the text, and which character a removing event removed.
  const Spans& spans() const { return spans_; }
  bool is_base(Character id) const { return id < base_; }
  Lv event(Character id) const { return id - base_ + events_.begin; }
  Character inserted_by(Lv event) const { return event - events_.begin + base_; }
  Character removed_by(Lv event) const { return removed_[event - events_.begin]; }

 private:
  void prepare(const Version& version);
  void turn(Range events, bool forward);
  void turn_characters(Character from, std::uint32_t count, bool insertion, bool forward);
  bool fits(const Run& run) const;
  void apply(const Run& run, std::vector<Change>* changes);
  void insert(const Run& run, std::vector<Change>* changes);
  Spans::Found place_for(const Span& span, Spans::Found found);
  bool stands_before(Character a, Character b);  // `nothing` before everything
  void remove(const Run& run, std::vector<Change>* changes);
  void remove_back(const Run& run, std::vector<Change>* changes);
  void take_away(Spans::Found found, std::uint32_t count, std::vector<Change>* changes);

  const Graph& graph_;
  Range events_;
  Character base_;            // ids below it are characters of the base
  std::uint32_t beyond_ = 1;  // characters at the end of the list that are not there
  Spans spans_;
  std::unique_ptr<Character[]> removed_;
  Version prepared_;
  Lv refused_at_ = 0;
};

}  // namespace carnet::text
