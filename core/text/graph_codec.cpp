// A graph in columns, all numbers LEB128, differences zigzag:
//
// graph   = rule authors base entries parents runs patches seeds text
// authors = count device* below*     in order of appearance; below: how many of its events lie at or below the base
// base    = count (author seq)* [length]     heads by device and seq; length where there is a base
// entries = count author* length*    author: its place among the authors
// parents = code* entry* rest*       code: 0 the last event of the author's entry before, 1 that and another one, n + 2: n;
//                                    of each that is not said by that: how many entries back, and how far before its last event
// runs    = count shape* at*         shape: count << 2 | act; at: difference to where the run before of the same author ended
// patches = count (events times)*    patches of so many events, so many times in a row; parts differ from their neighbours
// seeds   = count (entry count author*)*     entries that other devices have as well, and which
// text    = UTF-8 of all that was inserted, up to the end
#include <algorithm>

#include "core/pack.hpp"
#include "core/text/code_points.hpp"
#include "core/text/graph.hpp"
#include "core/text/varint.hpp"

namespace carnet::text {

namespace {

std::int64_t end_of(const Run& run) {
  if (run.act == Act::insert) return std::int64_t{run.at} + run.count;
  if (run.act == Act::remove_back) return std::int64_t{run.at} + 1 - run.count;
  return run.at;
}

// The last event so far of each author, in the order of the entries.
class LastOf {
 public:
  explicit LastOf(std::size_t authors) : last_(authors, UINT32_MAX) {}
  Lv of(std::uint32_t author) const { return last_[author]; }
  void set(const Entry& entry) { last_[entry.author] = entry.end - 1; }

 private:
  std::vector<Lv> last_;
};

// How the parents of an entry are told: code, and those that the code does not say.
struct Told {
  std::size_t code = 0;
  Version others;
};

Told tell(std::span<const Lv> parents, Lv own) {
  Version others(parents.begin(), parents.end());
  auto said = std::find(others.begin(), others.end(), own);
  bool short_form = said != others.end() && parents.size() <= 2;
  if (!short_form) return {parents.size() + 2, others};
  others.erase(said);
  return {others.size(), others};
}

}  // namespace

class GraphWriter {
 public:
  explicit GraphWriter(const Graph& graph) : graph_(graph) {}

  std::string write() {
    put_number(out_, rule);
    authors();
    entries();
    parents();
    runs();
    patches();
    seeds();
    return out_ + encode(graph_.content_);
  }

 private:
  void authors() {
    put_number(out_, graph_.authors_.size());
    for (auto& author : graph_.authors_) put_number(out_, author.device.value);
    for (auto& author : graph_.authors_) put_number(out_, author.below);
    put_number(out_, graph_.base_.size());
    for (auto& id : graph_.base_) {
      put_number(out_, graph_.by_device_.at(id.device.value));
      put_number(out_, id.seq);
    }
    if (!graph_.base_.empty()) put_number(out_, graph_.base_length_);
  }

  void entries() {
    put_number(out_, graph_.entries_.size());
    for (auto& entry : graph_.entries_) put_number(out_, entry.author);
    for (auto& entry : graph_.entries_) put_number(out_, entry.end - entry.begin);
  }

  void parents() {
    LastOf last(graph_.authors_.size());
    std::string backs, rests;
    for (std::size_t k = 0; k < graph_.entries_.size(); ++k) {
      auto& entry = graph_.entries_[k];
      auto told = tell(graph_.parents(entry), last.of(entry.author));
      put_number(out_, told.code);
      for (auto parent : told.others) {
        auto of = graph_.entry_of(parent);
        put_number(backs, k - of);
        put_number(rests, graph_.entries_[of].end - 1 - parent);
      }
      last.set(entry);
    }
    out_ += backs + rests;
  }

