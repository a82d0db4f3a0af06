// Eg-walker's replay (Gentle and Kleppmann, Collaborative Text Editing with Eg-walker, EuroSys 2025) from one version on: for each
// event where it goes in the text that has all events walked before, though its position speaks of the text that its writer saw. The
// order among insertions at one place is FugueMax's (Weidner and Kleppmann, The Art of the Fugue).
#pragma once
#include "core/text/draft.hpp"
#include "core/text/graph.hpp"
#include "core/text/spans.hpp"

namespace carnet::text {

// Up to where the events, of one entry, lie within a text of that length: whole patches.
Lv end_of_fit(const Graph& graph, Range events, std::uint64_t length);

class Walker {
 public:
  // From `base`, where the text has `length` characters, for events of this range of numbers, all later than the base. Where the
  // length is not known yet: one that it surely does not exceed, and settle() before positions matter.
  Walker(const Graph& graph, Version base, std::uint32_t length, Range events, Steps& steps);
  bool settle(std::uint32_t text_length);  // what stands in the text now; says whether that can be

  // Walks events of one entry, whose parents have been walked or are the base, up to the first patch that has a position outside of
  // the text at its parents; says where it stopped. Tells what they change, if asked. Error: too_large (over most_steps).
  Result<Lv> walk(Range events, std::vector<Change>* changes);

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
  void apply(const Run& run, std::vector<Change>* changes);
  void insert(const Run& run, std::vector<Change>* changes);
  bool goes_right_before(const Span& span, const Spans::Place& next);
  Spans::Found place_for(const Span& span, Spans::Found found);
  bool stands_before(Character a, Character b);  // `nothing` before everything
  void remove(const Run& run, std::vector<Change>* changes);
  void remove_back(const Run& run, std::vector<Change>* changes);
  void take_away(Spans::Found found, std::uint32_t count, std::vector<Change>* changes);

  const Graph& graph_;
  Range events_;
  Character base_;            // ids below it are characters of the base
  std::uint32_t beyond_ = 1;  // characters at the end of the list that are not there
  Steps& steps_;
  Spans spans_;
  std::unique_ptr<Character[]> removed_;
  Version prepared_;
};

}  // namespace carnet::text
