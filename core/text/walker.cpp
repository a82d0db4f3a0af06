#include "core/text/walker.hpp"

#include <algorithm>

#include "core/text/ancestry.hpp"

namespace carnet::text {

namespace {

// How many of a run's events lie within a text of that length.
std::uint64_t fitting(const Run& run, std::uint64_t length) {
  if (run.act == Act::insert) return run.at <= length ? run.count : 0;
  if (run.act == Act::remove) return length - std::min<std::uint64_t>(run.at, length);
  if (run.act == Act::remove_back) return run.at < length ? std::uint64_t{run.at} + 1 : 0;
  return run.count;
}

}  // namespace

Lv end_of_fit(const Graph& graph, Range events, std::uint64_t length) {
  auto runs = graph.runs();
  for (auto k = graph.run_of(events.begin); k < runs.size() && runs[k].begin < events.end; ++k) {
    auto run = part_of(runs[k], events);
    auto fine = fitting(run, length);
    if (fine < run.count) return std::max(events.begin, graph.patch_events(graph.patch_of(run.begin + static_cast<Lv>(fine))).begin);
    if (run.act == Act::insert) length += run.count;
    else if (run.act != Act::mark) length -= run.count;
  }
  return events.end;
}

Walker::Walker(const Graph& graph, Version base, std::uint32_t length, Range events, Steps& steps)
    : graph_(graph), events_(events), base_(length + 1), steps_(steps), spans_(length + 1, events.size(), steps),
      removed_(std::make_unique_for_overwrite<Character[]>(events.size())), prepared_(std::move(base)) {}

bool Walker::settle(std::uint32_t text_length) {
  if (spans_.kept() <= text_length) return false;
  beyond_ = spans_.kept() - text_length;
  return beyond_ <= base_;
}

Result<Lv> Walker::walk(Range events, std::vector<Change>* changes) {
  prepare(graph_.parents_of(events.begin));
  if (steps_.over()) return too_tangled();
  events.end = end_of_fit(graph_, events, spans_.shown() - std::min(beyond_, spans_.shown()));
  if (events.size() == 0) return events.end;
  auto runs = graph_.runs();
  for (auto k = graph_.run_of(events.begin); k < runs.size() && runs[k].begin < events.end; ++k) {
    apply(part_of(runs[k], events), changes);
    if (steps_.over()) return too_tangled();
  }
  prepared_ = {events.end - 1};
  return events.end;
}

// Takes back what the version does not have, latest first, so that a removal goes before what it removed; then brings what it has.
void Walker::prepare(const Version& version) {
  if (version == prepared_) return;
  auto moves = difference(graph_, prepared_, version, steps_);
  for (auto& events : moves.only_a) turn(events, false);
  std::reverse(moves.only_b.begin(), moves.only_b.end());
  for (auto& events : moves.only_b) turn(events, true);
  prepared_ = version;
}

void Walker::turn(Range events, bool forward) {
  auto runs = graph_.runs();
  auto first = graph_.run_of(events.begin), last = graph_.run_of(events.end - 1);
  for (auto k = first; k <= last && !steps_.over(); ++k) {
    steps_.spend(1);
    auto run = part_of(runs[forward ? k : last - (k - first)], events);
    if (run.act == Act::insert) turn_characters(inserted_by(run.begin), run.count, true, forward);
    if (run.act != Act::remove && run.act != Act::remove_back) continue;
    steps_.spend(run.count / 16);
    for (std::uint32_t done = 0; done < run.count;) {  // in stretches of neighbours
      auto* ids = &removed_[run.begin - events_.begin + done];
      std::uint32_t up = 1, down = 1;
      while (done + up < run.count && ids[up] == ids[0] + up) ++up;
      while (up == 1 && done + down < run.count && ids[down] == ids[0] - down) ++down;
      turn_characters(up > 1 ? ids[0] : ids[0] + 1 - down, std::max(up, down), false, forward);
      done += std::max(up, down);
    }
  }
}

void Walker::turn_characters(Character from, std::uint32_t count, bool insertion, bool forward) {
  while (count > 0) {
    auto place = spans_.find(from);
    auto here = std::min(count, spans_.at(place).count - place.offset);
    spans_.change(place, here, [&](Span& span) {
      if (insertion) span.state = forward ? 1 : 0;
      else span.state += forward ? 1u : ~0u;
    });
    from += here;
    count -= here;
  }
}

void Walker::apply(const Run& run, std::vector<Change>* changes) {
  switch (run.act) {
    case Act::insert: return insert(run, changes);
    case Act::remove: return remove(run, changes);
    case Act::remove_back: return remove_back(run, changes);
    case Act::mark: return;
  }
}

void Walker::insert(const Run& run, std::vector<Change>* changes) {
  Span span{.id = inserted_by(run.begin), .count = run.count};
  Spans::Found found{spans_.first(), 0};
  bool at_front = run.at == 0;
  if (!at_front) {
    found = spans_.find_shown(run.at - 1);
    span.left = spans_.at(found.place).id + found.place.offset;
    found.before += spans_.at(found.place).gone ? 0 : 1;
    ++found.place.offset;
  }
  auto left = found.place;
  if (!at_front && left.offset < spans_.at(left).count) {
    span.right = span.left + 1;  // inside of a span
  } else {
    auto next = at_front ? left : spans_.after(left);
    auto known = spans_.known_from(next);
    span.right = spans_.at(known).id;
    bool alone = known.block == next.block && known.index == next.index;
    if (!alone) found = goes_right_before(span, known) ? Spans::Found{spans_.before(known), spans_.kept_before(known)} : place_for(span, found);
  }
  if (changes) changes->push_back({found.before, 0, graph_.content(run, 0, run.count)});
  auto& before = spans_.at(left);  // one who goes on typing lengthens a span
  bool goes_on = !at_front && found.place.block == left.block && found.place.index == left.index && left.offset == before.count &&
                 before.id + before.count == span.id && span.left + 1 == span.id && before.right == span.right && before.state == 1 && !before.gone &&
                 !is_base(before.id);
  if (goes_on) spans_.lengthen(left, span.count);
  else spans_.insert(found.place, span);
}

// Whether it surely stands directly before its right neighbour: it belongs there (in the tree of Fugue), since that was inserted
// right of the same left neighbour, and so does nothing else that is there, or only one that goes first. So one who goes back to the
// front again and again does not search through what the others put there.
bool Walker::goes_right_before(const Span& span, const Spans::Place& next) {
  if (spans_.at(next).left != span.left) return false;
  auto& last = spans_.at(spans_.before(next));
  if (last.right != span.right) return true;
  return last.count == 1 && last.left == span.left && !graph_.goes_first(event(span.id), event(last.id), steps_);
}

// Conflict: what others inserted between the same two neighbours, not knowing of this. Resolution: FugueMax: after those whose right
// neighbour is further left, in the order of devices among equals, and never inside what hangs together. Reason: what one person
// wrote in one go stays together, forwards or backwards, on every replica alike.
Spans::Found Walker::place_for(const Span& span, Spans::Found found) {
  auto kept = found;
  bool scanning = false;
  bool front = span.left == nothing;
  auto next = front ? found.place : spans_.after(found.place);
  auto here = found;
  for (; spans_.at(next).state == 0; next = spans_.after(next)) {
    steps_.spend(2);
    auto& other = spans_.at(next);
    if (other.left == span.left) {
      if (other.right == span.right) {
        if (graph_.goes_first(event(span.id), event(other.id), steps_)) break;
        scanning = false;
      } else {
        scanning = stands_before(other.right, span.right);
      }
    } else if (stands_before(other.left, span.left)) {
      break;
    }
    here = {{next.block, next.index, other.count}, here.before + other.kept()};
    if (!scanning) kept = here;
  }
  return kept;
}

bool Walker::stands_before(Character a, Character b) {
  if (a == nothing || b == nothing) return a == nothing && b != nothing;
  return spans_.precedes(spans_.find(a), spans_.find(b));
}

void Walker::remove(const Run& run, std::vector<Change>* changes) {
  steps_.spend(run.count / 16);
  for (std::uint32_t done = 0; done < run.count;) {
    auto found = spans_.find_shown(run.at);
    auto& span = spans_.at(found.place);
    auto here = std::min(run.count - done, span.count - found.place.offset);
    for (std::uint32_t k = 0; k < here; ++k) removed_[run.begin - events_.begin + done + k] = span.id + found.place.offset + k;
    take_away(found, here, changes);
    done += here;
  }
}

void Walker::remove_back(const Run& run, std::vector<Change>* changes) {
  steps_.spend(run.count / 16);
  for (std::uint32_t done = 0; done < run.count;) {
    auto found = spans_.find_shown(run.at - done);
    auto& span = spans_.at(found.place);
    auto here = std::min(run.count - done, found.place.offset + 1);
    for (std::uint32_t k = 0; k < here; ++k) removed_[run.begin - events_.begin + done + k] = span.id + found.place.offset - k;
    found.place.offset -= here - 1;
    if (!span.gone) found.before -= here - 1;
    take_away(found, here, changes);
    done += here;
  }
}

void Walker::take_away(Spans::Found found, std::uint32_t count, std::vector<Change>* changes) {
  if (changes && !spans_.at(found.place).gone) changes->push_back({found.before, count, {}});
  spans_.change(found.place, count, [](Span& span) {
    ++span.state;
    span.gone = true;
  });
}

}  // namespace carnet::text
