// A device as a relay sees it, thousands in one program: it speaks the real protocol by the codecs of sync/ and holds the answer
// against what it knows, but keeps no database: of the rows that change again it has what they hold, of the others their digest only.
// It fetches and writes rows of one space. Devices correct rows of their own only, so that nothing is merged here. One thread at a time.
#pragma once
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "core/digest.hpp"
#include "core/shared_text.hpp"
#include "sync/messages.hpp"
#include "tests/bench/prose.hpp"

namespace carnet::bench {

class FleetDevice {
 public:
  // `key`: that of the device's present generation.
  FleetDevice(DeviceId number, SpaceId space, DeviceKey key, std::uint64_t seed);

  DeviceId number() const { return number_; }
  SpaceId space() const { return space_; }
  const std::string& identity() const { return identity_; }
  const std::string& key() const { return key_; }

  // Before it first comes: rows that it wrote days ago, to be put into the store; then all that the relay has of the space is known to it.
  std::vector<RowChange> rows_of_before();
  using Held = std::map<RowKey, std::shared_ptr<const Row>>;
  void knows(Held rows) { held_ = std::move(rows); }
  void begins_at(Epoch epoch, Seq cursor, Seq own, const Digest& digest);
  void remembers(const SharedText& text) { up_ = down_ = text; }

  void write_evening();  // 8 activities, 24 journal entries, 40 corrections
  void write_score();

  // The request's body, as one flight. Packed when it is first asked for, and again where it has become too old to be taken.
  const std::string& body();
  void read(std::string_view answer);  // throws where it is not what it has to be

 private:
  using Cells = std::vector<std::tuple<std::uint32_t, Kind, Value>>;
  RowChange row(std::uint32_t table, RowId id, const Cells& cells, std::uint64_t time);
  RowId next_id() { return minted_id(number_, ++counter_); }
  RowId derived_id();
  void write(RowChange change);
  void correct(RowKey key);
  void pack();
  void take(const Changes& changes);
  void take(const Complete& complete);
  std::int64_t below(std::int64_t bound) { return static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(bound)); }
  [[noreturn]] void fail(const std::string& what) const;

  DeviceId number_;
  SpaceId space_;
  std::string identity_, key_;
  std::mt19937_64 random_;
  Prose prose_;
  Epoch epoch_ = 0;  // 0: it never came
  Seq cursor_, own_, acked_;
  std::int64_t rights_ = 0, counter_ = 0;
  Digest digest_;
  Held held_;
  std::vector<RowKey> own_rows_;
  std::vector<RowChange> waiting_;
  SharedText up_, up_then_, down_;  // up_then_: once the frame that was packed is acknowledged
  std::string packed_;
  std::int64_t packed_at_ = 0;
};

}  // namespace carnet::bench
