// The relay's half of an exchange: what becomes of one frame of the device.
#include <algorithm>

#include "core/text_cell.hpp"
#include "sync/carried.hpp"
#include "sync/changes_codec.hpp"
#include "sync/limits.hpp"
#include "sync/relay_session.hpp"

namespace carnet {

namespace {

constexpr std::int64_t seconds_a_day = 86'400;

// The frame is refused whole where one row breaks a bound; empty where none does. A device of ours sets such rows aside itself.
std::optional<Error> row_or_clock_fault(const Changes& changes, std::int64_t now) {
  for (auto& change : changes.set.rows) {
    for (auto& cell : change.row.cells)
      for (auto& version : cell.versions)
        if (version.stamp.unix_seconds() > now + max_ahead_seconds)
          return Error{Code::clock_wrong, "a stamp lies more than " + std::to_string(max_ahead_seconds) +
                                              " seconds in the relay's future; correct the clock"};
    if (auto fault = row_fault(change)) return fault;
  }
  return {};
}

// Nobody could look through more, and each costs every merge to come.
std::optional<Error> too_many_versions(const Row& held, const RowChange& change) {
  for (auto& cell : change.row.cells) {
    auto* mine = held.find(cell.column);
    if (!mine || cell.kind == Kind::text || mine->versions.size() + cell.versions.size() <= max_stamps) continue;
    auto& first = cell.versions.front();
    auto seen = std::count_if(mine->versions.begin(), mine->versions.end(), [&](auto& version) { return has_seen(first, version, version.seq); });
    if (mine->versions.size() + cell.versions.size() - static_cast<std::size_t>(seen) > max_stamps)
      return Error{Code::too_large, "row " + std::to_string(change.key.id.value) + " of table " + std::to_string(change.key.table.value) + " would have more than " +
                                        std::to_string(max_stamps) + " versions of one cell beside each other: settle its conflicts"};
  }
  return {};
}

std::optional<Error> text_fault(const Row& held, const Row& row) {
  auto fine = check_texts(held, row);
  return fine ? std::nullopt : std::optional(fine.error());
}

// Rows and bytes that the space has room for.
class Room {
 public:
  Room(RelayStore& store, SpaceId space) : limits_(store.limits(space)), rows_(store.digest(space).rows), bytes_(store.bytes(space)) {}

  std::optional<Error> fault(const Row& held, const Row& news) {
    auto bytes = bytes_ + static_cast<std::int64_t>(row_weight(news));
    if (held.empty() && rows_ + 1 > limits_.rows) return full(std::to_string(limits_.rows) + " rows");
    if (bytes > limits_.bytes) return full(std::to_string(limits_.bytes) + " bytes");
    rows_ += held.empty();
    bytes_ = bytes;
    return {};
  }

