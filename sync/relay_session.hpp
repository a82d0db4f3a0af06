// The relay's half of one exchange: a state machine without I/O. Bytes go in; it says what it needs done with the store and
// turns the outcome into bytes to send. The server only moves bytes and runs `work` where the store is.
//
// Use: feed() what arrives; while next() gives a task: run work(task, store) in a transaction (a writing one if task.writes),
// commit it, then send what answer() gives. work() goes on with what else is at hand and belongs into the same transaction, which writes in
// one space. An acknowledgement thus never leaves before the commit, nor enters the packed stream: what is packed has to be sent.
#pragma once
#include <deque>
#include <map>
#include <optional>
#include <string>

#include "core/changes.hpp"
#include "sync/limits.hpp"
#include "sync/relay_store.hpp"
#include "sync/stream.hpp"

namespace carnet {

class RelaySession {
 public:
  // `keys` lives as long as this. `proved`: who the channel says is there; without, the hello has to. `pin`: to be announced, or empty.
  explicit RelaySession(const Keys& keys, std::optional<Peer> proved = {}, std::string pin = {}) : keys_(&keys), peer_(proved), pin_(std::move(pin)) {}

  struct Task {
    enum class Kind { take, serve, keep };
    Kind kind = Kind::take;
    Message message;    // to take
    std::string bytes;  // of it, where it is a frame
    bool writes = false;
    std::optional<SpaceId> space = {};  // in which it does
    bool is_dispensable() const { return kind == Kind::keep; }  // a full disk must not keep devices from reading
    std::optional<SpaceId> holds() const { return writes ? space : std::nullopt; }
  };
  // What the task did, for the logs.
  struct Tally {
    std::size_t frames_in = 0, frames_out = 0, rows_in = 0, rows_out = 0, refused = 0, conflicts = 0;
  };

  // Bytes from the device. An error is final: send failure(error) and close.
  Result<void> feed(std::string_view bytes);
  Result<std::optional<Task>> next();

  // `now`: the relay's unix time. Throws only for faults of the store.
  void work(const Task& task, RelayStore& store, std::int64_t now);
  std::string answer();
  enum class Effort { little, much, most };  // much: milliseconds, and 3 MB of memory until rest() or the end; most: tens of both
  Effort effort() const;  // of answer(), which may be asked from another thread than all else
  Effort foreseen() const;  // of what is to be served: where it is more than little, that is a task of its own, before which one may wait
  void hurry() { hurries_ = true; }  // what is packed from here on is packed with less care, and what is much is not read out of the store before it is asked for
  // Gives up the memory that answer() has taken, where more is to be served: what follows is packed as if the exchange had begun anew, at the
  // cost of some bytes. What answer() gives then has to be sent, too.
  void rest();
  bool has_memory() const { return out_.is_primed(); }
  std::string failure(const Error& error);

  bool finished() const { return state_ == State::finished && kept_; }
  bool has_read_all() const { return state_ == State::serves || state_ == State::finished; }  // and given up the memory for it
  bool is_proved() const { return peer_ && peer_->kind == Peer::Kind::device && peer_->number == device_.value; }  // by the channel or its hello
  bool welcomed() const { return state_ != State::expects_hello && device_.value != 0 && !places_.empty(); }
  DeviceId device() const { return device_; }
  std::uint32_t generation() const { return peer_ ? peer_->generation : 0; }  // of the key that it spoke by; 0: by an invite
  bool has_new_key() const { return has_new_key_; }  // it never spoke by it: that is to be noted at once, since the older ones die by it
  const Tally& tally() const { return tally_; }
  std::optional<Code> failed() const { return failed_; }  // what the device was told that ends the exchange

 private:
  enum class State { expects_hello, expects_frames, serves, finished };

  struct Place {
    std::uint32_t text_down = 0;  // as the device names it
    std::optional<SharedText> up = {}, down = {};
    std::size_t expected = 0;     // bytes down, unpacked
    bool lets_go = false;  // its person may do less here than before: what was written until then is taken, for this once
    bool leaves = false;   // even nothing: nothing is served
    bool shut = false;     // nor is anything taken
    Asker asker;  // what the device has of ours
    Seq acked;    // what we have of its
    std::optional<Sketch> sketch = {};                            // of a comparison, of these
    std::vector<std::pair<std::uint64_t, RowKey>> compared = {};  // rows by their digests,
    std::deque<RowKey> wanted = {};                               // of which the device lacks these
  };

