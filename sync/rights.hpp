// What a device may do: its rights in a space are its person's role there, and every row of every frame is held against them before it
// is merged. Pure functions; what they need to know of the store is handed to them. The rules in words: WIRE.md, "Rights".
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/changeset.hpp"
#include "core/result.hpp"

namespace carnet {

// Numbers travel and are kept; never renumbered.
enum class Role : int {
  none = 0,    // a member no more
  reader = 1,  // reads
  writer = 2,  // reads and writes
  coach = 3,   // reads all, sharpens the questions, comments, decides conflicts
  admin = 4,   // a writer who also says who the members are
};

// Of a space in which the relay's accounts are kept by rows (server/administration.hpp).
inline constexpr std::string_view administration_kind = "administration";

std::string_view name_of(Role role);
std::optional<Role> role_named(std::string_view name);

// A person in a space, as their devices are told.
struct Membership {
  SpaceId space;
  std::string name, kind;
  Role role = Role::none;
  // Where less may be written than before, unix seconds: what was written up to then is still taken, until the device has said once
  // that it has nothing more.
  std::optional<std::int64_t> wrote_until = {};
  std::optional<std::int64_t> coached_until = {};  // the same, of what a coach writes
  // What its devices carry for each other with (sync/carried.hpp, sync/bundle.hpp): the space's key and its generation, and the device's passport.
  std::uint32_t sealing = 0;
  std::string key = {}, passport = {};
  bool drains() const { return wrote_until || coached_until; }
};

bool may_write(Role role);
bool is_coached(TableId table);  // a coach writes its rows

// Who brings a frame, and what is known of them.
struct Sender {
  DeviceId device;
  Membership membership;
  bool gives_back = false;        // it has not said yet, in this life of the store, that the relay has all that it has
  std::int64_t lost_before = 0;   // unix seconds: what the store may have lost in an earlier life was accepted before
  std::int64_t now = 0;           // the relay's
  Seq head;                       // the relay's, of the space
};

// Asked only where a rule needs it.
struct Known {
  std::function<bool(DeviceId)> is_device;                    // was ever given that number here
  std::function<bool(ColumnId, const Stamp&)> is_superseded;  // the version stood in this row
  std::function<bool()> stands_elsewhere;                     // the row, in another space that this device ever had
};

// Why the relay does not take this change of a row of which it holds `held`; empty where it does.
std::optional<Error> objection(const Sender& sender, const Row& held, const RowChange& change, const Known& known);

// What others wrote and the relay knows already comes without what its bringer says that they had seen.
void forget_borrowed_contexts(const Sender& sender, RowChange& change);

}  // namespace carnet
