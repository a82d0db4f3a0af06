#include "sync/rights.hpp"

#include <algorithm>
#include <array>

#include "core/clock.hpp"
#include "core/domain.hpp"
#include "core/text_cell.hpp"

namespace carnet {

namespace {

constexpr std::array<std::string_view, 5> role_names{"none", "reader", "writer", "coach", "admin"};
constexpr TableId device_table{37}, holder_table{38};  // who the device is: in every space

using Versions = std::vector<std::pair<const Cell*, const Version*>>;

Versions versions_of(const Row& row) {
  Versions all;
  for (auto& cell : row.cells)
    for (auto& version : cell.versions) all.push_back({&cell, &version});
  return all;
}

bool knows(const Row& held, const Cell& cell, const Version& version, const Known& known) {
  if (cell.kind == Kind::text) {
    Row alone;
    alone.at(cell.column, cell.kind).versions.push_back(version);
    return holds_texts(held, alone);
  }
  auto* stands = held.find(cell.column);
  auto same = [&](const Version& other) { return other.stamp == version.stamp; };
  return (stands && std::any_of(stands->versions.begin(), stands->versions.end(), same)) || known.is_superseded(cell.column, version.stamp);
}

// Conflict: nobody's name may be borrowed, and yet a store that lost something has to get it back from those who hold it. Resolution: others'
// versions are taken from a device that is still giving back what an earlier life of the store may have had. Reason: later the
// relay has all that it ever passed on, and who wrote something brings it.
bool may_carry(const Sender& sender, const Version& version, const Known& known) {
  bool is_base = version.stamp.device.value == 0;
  return sender.gives_back && version.stamp.unix_seconds() <= sender.lost_before && (is_base || known.is_device(version.stamp.device));
}

// What it would add here by its own word. Who may write may do so anyhow, and is not asked.
Versions news_of(const Sender& sender, const Row& held, const RowChange& change, const Known& known) {
  auto news = versions_of(change.row);
  bool carries = sender.membership.role == Role::coach && sender.membership.kind != administration_kind;
  std::erase_if(news, [&](auto& each) { return knows(held, *each.first, *each.second, known) || (each.second->stamp.device != sender.device && carries); });
  return news;
}

std::optional<Error> objection_to_kind(const Membership& member, const RowChange& change) {
  auto table = change.key.table;
  bool is_administration = member.kind == administration_kind;
  auto* declared = domain().find(table);
  bool belongs_there = declared && declared->is_administration;
  if (is_administration && !belongs_there && table != device_table && table != holder_table)
    return Error{Code::other_kind, "an administration space holds organisations, people, spaces, devices, members and invites of the relay, and nothing else"};
  bool has_text = std::any_of(change.row.cells.begin(), change.row.cells.end(), [](auto& cell) { return cell.kind == Kind::text; });
  if (is_administration && has_text) return Error{Code::invalid, "no column in an administration space is a text that merges"};
  if (!is_administration && belongs_there) return Error{Code::other_kind, "this table stands in the relay's administration space only"};
  return {};
}

// Conflict: an officer who was removed may bring what they wrote before. Resolution: in an administration space it is not taken. Reason:
// stamps can be set back, and there they could make themselves an officer again.
std::optional<Error> objection_in_administration(const Sender& sender, const Row& held, const RowChange& change, const Known& known) {
  auto role = sender.membership.role;
  if (role == Role::admin || news_of(sender, held, change, known).empty()) return {};
  if (role == Role::none) return Error{Code::no_member, "this device is no member of the administration space any more"};
  return Error{Code::admins_only, "only its admins write in an administration space"};
}

std::optional<Error> objection_to_role(const Sender& sender, const Row& held, const RowChange& change, const Known& known) {
  auto& member = sender.membership;
  if (member.kind == administration_kind) return objection_in_administration(sender, held, change, known);
  if (may_write(member.role) || (member.role == Role::coach && is_coached(change.key.table))) return {};
  auto decides = [&](const Cell& cell) {
    auto* stands = held.find(cell.column);
    return member.role == Role::coach && stands && !open_conflicts(held, *stands).empty();
  };
  auto until = is_coached(change.key.table) ? std::max(member.wrote_until, member.coached_until) : member.wrote_until;
  auto was_allowed = [&](const Version& version) {
    return version.stamp.device == sender.device && until && version.stamp.unix_seconds() <= *until + max_ahead_seconds;
  };
  auto news = news_of(sender, held, change, known);
  if (std::all_of(news.begin(), news.end(), [&](auto& each) { return was_allowed(*each.second) || decides(*each.first); })) return {};
  if (member.role == Role::none) return Error{Code::no_member, "this device is no member of the space any more; an admin of the space can add its person again"};
  if (member.role == Role::reader) return Error{Code::reads_only, "this device only reads in the space; an admin of the space can make its person a writer"};
  return Error{Code::coach_only, "a coach writes questions, exchanges and comments, and decides conflicts; the other tables are for writers"};
}

std::optional<Error> objection_to_place(const Sender& sender, const Row& held, const RowChange& change, const Known& known) {
  if (!held.empty()) return {};
  auto id = change.key.id;
  bool own = is_derived(id) || minter(id) == sender.device;
  if (!own && !(sender.gives_back && known.is_device(minter(id))))
    return Error{Code::of_another, "the row's id belongs to another device, which has not brought that row"};
  if (known.stands_elsewhere()) return Error{Code::other_space, "the row lives in another space; `carnet publish` makes a copy of it"};
  return {};
}

std::optional<Error> objection_to_version(const Sender& sender, const Row& held, const Cell& cell, const Version& version, const Known& known) {
  bool own = version.stamp.device == sender.device;
  if (!own && !knows(held, cell, version, known) && !may_carry(sender, version, known))
    return Error{Code::of_another, "it bears the name of a device that did not write it here; each device brings what it wrote itself"};
  if (version.seen > sender.head) return Error{Code::invalid, "it says that it had seen what the relay has not yet"};
  for (auto* stamps : {&version.past, &version.open})
    for (auto& stamp : *stamps)
      if (stamp.unix_seconds() > sender.now + max_ahead_seconds) return Error{Code::invalid, "it says that it had seen what was written in the relay's future"};
  return {};
}

}  // namespace

std::string_view name_of(Role role) { return role_names.at(static_cast<std::size_t>(role)); }

std::optional<Role> role_named(std::string_view name) {
  for (std::size_t k = 1; k < role_names.size(); ++k)
    if (role_names[k] == name) return static_cast<Role>(k);
  return {};
}

bool may_write(Role role) { return role == Role::writer || role == Role::admin; }

bool is_coached(TableId table) {
  auto* declared = domain().find(table);
  return declared && declared->is_coached;
}

std::optional<Error> objection(const Sender& sender, const Row& held, const RowChange& change, const Known& known) {
  if (auto fault = objection_to_role(sender, held, change, known)) return fault;
  if (auto fault = objection_to_kind(sender.membership, change)) return fault;
  if (auto fault = objection_to_place(sender, held, change, known)) return fault;
  for (auto& [cell, version] : versions_of(change.row))
    if (auto fault = objection_to_version(sender, held, *cell, *version, known)) return fault;
  return {};
}

void forget_borrowed_contexts(const Sender& sender, RowChange& change) {
  if (sender.gives_back) return;
  for (auto& cell : change.row.cells)
    for (auto& version : cell.versions) {
      if (version.stamp.device == sender.device) continue;
      version.seen = {};
      version.past.clear();
      version.open.clear();
    }
}

}  // namespace carnet
