// What mergeable text costs:
//   bench_text replay --trace FILE --mode load|stream|relay|columns --text OUT --runs N [--txns N]
//   bench_text summary [FOLDER]
// replay drives a recorded trace through the engine, writes the final text to OUT (for a list of graphs a JSON array of them) and ends
// with a line of JSON. Modes: load (all events into an empty store, text from nothing), stream (one replica that keeps text and graph;
// each txn is decoded from its bytes and merged), relay (a real replica per author, which saves each txn over what it was written over),
// columns (the same by SQL alone). Reading the file and writing OUT are not timed; --txns takes the first N alone. Exit 0, 64 for a
// wrong command, otherwise 1 with a word on stderr. summary: the figures of the README, from the traces in FOLDER.
#include <fmt/format.h>
#include <sys/resource.h>
#include <zstd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "core/text/code_points.hpp"
#include "core/text/diff.hpp"
#include "core/text/merge.hpp"
#include "tests/bench/text_replicas.hpp"
#include "tests/bench/trace.hpp"

using namespace carnet;
using namespace carnet::bench;

namespace {

using Clock = std::chrono::steady_clock;

double milliseconds(Clock::time_point from) { return std::chrono::duration<double, std::milli>(Clock::now() - from).count(); }

template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().text);
  return std::move(*result);
}

std::size_t zstd_bytes(const std::string& bytes) {
  std::string out(ZSTD_compressBound(bytes.size()), '\0');
  return ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), 19);
}

struct Run {
  std::vector<double> ms;
  double worst_ms = 0;  // of a single txn
  std::vector<std::string> texts;
  std::size_t history_bytes = 0, state_bytes = 0;
  std::vector<std::size_t> deltas;
  std::string fault;  // why the texts are not what they must be

  void keep(const text::Graph& graph, std::string text) {
    history_bytes += zstd_bytes(graph.pack());
    state_bytes += text.size() + 8 * graph.frontier().size();
    texts.push_back(std::move(text));
  }
};

// As the file says, or else as the engine alone merges it.
std::string expected_of(const Trace& trace) {
  text::Graph graph;
  return trace.expected ? *trace.expected : must(text::merge(graph, "", trace.patches)).text;
}

void judge(const Trace& trace, Run& run) {
  if (trace.expected && *trace.expected != run.texts.back()) run.fault = "the text is not the one that the trace expects";
  for (auto& patch : trace.patches) run.deltas.push_back(text::encode(patch).size());
}

void all_added(const text::Merged& merged) {
  for (auto& patch : merged.patches)
    if (!patch) throw std::runtime_error(patch.error().text);
}

void load(const Trace& trace, Run& run) {
  text::Graph graph;
  auto start = Clock::now();
  auto merged = must(text::merge(graph, "", trace.patches));
  run.ms.back() += milliseconds(start);
  run.worst_ms = std::max(run.worst_ms, run.ms.back());
  all_added(merged);
  run.keep(graph, std::move(merged.text));
  judge(trace, run);
}

void stream(const Trace& trace, Run& run) {
  std::vector<std::string> wire;
  for (auto& patch : trace.patches) wire.push_back(text::encode(patch));
  text::Graph graph;
  std::string standing;
  for (std::size_t k = 0; k < wire.size(); ++k) {
    auto start = Clock::now();
    auto patch = must(text::decode(trace.patches[k].device, wire[k]));
    auto merged = must(text::merge(graph, standing, std::span(&patch, 1)));
    standing = std::move(merged.text);
    auto took = milliseconds(start);
    all_added(merged);
    run.ms.back() += took;
    run.worst_ms = std::max(run.worst_ms, took);
  }
  run.keep(graph, std::move(standing));
  judge(trace, run);
}

// 1 where nothing differs, 0 where everything does.
double similarity(const std::string& a, const std::string& b) {
  std::size_t changed = 0;
  for (auto& edit : text::diff(a, b)) changed += std::max<std::size_t>(edit.removed, text::length_of(edit.inserted));
  return 1 - static_cast<double>(changed) / static_cast<double>(std::max<std::size_t>({text::length_of(a), text::length_of(b), 1}));
}

