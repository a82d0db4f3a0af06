#include "server/commands_accounts.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "core/changes.hpp"
#include "server/accounts.hpp"
#include "server/commands.hpp"
#include "sync/limits.hpp"
#include "sync/stream.hpp"

namespace carnet {

struct AccountCommands::Wishes {
  CLI::App *organisation_add, *person_add, *person_replace, *member_add, *member_remove, *member_role, *device_lost, *device_found, *quota;
  std::string name, other, role = "writer";
  std::optional<std::string> organisation, space;
  std::optional<std::int64_t> value;
  bool yes = false, dry_run = false;
};

namespace {

Role role_of(const std::string& name) {
  auto role = role_named(name);
  if (!role) throw std::runtime_error("'" + name + "' is no role; there are reader, writer, coach and admin");
  return *role;
}

void is_role(CLI::Option* option) { option->check(CLI::IsMember({"reader", "writer", "coach", "admin"})); }

void print_quotas(Accounts& accounts, SpaceId space) {
  fmt::print("rows        {:>15}  of a space\nbytes       {:>15}  of a space\nday-bytes   {:>15}  that a device may send in a day\ndevices     {:>15}  of a person\nmedia-bytes {:>15}  of a space\n",
             accounts.quota(Quota::rows, space), accounts.quota(Quota::bytes, space), accounts.quota(Quota::day_bytes), accounts.quota(Quota::devices), accounts.quota(Quota::media, space));
}

}  // namespace

Load load_of(SqlStore& store, SpaceId space) {
  Load load;
  Asker asker{.device = DeviceId{max_device}, .complete = {}, .cursor = {}};
  Packing packing;
  store.begin(false);
  packing.prime({}, static_cast<std::size_t>(store.digest(space).rows) * bytes_of_a_row);
  for (;;) {
    auto changes = changes_above(store, space, asker, max_frame_bytes);
    if (changes.rows.empty()) break;
    asker.cursor = changes.to;
    load.rows += static_cast<std::int64_t>(changes.rows.size());
    packing.put(encode(Changes{std::move(changes), Seq{}}, Direction::down, store.epoch()));
    load.bytes += static_cast<std::int64_t>(packing.flush().size());
  }
  store.commit();
  return load;
}

AccountCommands::AccountCommands(CLI::App& app, CLI::App& device) : wishes_(std::make_unique<Wishes>()) {
  auto& w = *wishes_;
  auto group = [&](const char* name, const char* help) { return app.add_subcommand(name, help)->require_subcommand(1); };
  auto named = [&](CLI::App* under, const char* name, const char* help, const char* what) {
    auto* command = under->add_subcommand(name, help);
    command->add_option("name", w.name, what)->required();
    return command;
  };
  w.organisation_add = named(group("organisation", "municipalities, umbrellas and others"), "add", "add an organisation", "its name");
  auto* person = group("person", "people: each may have several devices");
  w.person_add = named(person, "add", "add a person", "their name");
  w.person_add->add_option("--organisation", w.organisation, "theirs");
  w.person_replace = named(person, "replace", "somebody takes over another's devices and roles; what was written before keeps the other's name", "who leaves");
  w.person_replace->add_option("by", w.other, "who comes: a person who was added")->required();
  auto* member = group("member", "who may do what in a space");
  w.member_add = named(member, "add", "let a person into a space, and tell beforehand what their devices will receive", "the person");
  w.member_remove = named(member, "remove", "take a person out of a space: what they wrote until now still arrives, then the space goes from their devices", "the person");
  w.member_role = named(member, "role", "let a member do more or less", "the person");
  for (auto* command : {w.member_add, w.member_remove, w.member_role}) command->add_option("space", w.space, "the space")->required();
  is_role(w.member_add->add_option("--role", w.role, "reader, writer, coach (reads all, sharpens questions, decides conflicts) or admin")->capture_default_str());
  is_role(w.member_role->add_option("role", w.role, "reader, writer, coach or admin")->required());
  w.member_add->add_flag("--yes", w.yes, "do it");
  w.member_add->add_flag("--dry-run", w.dry_run, "only tell")->excludes("--yes");
  w.device_lost = named(&device, "lost", "let a lost or stolen device in no more, by no invite; what it wrote stays, and what others carry of it is taken", "its name");
  w.device_found = named(&device, "found", "it was found again: a new invite lets it in", "its name");
  w.quota = app.add_subcommand("quota", "how much there may be: rows, bytes, media-bytes (of a space), day-bytes (of a device), devices (of a person); show, or set one");
  w.quota->add_option("name", w.name, "which")->check([](const std::string& name) { return quota_named(name) ? std::string() : "there is no quota '" + name + "'"; });
  w.quota->add_option("value", w.value, "the most that there may be")->check(CLI::NonNegativeNumber);
  w.quota->add_option("--space", w.space, "of this space alone");
}

AccountCommands::~AccountCommands() = default;

namespace {

int add_member(SqlStore& store, const std::string& name, SpaceRecord space, Role role, bool yes) {
  Accounts accounts(store.database());
  auto person = accounts.person(name);
  auto load = load_of(store, space.id);
  std::int64_t devices = 0;
  for (auto& holder : accounts.holders()) devices += holder.person == person && !holder.lost;
  fmt::print("{} will receive {} rows, about {:.1f} KB on the link, on each of {} devices\n", name, load.rows, static_cast<double>(load.bytes) / 1'000, devices);
  if (yes) accounts.set_role(person, space.id, role, unix_now());
  else fmt::print("nothing was changed; --yes does it\n");
  return ok;
}

int quota(SqlStore& store, const std::string& name, std::optional<std::int64_t> value, const std::optional<std::string>& space_name) {
  Accounts accounts(store.database());
  auto space = space_name ? space_named(store, *space_name).id : SpaceId{};
  auto which = quota_named(name);
  if (space_name && which && *which != Quota::rows && *which != Quota::bytes && *which != Quota::media) throw std::runtime_error("a space has quotas of rows, bytes and media-bytes; " + name + " is not of a space");
  if (which && value) accounts.set_quota(*which, *value, space);
  print_quotas(accounts, space);
  return ok;
}

}  // namespace

std::optional<int> AccountCommands::run(SqlStore& store) {
  auto& w = *wishes_;
  if (w.member_add->parsed()) return add_member(store, w.name, space_named(store, *w.space), role_of(w.role), w.yes);
  if (w.quota->parsed()) return quota(store, w.name, w.value, w.space);
  if (w.device_lost->parsed()) {
    auto device = device_named(store, w.name).id;
    Accounts(store.database()).set_lost(device, unix_now());
    store.lose(device);
    return ok;
  }
  Accounts accounts(store.database());
  DatabaseStep step(store.database());
  auto space = [&] { return space_named(store, *w.space).id; };
  if (w.organisation_add->parsed()) accounts.add_organisation(w.name);
  else if (w.person_add->parsed()) accounts.add_person(w.name, w.organisation);
  else if (w.person_replace->parsed()) accounts.replace(accounts.person(w.name), accounts.person(w.other), unix_now());
  else if (w.member_remove->parsed()) accounts.set_role(accounts.person(w.name), space(), Role::none, unix_now());
  else if (w.member_role->parsed()) {
    auto person = accounts.person(w.name);
    if (accounts.role(person, space()) == Role::none) throw std::runtime_error("'" + w.name + "' is no member of the space; `carnet-relay member add` lets them in");
    accounts.set_role(person, space(), role_of(w.role), unix_now());
  } else if (w.device_found->parsed()) {
    accounts.set_lost(device_named(store, w.name).id, {});
  } else {
    return {};
  }
  step.commit();
  return ok;
}

}  // namespace carnet
