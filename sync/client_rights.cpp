// What a device may do in its spaces, as the relay last told it, and what follows where that changes.
#include <algorithm>

#include "sync/carried.hpp"
#include "sync/client_session.hpp"

namespace carnet {

namespace {

constexpr auto rights_setting = "rights";  // the setting that holds the number of what the relay told of this device's account
std::string role_setting(SpaceId space) { return "role/" + std::to_string(space.value); }
std::string given_up_setting(SpaceId space) { return "given_up/" + std::to_string(space.value); }  // holds its name

// What may be taken after a change of rights: also what was written over something that was refused for them.
bool is_about_rights(Code code) { return (code >= Code::no_member && code <= Code::admins_only) || code == Code::invalid; }

}  // namespace

Role role_in(Replica& replica, SpaceId space) {
  auto role = replica.setting(role_setting(space));
  return role ? role_named(*role).value_or(Role::none) : Role::writer;
}

void set_role(Replica& replica, SpaceId space, Role role) {
  if (role_in(replica, space) != role) replica.set(role_setting(space), std::string(name_of(role)));
}

std::int64_t ClientSession::told_rights() const {
  auto rights = replica_.setting(rights_setting);
  return rights ? std::stoll(*rights) : 0;
}

void ClientSession::forget_rights() { replica_.unset(rights_setting); }

// What is new is here at once, and fetched by the next exchange; what is to be given up goes at the end of this one.
void ClientSession::take(const Account& account) {
  if (options_.keep_space_keys) options_.keep_space_keys(account);
  replica_.in_transaction([&] {
    keep_passports(replica_, account);
    std::set<SpaceId> known;
    for (auto& space : replica_.spaces()) {
      known.insert(space.id);
      leaving_.insert(space.id);
    }
    for (auto& member : account.spaces) {
      if (member.role == Role::none) continue;
      leaving_.erase(member.space);
      replica_.add_space(member.space, member.name, member.kind);
      set_role(replica_, member.space, member.role);
      if (known.contains(member.space)) continue;
      replica_.unset(given_up_setting(member.space));
      report_.joined.push_back(member.name);
    }
    replica_.requeue([&](auto& frame) { return is_about_rights(frame.reason.code) && !leaving_.contains(frame.space); });
  });
  account_ = account;
}

// Who only reads gives nothing back but what is waiting here anyhow, and what they wrote: where the relay lacks that, it may have
// refused it, and the answer was cut.
void ClientSession::leave_to_writers(SpaceId space, std::vector<RowKey>& rows) {
  if (role_in(replica_, space) != Role::reader) return;
  auto waiting = replica_.refused_or_unsent(space);
  auto wrote = [&](const Cell& cell) {
    return std::any_of(cell.versions.begin(), cell.versions.end(), [&](auto& version) { return !version.received && version.stamp.device == replica_.device(); });
  };
  std::erase_if(rows, [&](auto& key) {
    auto row = replica_.row(key);
    return std::find(waiting.begin(), waiting.end(), key) == waiting.end() && std::none_of(row.cells.begin(), row.cells.end(), wrote);
  });
}

// What waited in them has gone, or was refused.
void ClientSession::give_up_spaces() {
  if (!account_) return;
  replica_.in_transaction([&] {
    for (auto& space : leaving_) {
      replica_.unset(role_setting(space));
      replica_.set(given_up_setting(space), replica_.space(space).name);
      if (options_.before_giving_up) options_.before_giving_up(space);
      report_.given_up.push_back(replica_.evict(space, {Code::no_member, "this device is no member of the space any more; this came too late"}));
      sent_.erase(space);
    }
    replica_.set("person", account_->person);
    replica_.set("person_since", std::to_string(account_->since));
    replica_.set(rights_setting, std::to_string(account_->rights));
  });
}

}  // namespace carnet