void judge_replicas(const std::vector<std::string>& texts, const std::string& expected, double alike, Run& run) {
  for (auto& text : texts) {
    auto found = similarity(expected, text);
    if (text != texts.front()) run.fault = "the replicas' columns differ";
    else if (found < alike || (alike == 1 && text != expected)) run.fault = fmt::format("the columns are not the text that was expected, but {:.5f} of it", found);
  }
}

void replicas(const Trace& trace, Pen pen, double alike, Run& run) {
  auto made = replicate(trace, pen);
  run.ms.back() += made.ms;
  run.worst_ms = std::max(run.worst_ms, made.worst_ms);
  run.deltas.insert(run.deltas.end(), made.deltas.begin(), made.deltas.end());
  judge_replicas(made.texts, expected_of(trace), alike, run);
  run.keep(made.graph, made.texts.front());
}

void relay(const Trace& trace, Run& run) { replicas(trace, Pen::form, 1, run); }

// A minimal diff may put a doubled letter elsewhere.
void columns(const Trace& trace, Run& run) { replicas(trace, Pen::sql, 0.999, run); }

using Mode = void (*)(const Trace&, Run&);
const std::map<std::string, Mode> modes = {{"load", load}, {"stream", stream}, {"relay", relay}, {"columns", columns}};

// The first txns alone, without a word on what they come to.
void cut(Trace& trace, std::size_t txns) {
  if (txns >= trace.of_txn.size()) return;
  trace.of_txn.resize(txns);
  trace.patches.resize(txns ? trace.of_txn.back() + 1 : 1);
  trace.expected.reset();
}

nlohmann::json report(Run& run) {
  std::size_t total = 0;
  for (auto bytes : run.deltas) total += bytes;
  if (run.deltas.empty()) run.deltas.push_back(0);
  auto middle = run.deltas.begin() + static_cast<std::ptrdiff_t>(run.deltas.size() / 2);
  std::nth_element(run.deltas.begin(), middle, run.deltas.end());
  return {{"ms", run.ms}, {"worst_ms", run.worst_ms}, {"history_bytes", run.history_bytes}, {"state_bytes", run.state_bytes},
          {"delta_bytes_median", *middle}, {"delta_bytes_total", total}, {"converged", run.fault.empty()}};
}

struct Wrong : std::runtime_error {
  using std::runtime_error::runtime_error;
};

int replay(std::map<std::string, std::string> words) {
  auto mode = modes.find(words["--mode"]);
  if (mode == modes.end()) throw Wrong("no such mode: '" + words["--mode"] + "'; there are load, stream, relay and columns");
  if (words["--trace"].empty() || words["--text"].empty()) throw Wrong("replay needs --trace FILE and --text OUT");
  auto traces = read_traces(words["--trace"]);
  if (!words["--txns"].empty())
    for (auto& trace : traces.all) cut(trace, std::stoul(words["--txns"]));
  int runs = words["--runs"].empty() ? 1 : std::stoi(words["--runs"]);
  Run run;
  for (int k = 0; k < std::max(runs, 1); ++k) {
    Run fresh;
    fresh.ms = std::move(run.ms);
    fresh.worst_ms = run.worst_ms;
    fresh.ms.push_back(0);
    for (auto& trace : traces.all) mode->second(trace, fresh);
    run = std::move(fresh);
  }
  std::ofstream out(words["--text"], std::ios::binary);
  out << (traces.many ? nlohmann::json(run.texts).dump() : run.texts.front());
  if (!out.flush()) throw std::runtime_error(words["--text"] + " cannot be written");
  fmt::print("{}\n", report(run).dump());
  if (run.fault.empty()) return 0;
  fmt::print(stderr, "{}\n", run.fault);
  return 1;
}

double median_of(int rounds, const std::function<void()>& work) {
  std::vector<double> times;
  for (int k = 0; k < rounds; ++k) {
    auto start = Clock::now();
    work();
    times.push_back(milliseconds(start));
  }
  std::nth_element(times.begin(), times.begin() + rounds / 2, times.end());
  return times[static_cast<std::size_t>(rounds / 2)];
}

