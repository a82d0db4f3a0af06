// A slow judge of core/text, written from the paper's other form: a tree (Weidner and Kleppmann, The Art of the Fugue, FugueMax), one
// node a character, what a version sees asked of sets of ancestors, nothing taken back, no runs. And a generator of histories.
#pragma once
#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <stdexcept>

#include "core/text/code_points.hpp"
#include "core/text/merge.hpp"

namespace carnet::test {

class Reference {
 public:
  Reference() { nodes_.push_back({}); }

  // Patches in an order in which parents come first.
  void add(const text::Patch& patch) {
    if (patch.is_seed() && known_seed(patch)) return;
    auto seen = history(patch.parents);
    std::uint32_t seq = patch.first;
    auto step = [&] {
      text::EventId id{patch.device, seq++};
      auto number = histories_.size();
      seen.insert(number);
      events_[id] = number;
      histories_.push_back(seen);
      return id;
    };
    std::u32string seed = patch.is_seed() ? whole(patch) : U"";
    for (auto& edit : patch.edits) {
      for (std::uint32_t k = 0; k < edit.removed; ++k) {
        auto target = visible(seen).at(edit.at);
        auto id = step();
        nodes_[target].removers.push_back(events_.at(id));
      }
      auto at = edit.at;
      for (auto point : text::decode(edit.inserted)) {
        auto before = seen;
        auto id = step();
        insert(before, at++, {seed, id}, events_.at(id), point);
      }
    }
    if (patch.is_mark()) step();
  }

  std::string text() const { return text_at(everything()); }
  std::string text_at(const std::vector<text::EventId>& version) const { return text_at(history(version)); }

 private:
  using Events = std::set<std::size_t>;
  // Of two insertions at one place: seeds first, by their text; then by device and seq.
  struct Key {
    std::u32string seed;
    text::EventId id;
    bool operator<(const Key& other) const {
      if (seed.empty() != other.seed.empty()) return !seed.empty();
      return std::tie(seed, id) < std::tie(other.seed, other.id);
    }
  };
  struct Node {
    Key key;
    std::size_t event = 0;
    char32_t point = 0;
    std::size_t right_origin = 0;  // 0: the end
    std::vector<std::size_t> left, right;  // children
    std::vector<std::size_t> removers;
  };

  static std::u32string whole(const text::Patch& patch) {
    std::u32string text;
    for (auto& edit : patch.edits) text += text::decode(edit.inserted);
    return text;
  }

  bool known_seed(const text::Patch& patch) {
    auto [known, fresh] = seeds_.emplace(whole(patch), patch.device);
    if (fresh) return false;
    for (std::uint32_t k = 0; k < known->first.size(); ++k) events_[{patch.device, k}] = events_.at({known->second, k});
    return true;
  }

  Events everything() const {
    Events all;
    for (std::size_t k = 0; k < histories_.size(); ++k) all.insert(k);
    return all;
  }

  Events history(const std::vector<text::EventId>& version) const {
    Events all;
    for (auto& id : version) {
      auto& past = histories_.at(events_.at(id));
      all.insert(past.begin(), past.end());
    }
    return all;
  }

  void walk(std::size_t node, std::vector<std::size_t>& order) const {
    for (auto child : nodes_[node].left) walk(child, order);
    if (node != 0) order.push_back(node);
    for (auto child : nodes_[node].right) walk(child, order);
  }
  std::vector<std::size_t> order() const {
    std::vector<std::size_t> order;
    walk(0, order);
    return order;
  }

  std::vector<std::size_t> visible(const Events& seen) const {
    std::vector<std::size_t> shown;
    for (auto node : order()) {
      auto& removers = nodes_[node].removers;
      bool gone = std::any_of(removers.begin(), removers.end(), [&](auto remover) { return seen.contains(remover); });
      if (seen.contains(nodes_[node].event) && !gone) shown.push_back(node);
    }
    return shown;
  }

  std::string text_at(const Events& seen) const {
    std::u32string text;
    for (auto node : visible(seen)) text += nodes_[node].point;
    return text::encode(text);
  }

  void insert(const Events& seen, std::uint32_t at, Key key, std::size_t event, char32_t point) {
    auto left = at == 0 ? 0 : visible(seen).at(at - 1);
    auto all = order();
    auto next = left == 0 ? all.begin() : std::find(all.begin(), all.end(), left) + 1;
    while (next != all.end() && !seen.contains(nodes_[*next].event)) ++next;
    auto right = next == all.end() ? 0 : *next;
    auto known = [&](std::size_t child) { return seen.contains(nodes_[child].event); };
    bool hangs_right = std::none_of(nodes_[left].right.begin(), nodes_[left].right.end(), known);
    auto fresh = nodes_.size();
    nodes_.push_back({key, event, point, right, {}, {}, {}});
    auto place = [&](std::size_t node) { return node == 0 ? all.size() : static_cast<std::size_t>(std::find(all.begin(), all.end(), node) - all.begin()); };
    auto& siblings = hangs_right ? nodes_[left].right : nodes_[right].left;
    auto goes_before = [&](std::size_t a, std::size_t b) {
      auto place_a = place(nodes_[a].right_origin), place_b = place(nodes_[b].right_origin);
      if (hangs_right && place_a != place_b) return place_a > place_b;
      return nodes_[a].key < nodes_[b].key;
    };
    siblings.insert(std::upper_bound(siblings.begin(), siblings.end(), fresh, goes_before), fresh);
  }

