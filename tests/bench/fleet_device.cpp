#include "tests/bench/fleet_device.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <stdexcept>

#include "sync/limits.hpp"
#include "sync/peer.hpp"
#include "sync/stream.hpp"

namespace carnet::bench {

namespace {

// Numbers of core/domain*.cpp; the relay has no schema.
constexpr std::uint32_t activity = 17, journal_entry = 24, progress = 26, plan_action = 31;

constexpr std::int64_t days_ago = 3 * 86'400;
constexpr std::int64_t dated_ahead = 60, too_old = 150;  // seconds: a hello may be 120 early or late, and is packed before its turn comes

Version version_of(Stamp stamp, Value value, Seq seen) {
  Version version;
  version.stamp = stamp;
  version.value = std::move(value);
  version.seen = seen;
  return version;
}

template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().text);
  return std::move(*result);
}

}  // namespace

FleetDevice::FleetDevice(DeviceId number, SpaceId space, DeviceKey key, std::uint64_t seed)
    : number_(number), space_(space), identity_(identity_of({Peer::Kind::device, number.value, key.generation})), key_(std::move(key.bytes)), random_(seed + number.value),
      prose_(seed + number.value) {}

RowId FleetDevice::derived_id() { return RowId{derived_bit | static_cast<std::int64_t>(random_() >> 12)}; }

RowChange FleetDevice::row(std::uint32_t table, RowId id, const Cells& cells, std::uint64_t time) {
  RowChange change{{TableId{table}, id}, {}};
  change.row.at(life_column, Kind::reg).versions = {version_of({time, number_}, life_alive, cursor_)};
  for (auto& [column, kind, value] : cells) change.row.at(ColumnId{column}, kind).versions = {version_of({time, number_}, value, cursor_)};
  return change;
}

std::vector<RowChange> FleetDevice::rows_of_before() {
  auto time = stamp_time(std::time(nullptr) - days_ago);
  std::vector<RowChange> rows;
  for (int k = 0; k < 40; ++k) {
    auto position = 1.0 + k;
    if (k % 5 < 2) rows.push_back(row(progress, derived_id(), {{1, Kind::reg, below(1'000'000)}, {2, Kind::reg, below(1'000'000)}, {3, Kind::reg, "2025-03-10"}, {4, Kind::reg, below(4)}}, time));
    else if (k % 5 < 4) rows.push_back(row(activity, next_id(), {{1, Kind::reg, below(1'000'000)}, {2, Kind::reg, position}, {4, Kind::reg, "09:30"}, {6, Kind::reg, prose_.title()}, {7, Kind::reg, prose_.title()}}, time));
    else rows.push_back(row(plan_action, next_id(), {{1, Kind::reg, below(1'000'000)}, {2, Kind::reg, position}, {4, Kind::reg, prose_.name()}, {11, Kind::reg, "planned"}}, time));
    own_rows_.push_back(rows.back().key);
  }
  return rows;
}

void FleetDevice::begins_at(Epoch epoch, Seq cursor, Seq own, const Digest& digest) {
  epoch_ = epoch;
  cursor_ = cursor;
  own_ = acked_ = own;
  digest_ = digest;
}

void FleetDevice::write(RowChange change) {
  ++own_.value;
  waiting_.push_back(std::move(change));
  packed_.clear();
}

void FleetDevice::correct(RowKey key) {
  auto& held = held_.at(key);
  Row changed = *held;
  auto [column, value] = [&]() -> std::pair<std::uint32_t, Value> {
    if (key.table.value == progress) return {4, below(4)};
    if (key.table.value == plan_action) return below(2) ? std::pair<std::uint32_t, Value>(4, prose_.name()) : std::pair<std::uint32_t, Value>(11, below(2) ? "under_way" : "done");
    return below(2) ? std::pair<std::uint32_t, Value>(7, prose_.title()) : std::pair<std::uint32_t, Value>(4, fmt::format("1{}:{}0", below(10), below(6)));
  }();
  auto& cell = changed.at(ColumnId{column}, Kind::reg);
  cell.versions = {version_of(stamp_after(stamp_time(std::time(nullptr)), cell.shown().stamp.time, number_), std::move(value), cursor_)};
  RowChange change{key, {}};
  change.row.cells = {cell};
  digest_ += -row_digest(key, *held);
  digest_ += row_digest(key, changed);
  held = std::make_shared<const Row>(std::move(changed));
  write(std::move(change));
}

