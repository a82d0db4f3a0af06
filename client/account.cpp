#include "client/account.hpp"

#include <stdexcept>

#include "client/copies.hpp"
#include "client/notebook.hpp"
#include "sync/client_session.hpp"

namespace carnet {

namespace {

bool stands(Replica& replica, const char* sql, SpaceId space, std::int64_t since = 0) {
  SQLite::Statement select(replica.database(), sql);
  select.bind(1, static_cast<std::int64_t>(space.value));
  select.bind(2, static_cast<std::int64_t>(replica.device().value));
  if (select.getBindParameterCount() > 2) select.bind(3, since);
  return select.executeStep();
}

void add(Replica& replica, SpaceId space, const char* table, const Notebook::Fields& fields) {
  if (auto added = Notebook(replica).add(space, table, fields); !added) throw std::runtime_error(added.error().text);
}

// What was written before `since` keeps the name of whoever had the device then.
bool say_whose_it_is(Replica& replica, SpaceId space) {
  auto person = replica.setting("person").value_or("");
  auto since = std::stoll(replica.setting("person_since").value_or("0"));
  bool goes_without_saying = since == 0 && person == replica.setting("name");
  if (person.empty() || goes_without_saying || stands(replica, "SELECT 1 FROM holder WHERE space=? AND number=? AND since=?", space, since)) return false;
  add(replica, space, "holder", {{"number", replica.device().value}, {"since", since}, {"name", person}});
  return true;
}

}  // namespace

bool introduce(Replica& replica) {
  auto name = replica.setting("name");
  if (!name) return false;  // nobody has named it
  bool wrote = false;
  for (auto& space : replica.spaces()) {
    if (auto role = role_in(replica, space.id); role == Role::reader || role == Role::none) continue;
    if (space.kind == administration_kind && role_in(replica, space.id) != Role::admin) continue;
    if (!stands(replica, "SELECT 1 FROM device WHERE space=? AND number=?", space.id)) {
      add(replica, space.id, "device", {{"number", replica.device().value}, {"name", *name}});
      wrote = true;
    }
    wrote |= say_whose_it_is(replica, space.id);
  }
  return wrote;
}

bool put_back_kept(Replica& replica) {
  bool wrote = false;
  for (auto& frame : replica.quarantined()) {
    bool is_back = false;
    for (auto& space : replica.spaces()) is_back |= space.id == frame.space;
    if (!frame.up || !frame.aside || !is_back || role_in(replica, frame.space) == Role::reader) continue;
    auto put = put_back(replica, frame);  // what cannot be put back stays aside, and `carnet quarantine` shows it
    wrote |= bool(put) && *put > 0;
  }
  return wrote;
}

bool take_up_account(Replica& replica) {
  if (!replica.schema().find("device") || !replica.schema().find("holder")) return false;  // a schema that knows no people
  bool wrote = introduce(replica);
  return put_back_kept(replica) || wrote;
}

}  // namespace carnet