  void runs() {
    put_number(out_, graph_.runs_.size());
    for (auto& run : graph_.runs_) put_number(out_, std::uint64_t{run.count} << 2 | static_cast<unsigned>(run.act));
    std::vector<std::int64_t> ends(graph_.authors_.size(), 0);
    std::size_t entry = 0;
    for (auto& run : graph_.runs_) {
      while (graph_.entries_[entry].end <= run.begin) ++entry;
      auto& end = ends[graph_.entries_[entry].author];
      put_number(out_, zigzag(run.at - end));
      end = end_of(run);
    }
  }

  void patches() {
    std::vector<std::pair<std::uint32_t, std::size_t>> rows;
    for (std::size_t k = 0; k < graph_.starts_.size(); ++k) {
      auto events = graph_.patch_events(k).size();
      if (rows.empty() || rows.back().first != events) rows.emplace_back(events, 0);
      ++rows.back().second;
    }
    put_number(out_, rows.size());
    for (auto& [events, times] : rows) {
      put_number(out_, events);
      put_number(out_, times);
    }
  }

  void seeds() {
    auto shared = [](auto& seed) { return seed.owners.size() > 1; };
    put_number(out_, static_cast<std::uint64_t>(std::count_if(graph_.seeds_.begin(), graph_.seeds_.end(), shared)));
    for (auto& seed : graph_.seeds_) {
      if (!shared(seed)) continue;
      put_number(out_, graph_.entry_of(seed.begin));
      put_number(out_, seed.owners.size() - 1);
      for (std::size_t k = 1; k < seed.owners.size(); ++k) put_number(out_, seed.owners[k]);
    }
  }

  const Graph& graph_;
  std::string out_;
};

class GraphReader {
 public:
  explicit GraphReader(std::string_view bytes) : in_(bytes) {}

  Result<Graph> read() {
    if (in_.number(rule) != rule) in_.fail();
    bool fine = authors() && base() && entries() && parents() && runs() && patches() && seeds() && text() && graph_.antichains();
    if (!fine || !in_.done()) return Error{Code::malformed, "these bytes are no text's history"};
    graph_.find_frontier();
    return std::move(graph_);
  }

 private:
  std::size_t count(std::size_t most) {
    auto count = in_.number(most);
    if (count > in_.left()) in_.fail();  // each item has a byte at least
    return in_.ok() ? count : 0;
  }

  bool authors() {
    graph_.authors_.resize(count(most_authors));
    for (std::uint32_t k = 0; k < graph_.authors_.size(); ++k) {
      auto& author = graph_.authors_[k];
      author.device = DeviceId{in_.small(max_device)};
      if (author.device.value == 0 || !graph_.by_device_.emplace(author.device.value, k).second) in_.fail();
    }
    for (auto& author : graph_.authors_) author.next = author.below = in_.small(most_events);
    return in_.ok();
  }

  bool base() {
    auto heads = count(most_parents);
    for (; heads > 0 && in_.ok(); --heads) {
      auto author = in_.small(most_authors);
      auto seq = in_.small(most_events);
      if (author >= graph_.authors_.size() || seq >= graph_.authors_[author].below) return in_.fail();
      EventId id{graph_.authors_[author].device, seq};
      if (!graph_.base_.empty() && graph_.base_.back() >= id) in_.fail();
      graph_.base_.push_back(id);
    }
    if (!graph_.base_.empty()) graph_.base_length_ = in_.small(most_length);
    bool none_below = std::all_of(graph_.authors_.begin(), graph_.authors_.end(), [](auto& author) { return author.below == 0; });
    if (graph_.base_.empty() != none_below) in_.fail();
    return in_.ok();
  }

  bool entries() {
    graph_.entries_.resize(count(most_entries));
    for (auto& entry : graph_.entries_) {
      entry.author = in_.small(most_authors);
      if (entry.author >= graph_.authors_.size()) return in_.fail();
    }
    Lv begin = 0;
    for (auto& entry : graph_.entries_) {
      entry.begin = begin;
      auto length = in_.small(most_events - begin);
      if (length == 0) in_.fail();
      entry.end = begin += length;
    }
    return in_.ok();
  }