void FleetDevice::write_evening() {
  auto wall = std::time(nullptr) - 7'200;
  auto add = [&](std::uint32_t table, const Cells& cells) {
    auto made = row(table, next_id(), cells, stamp_time(wall += 90));
    digest_ += row_digest(made.key, made.row);
    write(std::move(made));
  };
  auto visit = below(1'000'000);
  for (int k = 0; k < 8; ++k)
    add(activity, {{1, Kind::reg, visit}, {2, Kind::reg, 1.0 + k}, {3, Kind::reg, "2025-04-08"}, {4, Kind::reg, fmt::format("1{}:30", k)}, {6, Kind::reg, prose_.title()}, {7, Kind::reg, prose_.title()}});
  for (int k = 0; k < 24; ++k) {
    auto characters = 300 + static_cast<std::size_t>(below(1'200));
    auto about = [&](std::size_t percent) { return prose_.text(characters * percent / 100 * 9 / 10, characters * percent / 100 * 11 / 10); };
    add(journal_entry, {{1, Kind::reg, visit}, {2, Kind::reg, counter_ - k % 3}, {4, Kind::reg, "2025-04-08"}, {5, Kind::reg, 1.0 + k}, {7, Kind::text, about(55)}, {8, Kind::text, about(30)}, {9, Kind::text, about(15)}});
  }
  // A row that waits already is not corrected again: it would be one change.
  for (auto key : own_rows_)
    if (std::none_of(waiting_.begin(), waiting_.end(), [&](auto& change) { return change.key == key; })) correct(key);
}

void FleetDevice::write_score() {
  auto scores = std::count_if(own_rows_.begin(), own_rows_.end(), [](auto& key) { return key.table.value == progress; });
  auto chosen = below(scores);
  for (auto& key : own_rows_)
    if (key.table.value == progress && chosen-- == 0) return correct(key);
}

const std::string& FleetDevice::body() {
  if (packed_.empty() || std::time(nullptr) > packed_at_ + too_old) pack();
  return packed_;
}

void FleetDevice::pack() {
  packed_at_ = std::time(nullptr);
  Packing out;
  Hello hello{number_, {}, {}, packed_at_ + dated_ahead, epoch_, Mode::usual, 0, {}, rights_};
  hello.places.push_back({space_, cursor_, 0, own_, down_.name()});
  out.put(encode(hello, Direction::up, epoch_));
  up_then_ = up_;
  if (!waiting_.empty()) {
    out.put(encode(Prime{space_, up_.name()}, Direction::up, epoch_));
    out.prime(up_.text(), waiting_.size() * bytes_of_a_row);
    auto frame = encode(Changes{{space_, acked_, own_, waiting_}, cursor_}, Direction::up, epoch_);
    out.put(frame);
    up_then_.add(std::move(frame));
  }
  out.put(encode(End{}, Direction::up, epoch_));
  packed_ = out.flush();
}

void FleetDevice::read(std::string_view answer) {
  bool welcomed = false, complete = false;
  Unpacking in;
  if (auto fed = in.feed(answer); !fed) fail(fed.error().text);
  while (auto plain = must(in.next())) {
    auto message = must(decode(*plain, Direction::down, epoch_));
    if (auto* account = std::get_if<Account>(&message)) {
      rights_ = account->rights;
    } else if (auto* welcome = std::get_if<Welcome>(&message)) {
      if (epoch_ && welcome->epoch != epoch_) fail("another life of the store");
      epoch_ = welcome->epoch;
      welcomed = true;
    } else if (auto* prime = std::get_if<Prime>(&message)) {
      if (!down_.back_to(prime->text)) fail("the stream is primed with what it does not remember");
      in.prime(down_.text());
    } else if (auto* changes = std::get_if<Changes>(&message)) {
      take(*changes);
      down_.add(std::move(*plain));
      down_.trim();
    } else if (auto* ack = std::get_if<Ack>(&message)) {
      if (ack->space != space_ || ack->to != own_) fail("an ack of what it did not send");
      acked_ = own_;
      waiting_.clear();
      up_ = up_then_;
    } else if (auto* done = std::get_if<Complete>(&message)) {
      take(*done);
      complete = true;
    } else if (auto* failure = std::get_if<Failure>(&message)) {
      fail("refused: " + failure->error.text);
    } else {
      fail("an answer of kind " + std::to_string(message.index()));
    }
  }
  packed_.clear();
  if (!welcomed) fail("no welcome");
  if (acked_ != own_) fail("no ack");
  if (!complete) fail("no complete");
}

// Cells come whole, and nobody else writes ours.
void FleetDevice::take(const Changes& changes) {
  if (changes.set.space != space_ || changes.set.from > cursor_) fail("a frame that does not join");
  for (auto& [key, theirs] : changes.set.rows) {
    auto at = held_.find(key);
    Row row = at == held_.end() ? Row{} : *at->second;
    digest_ += -row_digest(key, row);
    for (auto& cell : theirs.cells) row.at(cell.column, cell.kind) = cell;
    digest_ += row_digest(key, row);
    if (at != held_.end()) at->second = std::make_shared<const Row>(std::move(row));
  }
  cursor_ = changes.set.to;
}

void FleetDevice::take(const Complete& complete) {
  if (complete.places.size() != 1 || complete.places.front().space != space_) fail("complete names other spaces");
  auto& place = complete.places.front();
  if (place.digest != digest_.sum) fail("the digests differ");
  cursor_ = place.head;
}

void FleetDevice::fail(const std::string& what) const { throw std::runtime_error(fmt::format("device {}: {}", number_.value, what)); }

}  // namespace carnet::bench
