#include "tests/bench/text_replicas.hpp"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>

#include "core/text/code_points.hpp"
#include "core/text/merge.hpp"
#include "core/text_cell.hpp"
#include "server/sql_store.hpp"
#include "sync/messages.hpp"
#include "tests/village.hpp"

namespace carnet::bench {

namespace {

using test::town;
using Clock = std::chrono::steady_clock;
using Number = std::uint32_t;                  // of a device
using Known = std::map<Number, std::uint32_t>;  // how many events of each device's somebody has

const ColumnId notes{3};
constexpr std::size_t frame_bytes = 1 << 20;
constexpr Number first_hand = 1;  // makes the row, and puts down the text at the start

std::string after(const std::string& before, const text::Patch& patch) {
  auto points = text::decode(before);
  for (auto& edit : patch.edits) points.replace(edit.at, edit.removed, text::decode(edit.inserted));
  return text::encode(points);
}

std::string quoted(const std::string& text) {
  std::string sql = "'";
  for (char c : text) sql += c == '\'' ? std::string("''") : std::string(1, c);
  return sql + "'";
}

text::EventId last_event(const text::Patch& patch) { return {patch.device, patch.first + static_cast<std::uint32_t>(patch.events()) - 1}; }

std::string name_of(const std::vector<text::EventId>& heads) {
  std::string name;
  for (auto& head : heads) name += (name.empty() ? "" : "-") + std::to_string(head.device.value) + "." + std::to_string(head.seq);
  return name;
}

// Numbers that differ between the trace and the replicas, whose diffs may take other events: heads of the text after each patch.
class Replay {
 public:
  Replay(const Trace& trace, Pen pen) : trace_(trace), pen_(pen), heads_(trace.patches.size()), known_after_(trace.patches.size()) {
    read_parents();
    make_row();
  }

  Replicated run() {
    for (std::size_t k = 1; k < trace_.patches.size(); ++k) write(k);
    timed([&] { finish(); });
    for (auto& [number, device] : village_.devices) out_.texts.push_back(column(*device));
    if (!village_.all_equal()) throw std::runtime_error("the replicas' rows differ in the end");
    if (auto row = village_.device(first_hand).replica->row(key_); row.find(notes)) out_.graph = graph_of(*row.find(notes));
    return std::move(out_);
  }

 private:
  void read_parents() {
    std::map<text::EventId, std::size_t> ends;
    for (std::size_t k = 0; k < trace_.patches.size(); ++k) {
      parents_.emplace_back();
      for (auto& parent : trace_.patches[k].parents) parents_.back().push_back(ends.at(parent));
      for (auto parent : parents_.back())
        if (trace_.patches[parent].device != trace_.patches[k].device) awaited_.insert(parent);
      ends[last_event(trace_.patches[k])] = k;
    }
  }

  void make_row() {
    for (auto& patch : trace_.patches) village_.device(patch.device.value);
    auto& maker = village_.device(first_hand);
    auto& start = trace_.patches.front();
    auto text = start.edits.empty() ? std::string("NULL") : quoted(start.edits.front().inserted);
    auto said = maker.sql("INSERT INTO shelf(space,name) VALUES(7,'shelf'); INSERT INTO book(space,shelf,notes) SELECT 7,id," + text + " FROM shelf");
    if (!said.empty()) throw std::runtime_error(said);
    village_.sync(maker);
    for (auto& [number, device] : village_.devices) village_.sync(*device);
    key_ = {TableId{2}, RowId{std::stoll(maker.get("SELECT id FROM book"))}};
    if (!start.edits.empty()) heads_[0] = {last_event(start)};
  }

  static std::string column(test::Device& device) { return device.get("SELECT coalesce(notes,'') FROM book"); }

  double timed(const std::function<void()>& work) {
    auto start = Clock::now();
    work();
    auto took = std::chrono::duration<double, std::milli>(Clock::now() - start).count();
    out_.ms += took;
    return took;
  }