  std::vector<Node> nodes_;  // the first is the root: before everything
  std::map<text::EventId, std::size_t> events_;
  std::vector<Events> histories_;  // of each event, with itself
  std::map<std::u32string, DeviceId> seeds_;
};

// Several people who write, exchange some of what they have, and write on older versions too.
class Imagination {
 public:
  explicit Imagination(unsigned seed) : random_(seed) {}

  std::vector<text::Patch> history(int steps) {
    writers_.assign(2 + pick(4), {});
    for (std::size_t k = 0; k < writers_.size(); ++k) writers_[k].device = DeviceId{static_cast<std::uint32_t>(10 + (k * 7) % 5 + 10 * k)};
    std::shuffle(writers_.begin(), writers_.end(), random_);
    int roots = pick(3) == 0 ? 2 : 1;
    for (int k = 0; k < roots; ++k) seed(writers_[static_cast<std::size_t>(k)]);
    for (int k = 0; k < steps; ++k) step();
    return patches_;
  }

  std::size_t pick(std::size_t below) { return random_() % below; }
  std::mt19937& random() { return random_; }

 private:
  struct Writer {
    DeviceId device;
    text::Graph graph;
    std::string standing;
    std::set<std::size_t> has;
  };

  void seed(Writer& writer) {
    static const std::vector<std::string> texts = {"un\ndeux", "trois", "é"};
    text::Patch patch{.device = writer.device, .first = 0, .parents = {}, .edits = {}};
    if (pick(5) > 0) patch.edits.push_back({0, 0, texts[pick(texts.size())]});
    take(writer, patch);
  }

  void step() {
    auto& writer = writers_[pick(writers_.size())];
    auto what = pick(10);
    if (what < 4) hear(writer);
    else if (what < 9 || writer.graph.empty()) write(writer, writer.graph.frontier());
    else write(writer, older(writer.graph));
  }

  void hear(Writer& writer) {
    auto& other = writers_[pick(writers_.size())];
    std::vector<text::Patch> fresh;
    for (auto number : other.has)
      if (writer.has.insert(number).second) fresh.push_back(patches_[number]);
    std::shuffle(fresh.begin(), fresh.end(), random_);
    writer.standing = text::merge(writer.graph, writer.standing, fresh)->text;
  }

  text::Version older(const text::Graph& graph) {
    std::vector<text::EventId> ids;
    for (auto k = 1 + pick(2); k > 0; --k) ids.push_back(graph.ids({static_cast<text::Lv>(pick(graph.size()))}).front());
    return *graph.version(ids);
  }

  void write(Writer& writer, const text::Version& at) {
    auto length = text::length_of(*text::wording(writer.graph, at));
    text::Patch patch{.device = writer.device, .first = writer.graph.next(writer.device), .parents = writer.graph.ids(at), .edits = edits(length)};
    take(writer, patch);
  }

  std::vector<text::Edit> edits(std::size_t length) {
    std::vector<text::Edit> edits;
    if (pick(12) == 0) return edits;
    auto at = pick(3) == 0 ? 0 : pick(3) == 0 ? length : pick(length + 1);
    for (auto count = 1 + pick(4); count > 0; --count) {
      auto removed = at < length && pick(3) == 0 ? 1 + pick(std::min<std::size_t>(length - at, 4)) : 0;
      auto inserted = removed > 0 && pick(2) == 0 ? std::string() : words();
      edits.push_back({static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(removed), inserted});
      length = length - removed + text::length_of(inserted);
      auto how = pick(4);  // goes on, goes back to the front, removes backwards, jumps
      if (how == 0) at += text::length_of(inserted);
      if (how == 2 && at > 0)
        for (auto back = 1 + pick(3); back > 0 && at > 0; --back, --length) edits.push_back({static_cast<std::uint32_t>(--at), 1, {}});
      if (how == 3) at = pick(length + 1);
    }
    return edits;
  }

  std::string words() {
    static const std::vector<std::string> all = {"a", "b", "é", "ab", "\n", "xyz", "l’été", "🙂"};
    return all[pick(all.size())];
  }

  void take(Writer& writer, const text::Patch& patch) {
    auto merged = text::merge(writer.graph, writer.standing, std::span(&patch, 1));
    if (!merged || !merged->patches.front()) throw std::logic_error("the imagination made a patch that is refused");
    writer.standing = merged->text;
    writer.has.insert(patches_.size());
    patches_.push_back(patch);
  }

  std::mt19937 random_;
  std::vector<Writer> writers_;
  std::vector<text::Patch> patches_;
};

}  // namespace carnet::test
