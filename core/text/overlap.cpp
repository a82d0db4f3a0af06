#include "core/text/overlap.hpp"

#include <algorithm>
#include <set>
#include <tuple>

#include "core/text/ancestry.hpp"
#include "core/text/code_points.hpp"
#include "core/text/walker.hpp"

namespace carnet::text {

namespace {

constexpr std::size_t most_clock_cells = 16'777'216;  // 64 MiB

std::vector<Lv> marks_of(const Graph& graph) {
  std::vector<Lv> marks;
  for (auto& run : graph.runs())
    if (run.act == Act::mark)
      for (Lv lv = run.begin; lv < run.end(); ++lv) marks.push_back(lv);
  return marks;
}

bool has_branches(const Graph& graph) {
  Version heads;
  for (auto& entry : graph.entries()) {
    if (!std::ranges::equal(graph.parents(entry), heads)) return true;
    heads = {entry.end - 1};
  }
  return false;
}

// The latest version that can be a base and that the last mark has seen: what lies before it need not be looked at.
Version read_up_to(const Graph& graph, const std::vector<Lv>& marks) {
  if (marks.empty()) return {};
  return graph.latest_critical({marks.back()}).value_or(Version{});
}

struct Touch {
  std::uint32_t paragraph;
  EventId patch;
  Lv event;  // the patch's first
  std::size_t entry;  // that holds it
  bool operator<(const Touch& other) const { return std::tie(paragraph, patch) < std::tie(other.paragraph, other.patch); }
};

class Paragraphs {
 public:
  Paragraphs(const Graph& graph, const Walker& walker, std::u32string_view text, std::uint32_t characters)
      : graph_(graph), walker_(walker), paragraph_of_(characters) {
    std::uint32_t paragraph = 0, at = 0;
    auto& spans = walker.spans();
    for (auto place = spans.first(); !spans.at_end(place); place = spans.after(place)) {
      auto& span = spans.at(place);
      for (std::uint32_t k = 0; k < span.count; ++k) {
        bool ends = !span.gone && at < text.size() && text[at] == U'\n';
        paragraph_of_[span.id + k] = ends ? none : paragraph;
        if (ends) ++paragraph;
        if (!span.gone) ++at;
      }
    }
  }

  std::set<Touch> touches(Range events, Steps& steps) const {
    std::set<Touch> touches;
    auto runs = graph_.runs();
    for (Lv from = events.begin; from < events.end && !steps.over();) {
      auto number = graph_.patch_of(from);
      auto patch = graph_.patch_events(number);
      std::uint32_t last = none;
      for (auto k = graph_.run_of(patch.begin); k < runs.size() && runs[k].begin < patch.end; ++k) {
        auto run = part_of(runs[k], patch);
        if (run.act == Act::mark) continue;
        for (Lv lv = run.begin; lv < run.end(); ++lv) {
          auto touched = paragraph_of_[run.act == Act::insert ? walker_.inserted_by(lv) : walker_.removed_by(lv)];
          if (touched == none || touched == last) continue;
          last = touched;
          steps.spend(16);
          touches.insert({touched, graph_.ids({patch.begin}).front(), patch.begin, graph_.entry_of(patch.begin)});
        }
      }
      steps.spend(4 + patch.size() / 16);
      from = patch.end;
    }
    return touches;
  }

 private:
  static constexpr std::uint32_t none = UINT32_MAX;
  const Graph& graph_;
  const Walker& walker_;
  std::vector<std::uint32_t> paragraph_of_;
};

// For each entry, how many events of each author its first one knew of.
class Clocks {
 public:
  Clocks(const Graph& graph, Steps& steps) : graph_(graph), authors_(graph.authors()), known_(graph.entries().size() * authors_, 0) {
    auto entries = graph.entries();
    for (std::size_t k = 0; k < entries.size() && !steps.over(); ++k) {
      steps.spend(1 + entries[k].parents * (1 + authors_ / 16));
      for (auto parent : graph.parents(entries[k])) {
        auto from = graph.entry_of(parent);
        for (std::size_t author = 0; author < authors_; ++author) known_[k * authors_ + author] = std::max(known_[k * authors_ + author], known_[from * authors_ + author]);
        auto& own = known_[k * authors_ + entries[from].author];
        own = std::max(own, entries[from].seq + (parent - entries[from].begin) + 1);
      }
    }
  }

  static bool fit(const Graph& graph) { return graph.entries().size() * graph.authors() <= most_clock_cells; }

  // Of events by different authors, of which one is in that entry.
  bool knows(std::size_t later, const Touch& earlier) const {
    auto& entry = graph_.entries()[earlier.entry];
    return known_[later * authors_ + entry.author] > entry.seq + (earlier.event - entry.begin);
  }
  bool concurrent(const Touch& a, const Touch& b) const { return !knows(a.entry, b) && !knows(b.entry, a); }

 private:
  const Graph& graph_;
  std::size_t authors_;
  std::vector<std::uint32_t> known_;
};

std::vector<Overlap> pairs(const Graph& graph, const std::set<Touch>& touches, const std::vector<Lv>& marks, Steps& steps) {
  Clocks clocks(graph, steps);
  std::set<Overlap> found;
  auto saw = [&](Lv mark, const Touch& touch) { return graph.device_of(mark) == touch.patch.device ? mark > touch.event : clocks.knows(graph.entry_of(mark), touch); };
  for (auto a = touches.begin(); a != touches.end(); ++a) {
    for (auto b = std::next(a); b != touches.end() && b->paragraph == a->paragraph; ++b) {
      if (found.size() == most_overlaps || steps.over()) return {found.begin(), found.end()};
      steps.spend(4);
      if (a->patch.device == b->patch.device || !clocks.concurrent(*a, *b) || found.contains({a->patch, b->patch})) continue;
      steps.spend(4 * marks.size());
      bool read = std::any_of(marks.begin(), marks.end(), [&](Lv mark) { return saw(mark, *a) && saw(mark, *b); });
      if (!read) found.insert({a->patch, b->patch});
    }
  }
  return {found.begin(), found.end()};
}

}  // namespace

Result<std::vector<Overlap>> overlaps(const Graph& graph, std::string_view text) {
  std::vector<Overlap> none;
  if (!has_branches(graph)) return none;
  if (!Clocks::fit(graph)) return too_tangled();
  Steps steps;
  auto marks = marks_of(graph);
  auto base = read_up_to(graph, marks);
  Range events{base.empty() ? 0 : base.back() + 1, graph.size()};
  if (events.size() == 0) return none;

  auto now = decode(text);
  auto region = region_between(graph, base, graph.frontier(), steps);
  if (steps.over()) return too_tangled();
  std::uint32_t most = static_cast<std::uint32_t>(now.size());
  for (auto& run : graph.runs())
    if (run.end() > events.begin && (run.act == Act::remove || run.act == Act::remove_back)) most += part_of(run, events).count;
  Walker walker(graph, base, most, events, steps);
  bool astray = false;
  for (auto& range : region.fresh) {
    auto stop = walker.walk(range, nullptr);
    if (!stop) return stop.error();
    astray |= *stop < range.end;
  }
  if (astray || !walker.settle(static_cast<std::uint32_t>(now.size()))) return Error{Code::malformed, "the text does not stand at this version"};
  auto touches = Paragraphs(graph, walker, now, most + 1 + events.size()).touches(events, steps);
  auto found = pairs(graph, touches, marks, steps);
  if (steps.over()) return too_tangled();
  return found;
}

}  // namespace carnet::text