  void write(std::size_t k) {
    auto& patch = trace_.patches[k];
    auto number = patch.device.value;
    auto& device = village_.device(number);
    auto took = timed([&] { await(device, number, k); });
    auto over = heads_over(k);
    bool is_latest = !latest_.contains(number) || std::ranges::count(parents_[k], latest_[number]) > 0 || known_below(k);
    if (!is_latest && pen_ == Pen::sql) throw std::runtime_error("an author writes over what was not the latest there: no UPDATE can do that");
    auto text = after(is_latest ? column(device) : wording(device, over), patch);
    took += timed([&] { pen_ == Pen::form ? save(device, over, text) : update(device, text); });
    latest_[number] = k;
    heads_[k] = pen_ == Pen::form ? heads_after(device, over) : std::vector<text::EventId>{};
    if (awaited_.contains(k)) took += timed([&] { send(device, k); });
    out_.worst_ms = std::max(out_.worst_ms, took);
  }

  // What the others wrote that this txn was written over, and nothing else of theirs.
  void await(test::Device& device, Number number, std::size_t k) {
    auto& has = has_[number];
    auto& after = known_after_[k];
    for (auto parent : parents_[k])
      for (auto& [other, events] : known_after_[parent]) after[other] = std::max(after[other], events);
    Cell cell{notes, Kind::text, {}};
    for (auto& [other, events] : after) {
      if (other == number) continue;
      for (auto& sent : sent_[other])
        if (sent.end > has[other] && sent.end <= events) cell.versions.push_back(sent.version);
      has[other] = std::max(has[other], events);
    }
    if (!cell.versions.empty()) deliver(device, std::move(cell));
  }

  void deliver(test::Device& device, Cell cell) {
    order(cell.versions);
    auto cursor = device.replica->space(town).cursor;
    Changeset changes{town, cursor, cursor, {{key_, {}}}};
    changes.rows.front().row.cells.push_back(std::move(cell));
    device.replica->receive(std::move(changes), village_.acked[device.replica->device()]);
    if (!device.replica->quarantined().empty()) throw std::runtime_error(device.replica->quarantined().front().reason.text);
  }

  void save(test::Device& device, const std::vector<text::EventId>& over, const std::string& text) {
    auto saved = device.replica->save_text(key_, notes, name_of(over), text);
    if (!saved) throw std::runtime_error(saved.error().text);
  }