void tell_trace(const std::string& folder, const std::string& name) {
  auto trace = read_traces(folder + "/" + name + ".json.gz").all.front();
  text::Graph graph;
  auto merged = must(text::merge(graph, "", trace.patches));
  auto merging = median_of(9, [&] { text::Graph fresh; must(text::merge(fresh, "", trace.patches)); });
  auto packed = graph.pack();
  auto replaying = median_of(9, [&] { must(text::replay(graph)); });
  auto loading = median_of(9, [&] { must(text::replay(must(text::Graph::unpack(packed)))); });
  fmt::print("{}: {} events in {} patches, {} entries, {} runs; {}\n", name, graph.size(), graph.patches(), graph.entries().size(), graph.runs().size(),
             merged.text == trace.expected ? "as expected" : "NOT AS EXPECTED");
  fmt::print("  all patches in one batch {:.2f} ms and {} steps of {}, history to text {:.2f} ms, stored bytes to text {:.2f} ms\n", merging, merged.steps.taken(), text::most_steps, replaying, loading);
  fmt::print("  the graph alone {} bytes, {} through zstd -19\n", packed.size(), zstd_bytes(packed));
  auto stored = store(trace);
  fmt::print("  as it lies in the relay's file {} bytes, in the replica's beside the column {}; from there to history and text {:.2f} ms\n", stored.relay, stored.replica, stored.opening_ms);
}

std::string page(std::size_t bytes) {
  std::string text;
  for (int k = 1; text.size() < bytes; ++k) text += fmt::format("Point {} : la commune a suivi la visite, et l'équipe note la suite.\n", k);
  return text;
}

struct Writer {
  DeviceId device;
  text::Graph graph;
  std::string standing;

  text::Patch save(const std::string& now) {
    auto patch = text::patches_between(device, graph.next(device), graph.frontier_ids(), standing, now).front();
    must(graph.add(patch));
    standing = now;
    return patch;
  }
};

void tell_small() {
  auto text = page(4096);
  Writer ouinhi{DeviceId{12}, {}, {}};
  auto seed = ouinhi.save(text);
  Writer laarne{DeviceId{34}, ouinhi.graph, text};
  auto insert = [](Writer& writer, std::size_t line, const std::string& words) {
    auto now = writer.standing;
    std::size_t at = 0;
    for (; line > 0; --line) at = now.find('\n', at) + 1;
    return writer.save(now.insert(now.find(" : ", at) + 3, words));
  };
  auto first = text::encode(insert(laarne, 30, "Avec Afiavi ")), next = text::encode(insert(laarne, 40, "Avec Koffi, "));
  fmt::print("12 characters into {} bytes of text: first {} bytes, next {} bytes\n", text.size(), first.size(), next.size());
  std::vector<text::Patch> day;
  for (std::size_t k = 0; k < 20; ++k) {
    day.push_back(insert(laarne, 2 * k, "à Laarne, "));
    insert(ouinhi, 2 * k + 1, "à Ouinhi, ");
  }
  std::vector<text::Patch> all = {laarne.graph.patch(1), laarne.graph.patch(2)};
  all.insert(all.end(), day.begin(), day.end());
  auto took = median_of(99, [&] { auto graph = ouinhi.graph; must(text::merge(graph, ouinhi.standing, all)); });
  fmt::print("a day of {} saves merged into {} concurrent ones, {} bytes of text: {:.3f} ms\n", all.size(), 20, ouinhi.standing.size(), took);
}

int summary(const std::string& folder) {
  for (auto name : {"friendsforever", "sveltecomponent"}) tell_trace(folder, name);
  tell_small();
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  fmt::print("peak memory of all this {} KB\n", usage.ru_maxrss);
  return 0;
}

int run(const std::vector<std::string>& words) {
  if (!words.empty() && words[0] == "summary") return summary(words.size() > 1 ? words[1] : CARNET_SOURCE "/tests/bench/traces");
  if (words.empty() || words[0] != "replay" || words.size() % 2 == 0) throw Wrong("bench_text replay --trace FILE --mode load|stream|relay|columns --text OUT --runs N [--txns N], or bench_text summary");
  std::map<std::string, std::string> options;
  for (std::size_t k = 1; k + 1 < words.size(); k += 2) options[words[k]] = words[k + 1];
  return replay(options);
}

}  // namespace

int main(int count, char** words) {
  try {
    return run({words + 1, words + count});
  } catch (const Wrong& wrong) {
    fmt::print(stderr, "{}\n", wrong.what());
    return 64;
  } catch (const std::exception& failure) {
    fmt::print(stderr, "{}\n", failure.what());
    return 1;
  }
}