  bool parents() {
    std::vector<std::uint32_t> codes(graph_.entries_.size());
    std::size_t others = 0;
    for (auto& code : codes) {
      code = in_.small(most_parents + 2);
      others += code < 2 ? code : code - 2;
    }
    if (!in_.ok() || others > in_.left() || others > most_joins) return in_.fail();
    std::vector<std::uint32_t> backs(others), rests(others);
    for (auto& back : backs) back = in_.small(most_entries);
    for (auto& rest : rests) rest = in_.small(most_events);
    if (!in_.ok()) return false;
    LastOf last(graph_.authors_.size());
    for (std::size_t k = 0, next = 0; k < codes.size(); ++k) {
      Version listed;
      auto own = last.of(graph_.entries_[k].author);
      if (codes[k] < 2) listed.push_back(own);
      for (auto left = codes[k] < 2 ? codes[k] : codes[k] - 2; left > 0; --left, ++next) {
        if (backs[next] == 0 || backs[next] > k) return in_.fail();
        auto& of = graph_.entries_[k - backs[next]];
        if (rests[next] >= of.end - of.begin) return in_.fail();
        listed.push_back(of.end - 1 - rests[next]);
      }
      if (!put_parents(k, listed, codes[k], own)) return in_.fail();
      last.set(graph_.entries_[k]);
    }
    return true;
  }

  bool put_parents(std::size_t k, Version listed, std::size_t code, Lv own) {
    if (code < 2 && own == UINT32_MAX) return false;
    auto as_told = tell(listed, own);
    std::sort(listed.begin(), listed.end());
    auto in_order = tell(listed, own);
    if (as_told.code != code || as_told.others != in_order.others || std::adjacent_find(listed.begin(), listed.end()) != listed.end()) return false;
    auto& entry = graph_.entries_[k];
    entry.parents_at = static_cast<std::uint32_t>(graph_.parents_.size());
    entry.parents = static_cast<std::uint32_t>(listed.size());
    graph_.parents_.insert(graph_.parents_.end(), listed.begin(), listed.end());
    return true;
  }

  bool runs() {
    std::vector<Run> runs(count(most_runs));
    std::uint64_t events = 0;
    for (auto& run : runs) {
      auto shape = in_.number(std::uint64_t{most_events} << 2 | 3);
      run = {static_cast<Lv>(events), static_cast<std::uint32_t>(shape >> 2), 0, static_cast<Act>(shape & 3), 0};
      events += run.count;
      if (run.count == 0 || events > graph_.size()) return in_.fail();
    }
    if (events != graph_.size()) return in_.fail();
    std::vector<std::int64_t> ends(graph_.authors_.size(), 0);
    std::size_t entry = 0;
    for (auto& run : runs) {
      while (graph_.entries_[entry].end <= run.begin) ++entry;
      auto& end = ends[graph_.entries_[entry].author];
      auto at = end + in_.difference(2 * std::int64_t{most_length});
      if (at < 0 || at > most_length || (run.act == Act::remove_back && at + 1 < run.count)) return in_.fail();
      run.at = static_cast<std::uint32_t>(at);
      end = end_of(run);
    }
    return in_.ok() && put_runs(runs);
  }

  bool put_runs(const std::vector<Run>& runs) {
    std::uint32_t content = 0;
    for (auto& run : runs) {
      if (run.act == Act::mark && run.at != 0) return in_.fail();
      graph_.append_run(run.act, run.at, run.count, {});
      auto& last = graph_.runs_.back();
      if (last.begin != run.begin || last.count != run.count || last.act != run.act) return in_.fail();
      last.content = content;
      if (run.act == Act::insert) content += run.count;
    }
    inserted_ = content;
    return true;
  }