 private:
  static Error full(const std::string& most) {
    return {Code::space_full, "the space holds the " + most + " that it may; the relay's operator gives it room with `carnet-relay quota`"};
  }
  Limits limits_;
  std::int64_t rows_, bytes_;
};

// Whether each version stands or has stood here.
bool has_all(RelayStore& store, const Changeset& set) {
  for (auto& change : set.rows) {
    auto row = store.load(set.space, change.key);
    if (!holds_texts(row, change.row)) return false;
    for (auto& cell : change.row.cells)
      for (auto& version : cell.kind == Kind::text ? std::vector<Version>{} : cell.versions) {
        auto* held = row.find(cell.column);
        bool stands = held && std::any_of(held->versions.begin(), held->versions.end(), [&](const Version& v) { return v.stamp == version.stamp && v.value == version.value; });
        if (!stands && !store.remembers(set.space, change.key, cell.column, version.stamp)) return false;
      }
  }
  return true;
}

}  // namespace

// One frame: known already, not joining, at fault, or committed and acknowledged.
void RelaySession::take(const Changes& changes, std::string frame, RelayStore& store, std::int64_t now) {
  ++tally_.frames_in;
  primes_ = false;
  auto& set = changes.set;
  auto place = places_.find(set.space);
  if (place == places_.end()) return refuse(changes, Code::not_allowed, "space was not named in the hello");
  if (place->second.shut) return refuse(changes, Code::no_member, "this device is no member of the space any more; an admin of the space can add its person again");
  if (primed_up_ != set.space) return fail({Code::malformed, "a frame of a space that the stream was not primed for"});
  auto& acked = place->second.acked;
  if (store.acked(device_, set.space) != acked) return fail({Code::gap, "an earlier exchange of this device went on meanwhile; the next one starts where that ended"});
  if (set.from < acked && !has_all(store, set)) return fail_copied();  // the number was given to other changes
  if (set.to <= acked) return send(Ack{set.space, acked});  // and not remembered: the name tells which frame moved acked
  auto size = frame.size();
  auto& text = *place->second.up;
  text.add(std::move(frame));
  text.trim();
  store.keep(device_, set.space, Direction::up, text);
  if (set.from > acked)
    return refuse(changes, Code::gap, "the relay has changes up to " + std::to_string(acked.value) + "; go on from there");
  auto fault = row_or_clock_fault(changes, now);
  if (!fault) fault = day_fault(size, store.limits(set.space).day_bytes, store, now);
  if (state_ == State::finished) return;
  if (fault) {
    refuse(changes, fault->code, fault->text);
    if (fault->code == Code::clock_wrong) return;
  } else {
    auto allowed = set;
    Refusals refusals;
    if (!turn_away(allowed, device_, refusals, store, now)) return fail_copied();
    take_in(allowed, device_, store);
    answer_for(changes, refusals, refusals.size() != 1 || !allowed.rows.empty());
  }
  acked = set.to;
  store.set_acked(device_, set.space, acked);
}

// Of what a device may send on one day. A frame that no day has room for is refused; another waits for tomorrow, with all behind it.
std::optional<Error> RelaySession::day_fault(std::size_t size, std::int64_t most, RelayStore& store, std::int64_t now) {
  auto bytes = static_cast<std::int64_t>(size), day = now / seconds_a_day;
  auto text = "more than the " + std::to_string(most) + " bytes that a device may send in a day; the relay's operator gives it room with `carnet-relay quota`";
  if (bytes > most) return Error{Code::day_full, text};
  if (store.sent_on(device_, day) + bytes > most) fail({Code::busy, text + ", or it follows tomorrow; nothing is lost"});
  else store.add_sent(device_, day, bytes);
  return {};
}

bool RelaySession::turn_away(Changeset& set, DeviceId author, Refusals& refusals, RelayStore& store, std::int64_t now) {
  Sender sender{.device = author, .membership = store.membership(author, set.space), .gives_back = store.confirmed(author, set.space) == Seq{},
                .lost_before = began_by(epoch_), .now = now, .head = store.head(set.space)};
  Room room(store, set.space);
  bool copied = false;
  store.foresee(set);
  std::erase_if(set.rows, [&](RowChange& change) {
    auto held = store.load(set.space, change.key);
    auto fault = objection(sender, held, change,
                           {.is_device = [&](DeviceId device) { return store.is_device(device); },
                            .is_superseded = [&](ColumnId column, const Stamp& stamp) { return store.remembers(set.space, change.key, column, stamp); },
                            .stands_elsewhere = [&] { return store.stands_elsewhere(author, set.space, change.key); }});
    if (!fault) forget_borrowed_contexts(sender, change);
    if (!fault) fault = text_fault(held, change.row);
    if (!fault) fault = too_many_versions(held, change);
    copied |= fault && fault->code == Code::copied;
    if (!fault) fault = room.fault(held, change.row);
    if (!fault) return false;
    auto same = std::find_if(refusals.begin(), refusals.end(), [&](auto& each) { return each.first.text == fault->text; });
    if (same == refusals.end()) same = refusals.insert(same, {std::move(*fault), {}});
    same->second.push_back(change.key);
    return true;
  });
  return !copied;
}

// Where one reason stands against all, the frame is refused as a whole.
void RelaySession::answer_for(const Changes& changes, const Refusals& refusals, bool some_taken) {
  auto& set = changes.set;
  for (auto& [fault, rows] : refusals) {
    ++tally_.refused;
    kept_back_ += static_cast<std::int64_t>(rows.size());
    send(Refused{set.space, set.from, set.to, {fault.code, fault.text.substr(0, max_text_bytes)}, some_taken ? rows : std::vector<RowKey>{}});
  }
  if (some_taken) send(Ack{set.space, set.to});
}

// Of whom something was refused, a carrier has to hear of it too, and brings all.
void RelaySession::take(const Carries& offer, RelayStore& store) {
  if (!places_.contains(offer.space)) return fail({Code::malformed, "frames are offered for a space that the hello did not name"});
  Had had{offer.space, {}};
  for (auto author : offer.authors) had.authors.push_back({author, store.has_refused(author, offer.space) ? Seq{} : store.acked(author, offer.space)});
  send(had);
}

void RelaySession::refuse_carried(Error error) {
  ++tally_.refused;
  send(CarryAnswer{{error.code, error.text.substr(0, max_text_bytes)}});
}

std::optional<Error> RelaySession::fault_of(const Carried& frame, const Changes& changes, RelayStore& store, std::int64_t now) {
  if (auto fault = store.fault_of_carried(frame.author, frame.generation, latest_second(changes.set))) return fault;
  if (!is_signed(frame, verifying_key_of(keys_->key_of({Peer::Kind::device, frame.author.value, frame.generation}))))
    return Error{Code::of_another, "it is not signed by the device that is said to have written it"};
  if (auto fault = row_or_clock_fault(changes, now)) return fault;
  return day_fault(frame.frame.size(), store.limits(frame.space).day_bytes, store, now);
}

// Of another device, as if that had brought it: its rights count, and its work goes on from there, where the frame joins what is here and all of
// it was taken. Else it brings that itself, and hears why not.
void RelaySession::take(const Carry& carry, RelayStore& store, std::int64_t now) {
  ++tally_.frames_in;
  auto& frame = carry.frame;
  auto place = places_.find(frame.space);
  if (place == places_.end() || place->second.shut) return refuse_carried({Code::no_member, "who is no member of a space any more carries nothing into it"});
  auto changes = changes_of(frame, epoch_);
  if (!changes) return refuse_carried(changes.error());
  auto fault = fault_of(frame, *changes, store, now);
  if (state_ == State::finished) return;
  if (fault) return refuse_carried(*fault);
  auto& set = changes->set;
  Refusals refusals;
  if (!turn_away(set, frame.author, refusals, store, now)) return refuse_carried({Code::copied, "the device that wrote it was copied: it brings its work itself, under another number"});
  take_in(set, frame.author, store);
  auto acked = store.acked(frame.author, set.space);
  if (refusals.empty() && frame.author != device_ && frame.epoch == epoch_ && set.from <= acked && set.to > acked) store.set_acked(frame.author, set.space, set.to);
  CarryAnswer answer{{Code{}, {}}};
  for (auto& [why, rows] : refusals) {
    answer.error = {why.code, why.text.substr(0, max_text_bytes)};
    answer.rows.insert(answer.rows.end(), rows.begin(), rows.end());
  }
  tally_.refused += !refusals.empty();
  send(std::move(answer));
}

void RelaySession::take_in(const Changeset& set, DeviceId author, RelayStore& store) {
  auto applied = apply(store, set, Authority{.from = author});
  store.add_bytes(set.space, applied.bytes);
  tally_.rows_in += applied.rows;
  tally_.conflicts += applied.conflicts;
}

void RelaySession::refuse(const Changes& changes, Code code, std::string text) {
  ++tally_.refused;
  if (code == Code::gap || code == Code::clock_wrong) {  // it comes again
    confirms_ = false;
    comes_again_ = true;
  } else {
    kept_back_ += static_cast<std::int64_t>(changes.set.rows.size());
  }
  send(Refused{changes.set.space, changes.set.from, changes.set.to, {code, text.substr(0, max_text_bytes)}});
}

}  // namespace carnet
