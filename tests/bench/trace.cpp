#include "tests/bench/trace.hpp"

#include <zlib.h>

#include <algorithm>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>

#include "core/text/code_points.hpp"

namespace carnet::bench {

namespace {

using nlohmann::json;

std::string unzipped(const std::string& path) {
  std::unique_ptr<gzFile_s, int (*)(gzFile)> file(gzopen(path.c_str(), "rb"), gzclose);
  if (!file) throw std::runtime_error(path + " cannot be opened");
  std::string bytes, part(1 << 16, '\0');
  int read = 0;
  while ((read = gzread(file.get(), part.data(), static_cast<unsigned>(part.size()))) > 0) bytes.append(part, 0, static_cast<std::size_t>(read));
  if (read < 0) throw std::runtime_error(path + " is damaged");
  return bytes;
}

// Agents are names, compared by their bytes, or numbers.
std::map<json, std::uint32_t> devices_of(const json& txns) {
  std::set<json> agents;
  for (auto& txn : txns) agents.insert(txn.value("agent", json()));
  std::map<json, std::uint32_t> devices;
  for (auto& agent : agents) devices.emplace(agent, static_cast<std::uint32_t>(devices.size() + 2));
  return devices;
}

class TraceReader {
 public:
  explicit TraceReader(const json& source) : txns_(source.at("txns")), devices_(devices_of(txns_)) {
    if (source.contains("endContent")) trace_.expected = source["endContent"].get<std::string>();
    start(source.value("startContent", std::string()));
    read_patches();
    number();
    read_parents();
  }

  Trace take() { return std::move(trace_); }

 private:
  void start(const std::string& content) {
    text::Patch patch{.device = DeviceId{1}, .first = 0, .parents = {}, .edits = {}};
    if (!content.empty()) patch.edits.push_back({0, 0, content});
    trace_.patches.push_back(std::move(patch));
  }

  void read_patches() {
    for (auto& txn : txns_) {
      text::Patch patch{.device = DeviceId{devices_.at(txn.value("agent", json()))}, .first = 0, .parents = {}, .edits = {}};
      for (auto& each : txn.at("patches")) {
        text::Edit edit{each.at(0).get<std::uint32_t>(), each.at(1).get<std::uint32_t>(), each.at(2).get<std::string>()};
        if (edit.removed > 0 || !edit.inserted.empty()) patch.edits.push_back(std::move(edit));
      }
      trace_.patches.push_back(std::move(patch));
      trace_.of_txn.push_back(trace_.patches.size() - 1);
    }
  }

  // Numbers the events of each agent without gaps, in the order of their seqs, or of the file where there are none.
  void number() {
    std::map<json, std::vector<std::pair<std::uint64_t, std::size_t>>> by_agent;
    for (std::size_t k = 0; k < txns_.size(); ++k) {
      auto& list = by_agent[txns_[k].value("agent", json())];
      auto running = list.empty() ? 0 : list.back().first + trace_.patches[list.back().second + 1].events();
      list.emplace_back(txns_[k].value("seq", running), k);
    }
    for (auto& [agent, list] : by_agent) {
      std::stable_sort(list.begin(), list.end(), [](auto& a, auto& b) { return a.first < b.first; });
      std::uint64_t next = 0;
      for (auto& [seq, k] : list) {
        trace_.patches[k + 1].first = static_cast<std::uint32_t>(next);
        next += trace_.patches[k + 1].events();
      }
    }
  }

  void read_parents() {
    for (std::size_t k = 0; k < txns_.size(); ++k) {
      std::vector<std::size_t> parents;
      if (txns_[k].contains("parents")) parents = txns_[k]["parents"].get<std::vector<std::size_t>>();
      else if (k > 0) parents = {k - 1};
      parents_.push_back(heads(parents, k));
      auto& patch = trace_.patches[k + 1];
      for (auto parent : parents_.back()) patch.parents.push_back(last_event(trace_.patches[parent + 1]));
      if (patch.parents.empty()) patch.parents.push_back(last_event(trace_.patches[0]));
      std::sort(patch.parents.begin(), patch.parents.end());
    }
  }

  static text::EventId last_event(const text::Patch& patch) { return {patch.device, patch.first + static_cast<std::uint32_t>(patch.events()) - 1}; }

  // Those of the txns that are no ancestor of another.
  std::vector<std::size_t> heads(const std::vector<std::size_t>& listed, std::size_t txn) const {
    std::set<std::size_t> heads(listed.begin(), listed.end());
    if (!heads.empty() && *heads.rbegin() >= txn) throw std::runtime_error("a txn stands before its parents");
    if (heads.size() < 2) return {heads.begin(), heads.end()};
    std::set<std::size_t> below;
    for (auto head : heads) below.insert(parents_[head].begin(), parents_[head].end());
    for (auto least = *heads.begin(); !below.empty() && *below.rbegin() >= least;) {
      auto latest = *below.rbegin();
      heads.erase(latest);
      below.erase(latest);
      below.insert(parents_[latest].begin(), parents_[latest].end());
    }
    return {heads.begin(), heads.end()};
  }

  const json& txns_;
  std::map<json, std::uint32_t> devices_;
  std::vector<std::vector<std::size_t>> parents_;
  Trace trace_;
};

}  // namespace

Traces read_traces(const std::string& path) {
  auto source = json::parse(unzipped(path));
  Traces traces;
  traces.many = source.contains("graphs");
  if (!traces.many) traces.all.push_back(TraceReader(source).take());
  else
    for (auto& graph : source["graphs"]) traces.all.push_back(TraceReader(graph).take());
  return traces;
}

}  // namespace carnet::bench