  Result<std::optional<Task>> read_next();
  Result<std::optional<std::string>> next_message();
  bool brings_frames();  // with the hello that was read: then they belong into its transaction
  std::optional<Task> following();  // that belongs into the transaction of the one before; the other is kept for next()
  void work_one(const Task& task, RelayStore& store, std::int64_t now);
  void enter(const Hello& hello, RelayStore& store, std::int64_t now);
  void endow(Account& account) const;  // with what its devices carry for each other with
  bool admit(const Hello& hello, RelayStore& store, std::int64_t now);  // false where it was turned away
  bool is_still_let_in(RelayStore& store, std::int64_t now);            // false where it was turned away since
  void hand_out(DeviceId device, std::uint32_t generation);
  void take(const Changes& changes, std::string frame, RelayStore& store, std::int64_t now);
  using Refusals = std::vector<std::pair<Error, std::vector<RowKey>>>;
  // Takes out of a frame the rows that may not come in, by reason; false where the number was given to other changes.
  bool turn_away(Changeset& set, DeviceId author, Refusals& refusals, RelayStore& store, std::int64_t now);
  std::optional<Error> day_fault(std::size_t size, std::int64_t most, RelayStore& store, std::int64_t now);
  void answer_for(const Changes& changes, const Refusals& refusals, bool some_taken);
  void take(const Carries& offer, RelayStore& store);
  void take(const Carry& carry, RelayStore& store, std::int64_t now);
  std::optional<Error> fault_of(const Carried& frame, const Changes& changes, RelayStore& store, std::int64_t now);  // of all of it; or the exchange ends
  void refuse_carried(Error error);
  void take_in(const Changeset& set, DeviceId author, RelayStore& store);
  void take(const Compare& compare, RelayStore& store);
  void take(const Want& want);
  void take(const Prime& prime, RelayStore& store);
  void prime(SpaceId space, Place& place, std::size_t frame_bytes, RelayStore& store);  // the stream down
  Changeset next_wanted(SpaceId space, Place& place, RelayStore& store);
  void end(RelayStore& store);
  void serve(RelayStore& store);
  void keep(RelayStore& store);  // what was sent, as the device will remember it; not before it is sent, nor long after
  void fail_copied(DeviceId number = {});
  void refuse(const Changes& changes, Code code, std::string text);
  bool is_served(RelayStore& store, std::map<SpaceId, Place>::iterator from);  // nothing is left there and behind it
  void send(const Message& message) { answers_.push_back({encode(message, Direction::down, epoch_)}); }
  void fail(Error error, std::int64_t offset = 0);

  struct Answer {
    std::string bytes;
    std::optional<std::string> primes = {};  // the stream with this text, after it
    std::size_t expected = 0;                // bytes to follow then
  };
  const Keys* keys_;
  std::optional<Peer> peer_;
  std::string pin_;
  State state_ = State::expects_hello;
  std::size_t bytes_before_hello_ = 0;
  Unpacking in_{max_hello_bytes};
  std::optional<Result<std::optional<std::string>>> seen_;  // what follows the hello, unpacked already
  std::optional<Result<std::optional<Task>>> ahead_;  // read, and not worked on yet
  bool writes_ = false;             // the open transaction
  std::optional<SpaceId> holds_;    // in this space; none: in several or none
  std::vector<Answer> answers_;     // to be packed when their transaction is committed
  Packing out_;
  bool hurries_ = false;
  Epoch epoch_ = 0;
  DeviceId device_;
  bool has_new_key_ = false;
  std::uint32_t let_in_by_ = 0;  // the generation of the key that the relay wants of it
  std::map<SpaceId, Place> places_;
  Mode mode_ = Mode::usual;
  std::size_t frame_bytes_ = first_frame_bytes;
  bool frame_grows_ = false;  // the device does not know its link: each frame may be twice the one before
  std::optional<SpaceId> serving_, primed_up_, primed_down_;
  bool primes_ = false;    // a frame has to follow
  bool confirms_ = false;  // the device has seen more than it had told before
  bool lets_go_ = false, comes_again_ = false;  // some place does; some frame was sent back
  bool kept_ = true;  // what was sent is in the store
  std::int64_t kept_back_ = 0;  // rows of one frame that stay at the device
  std::optional<Code> failed_;
  Tally tally_;
};

}  // namespace carnet