  // By another program, which stays open.
  void update(test::Device& device, const std::string& text) {
    auto& tool = tools_[device.replica->device().value];
    if (!tool) tool = std::make_unique<SQLite::Database>(device.path, SQLite::OPEN_READWRITE, 5'000);
    SQLite::Statement write(*tool, "UPDATE book SET notes=?");
    write.bind(1, text);
    write.exec();
  }

  // Of an author whose latest is not among the parents, whether it is among their ancestors nevertheless.
  bool known_below(std::size_t k) const {
    auto latest = latest_.at(trace_.patches[k].device.value);
    std::set<std::size_t> below(parents_[k].begin(), parents_[k].end());
    while (!below.empty() && *below.rbegin() > latest) {
      auto each = *below.rbegin();
      below.erase(each);
      below.insert(parents_[each].begin(), parents_[each].end());
    }
    return below.contains(latest);
  }

  std::vector<text::EventId> heads_over(std::size_t k) const {
    std::set<text::EventId> heads;
    for (auto parent : parents_[k]) heads.insert(heads_[parent].begin(), heads_[parent].end());
    return {heads.begin(), heads.end()};
  }

  std::string wording(test::Device& device, const std::vector<text::EventId>& over) {
    auto row = device.replica->row(key_);
    auto* cell = row.find(notes);
    auto graph = cell ? graph_of(*cell) : text::Graph();
    auto at = graph.version(over);
    auto text = at ? text::wording(graph, *at) : Result<std::string>(Error{Code::not_found, "a version is not known to its author"});
    if (!text) throw std::runtime_error(text.error().text);
    return *text;
  }

  // A txn that changed nothing leaves the heads as they were.
  std::vector<text::EventId> heads_after(test::Device& device, const std::vector<text::EventId>& over) {
    auto row = device.replica->row(key_);
    auto* cell = row.find(notes);
    if (!cell || cell->shown().stamp.device != device.replica->device()) return over;
    auto newest = last_event(*patch_of(cell->shown()));
    auto& before = newest_[newest.device.value];
    if (before && *before == newest) return over;
    before = newest;
    return {newest};
  }

  void send(test::Device& device, std::size_t k) {
    auto number = trace_.patches[k].device.value;
    send(device, number);
    if (!sent_[number].empty()) known_after_[k][number] = sent_[number].back().end;
  }

  void send(test::Device& device, Number number) {
    auto& replica = *device.replica;
    auto& acked = village_.acked[replica.device()];
    replica.collect();
    for (;;) {
      auto changes = replica.pending(town, acked, frame_bytes);
      if (changes.to == changes.from) break;
      keep(changes, number);
      apply(village_.relay, changes, Authority{});
      acked = changes.to;
    }
    replica.acknowledge(town, acked);
  }

  void keep(const Changeset& changes, Number number) {
    out_.deltas.push_back(encode(Changes{changes, {}}, Direction::up, 0).size());
    auto& sent = sent_[number];
    auto from = static_cast<std::ptrdiff_t>(sent.size());
    for (auto& change : changes.rows)
      for (auto& cell : change.row.cells)
        for (auto& version : cell.versions) {
          if (cell.kind != Kind::text) throw std::runtime_error("more is sent than the text");
          sent.push_back({last_event(*patch_of(version)).seq + 1, version});
        }
    std::sort(sent.begin() + from, sent.end(), [](auto& a, auto& b) { return a.end < b.end; });
  }

  void finish() {
    for (auto& [number, device] : village_.devices) send(*device, number);
    village_.settle();
  }

  struct Sent { std::uint32_t end; Version version; };

  const Trace& trace_;
  Pen pen_;
  test::Village village_;
  std::map<Number, std::unique_ptr<SQLite::Database>> tools_;
  RowKey key_;
  std::vector<std::vector<std::size_t>> parents_;  // of each patch, by number
  std::set<std::size_t> awaited_;                  // patches that another author wrote over
  std::vector<std::vector<text::EventId>> heads_;  // after each patch
  std::vector<Known> known_after_;
  std::map<Number, std::size_t> latest_;  // patch
  std::map<Number, std::optional<text::EventId>> newest_;
  std::map<Number, Known> has_;
  std::map<Number, std::vector<Sent>> sent_;
  Replicated out_;
};

}  // namespace

Replicated replicate(const Trace& trace, Pen pen) { return Replay(trace, pen).run(); }

Stored store(const Trace& trace) {
  test::Village village;
  auto& device = village.device(900);
  Cell cell{notes, Kind::text, {}};
  auto at = std::time(nullptr) - static_cast<std::int64_t>(trace.patches.size());
  for (auto& patch : trace.patches)  // a second after another
    cell.versions.push_back({.stamp = {stamp_time(at++), patch.device}, .value = value_of(patch), .seq = {}, .seen = {}, .past = {}, .open = {}});
  order(cell.versions);
  Changeset changes{town, {}, {}, {{{TableId{2}, RowId{1}}, {}}}};
  changes.rows.front().row.cells.push_back(std::move(cell));

  SqlStore::create(village.dir.file("relay.db"), at);
  SqlStore relay(village.dir.file("relay.db"));
  auto space = relay.add_space("town", "partnership");
  auto at_relay = changes;
  at_relay.space = space;
  relay.begin(true);
  apply(relay, at_relay, Authority{});
  relay.commit();
  device.replica->receive(std::move(changes), Seq{});
  if (!device.replica->quarantined().empty()) throw std::runtime_error(device.replica->quarantined().front().reason.text);

  Stored stored;
  SQLite::Database file(village.dir.file("relay.db"));
  stored.relay = file.execAndGet("SELECT length(state) FROM row").getUInt();
  stored.replica = device.replica->database().execAndGet("SELECT length(rest) FROM carnet_row").getUInt();
  std::vector<double> times;
  for (int k = 0; k < 9; ++k) {
    auto start = Clock::now();
    relay.begin(false);
    auto row = relay.load(space, at_relay.rows.front().key);
    relay.commit();
    auto whole = whole_of(row.cells.front());
    times.push_back(std::chrono::duration<double, std::milli>(Clock::now() - start).count());
    if (whole.text != trace.expected) throw std::runtime_error("the relay's text is not the one that was expected");
  }
  std::sort(times.begin(), times.end());
  stored.opening_ms = times[times.size() / 2];
  return stored;
}

}  // namespace carnet::bench