  bool patches() {
    auto rows = count(most_runs);
    Lv begin = 0;
    std::uint32_t before = 0;
    for (; rows > 0 && in_.ok(); --rows) {
      auto events = in_.small(most_events);
      auto times = in_.small(most_runs);
      if (events == 0 || events == before || times == 0 || std::uint64_t{events} * times > graph_.size() - begin) return in_.fail();
      if (graph_.starts_.size() + times > most_runs) return in_.fail();
      for (; times > 0; --times, begin += events) graph_.starts_.push_back(begin);
      before = events;
    }
    return begin == graph_.size() || in_.fail();
  }

  bool seeds() {
    std::vector<std::vector<std::uint32_t>> others(graph_.entries_.size());
    std::int64_t before = -1;
    for (auto left = count(most_entries); left > 0 && in_.ok(); --left) {
      auto entry = in_.small(most_entries);
      if (entry >= others.size() || entry <= before) return in_.fail();
      before = entry;
      others[entry].resize(count(most_authors));
      if (others[entry].empty()) in_.fail();
      for (auto& author : others[entry]) author = in_.small(most_authors);
    }
    others_ = std::move(others);
    return in_.ok();
  }

  bool text() {
    auto bytes = in_.take(in_.left());
    if (!is_utf8(bytes) || bytes.find('\0') != std::string_view::npos || length_of(bytes) != inserted_) return in_.fail();
    graph_.content_ = decode(bytes);
    for (std::size_t k = 0; k < graph_.entries_.size(); ++k)
      if (!name(k)) return in_.fail();
    return (seeds_differ() && every_author_wrote()) || in_.fail();
  }

  bool seeds_differ() const {
    std::vector<std::u32string_view> texts;
    for (auto& seed : graph_.seeds_) texts.push_back(graph_.seed_text(seed));
    std::sort(texts.begin(), texts.end());
    return std::adjacent_find(texts.begin(), texts.end()) == texts.end();
  }

  bool every_author_wrote() const {
    return std::all_of(graph_.authors_.begin(), graph_.authors_.end(), [](auto& author) { return author.next > 0; });
  }

  // Gives the events of an entry their ids, once what it consists of is known.
  bool name(std::size_t k) {
    auto& entry = graph_.entries_[k];
    auto count = entry.end - entry.begin;
    auto& author = graph_.authors_[entry.author];
    entry.seq = author.next;
    if (std::uint64_t{entry.seq} + count > most_events) return false;
    if (!std::binary_search(graph_.starts_.begin(), graph_.starts_.end(), entry.begin)) return false;
    bool mergeable = k > 0 && graph_.entries_[k - 1].author == entry.author && graph_.parents_of(entry.begin) == Version{entry.begin - 1};
    if (mergeable && !graph_.seed_at(entry.begin - 1)) return false;
    graph_.give_ids(entry.author, entry.seq, count, entry.begin);
    bool root = entry.parents == 0 && entry.seq == 0 && graph_.base_.empty();
    auto number = graph_.patch_of(entry.begin);
    if (!root || !graph_.patch(number).is_seed()) return others_[k].empty();
    if (graph_.patch_events(number) != Range{entry.begin, entry.end}) return false;
    return name_seed(k);
  }

  bool name_seed(std::size_t k) {
    auto& entry = graph_.entries_[k];
    Graph::Seed seed{entry.begin, entry.end - entry.begin, {entry.author}};
    for (auto owner : others_[k]) {
      bool next_device = owner < graph_.authors_.size() && graph_.authors_[owner].device > graph_.authors_[seed.owners.back()].device;
      if (!next_device || graph_.authors_[owner].next != 0) return false;
      graph_.give_ids(owner, 0, seed.count, seed.begin);
      seed.owners.push_back(owner);
    }
    graph_.seeds_.push_back(std::move(seed));
    return true;
  }

  VarintReader in_;
  Graph graph_;
  std::uint32_t inserted_ = 0;
  std::vector<std::vector<std::uint32_t>> others_;
};

std::string Graph::pack() const { return GraphWriter(*this).write(); }

Result<Graph> Graph::unpack(std::string_view bytes) { return GraphReader(bytes).read(); }

}  // namespace carnet::text
