#include "tests/fuzz/text_complaint.hpp"

#include "core/pack.hpp"
#include "core/text/merge.hpp"
#include "core/text/overlap.hpp"

namespace carnet::test {

namespace {

std::string as_graph(std::string_view bytes) {
  auto graph = text::Graph::unpack(bytes);
  if (!graph) return {};
  if (graph->pack() != bytes) return "a second form of a packed graph";
  std::string base(graph->base_length() < 1'000 ? graph->base_length() : 0, 'x');
  auto text = text::replay(*graph, base);
  if (!text) return {};
  if (!is_utf8(*text)) return "a text that is no UTF-8";
  if (!text::overlaps(*graph, *text)) return "overlaps of a good text are refused";
  auto wider = *graph;
  if (auto seen = wider.frontier_ids(); !text::trim(wider, seen)) return "a good graph cannot be trimmed";
  return text::Graph::unpack(wider.pack()) ? "" : "a trimmed graph does not unpack";
}

std::string as_patch(std::string_view bytes) {
  auto patch = text::decode(DeviceId{5}, bytes);
  if (!patch) return {};
  return text::encode(*patch) == bytes ? "" : "a second form of a patch";
}

// Patches with numbers out of the bytes, many of them nearly right.
class Instructions {
 public:
  explicit Instructions(std::string_view bytes) : rest_(bytes) {}
  bool more() const { return !rest_.empty(); }

  text::Patch patch(const text::Graph& graph) {
    DeviceId device{1 + next() % 4};
    text::Patch patch{.device = device, .first = graph.next(device) + (next() % 16 == 0 ? 1u : 0u), .parents = graph.frontier_ids(), .edits = {}};
    if (auto from = next(); from % 3 == 0 && graph.size() > 0) patch.parents = graph.ids({from * 7 % graph.size()});
    for (auto edits = next() % 4; edits > 0; --edits) {
      text::Edit edit{next() % 32, next() % 3, {}};
      if (auto letter = next(); letter % 4 > 0) edit.inserted = std::string(1 + letter % 3, static_cast<char>('a' + letter % 8));
      if (edit.removed > 0 || !edit.inserted.empty()) patch.edits.push_back(edit);
    }
    return patch;
  }

 private:
  std::uint32_t next() {
    if (rest_.empty()) return 0;
    auto byte = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    return byte;
  }
  std::string_view rest_;
};

std::string as_instructions(std::string_view bytes) {
  text::Graph graph;
  std::string standing;
  for (Instructions instructions(bytes); instructions.more();) {
    std::vector<text::Patch> batch = {instructions.patch(graph), instructions.patch(graph)};
    auto merged = text::merge(graph, standing, batch);
    if (!merged) return "a good text does not stand at its version";
    standing = merged->text;
    auto again = text::replay(graph);
    if (!again || *again != standing) return "merging and replaying give two texts";
  }
  auto packed = graph.pack();
  return as_graph(packed) + (text::Graph::unpack(packed) ? "" : "a packed graph does not unpack");
}

}  // namespace

std::string complaint_about(std::string_view bytes) {
  return as_graph(bytes) + as_patch(bytes) + as_instructions(bytes.substr(0, 2'000));
}

}  // namespace carnet::test
