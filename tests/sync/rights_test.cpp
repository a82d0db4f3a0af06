// The rules of rights, as properties: over every role, every bearer of a stamp and every kind of row.
#include <catch2/catch.hpp>

#include "core/domain.hpp"
#include "sync/rights.hpp"

using namespace carnet;

namespace {

constexpr std::int64_t spring = 1'741'600'000;
const DeviceId me{3}, other{4}, stranger{9};
const TableId question{11}, project{7};
const ColumnId name{2};

Version version(DeviceId by, std::int64_t at = spring) {
  Version made;
  made.stamp = {stamp_time(at), by};
  made.value = "text";
  return made;
}

RowChange change(TableId table, RowId id, Version written, ColumnId column = name) {
  RowChange made{{table, id}, {}};
  made.row.at(column, Kind::reg).versions.push_back(std::move(written));
  return made;
}

// Me, a writer who has given back all, at a relay that knows me and one other device.
struct Door {
  Sender sender{.device = me, .membership = {SpaceId{1}, {}, {}, Role::writer}, .gives_back = false, .lost_before = spring - 1'000, .now = spring, .head = Seq{100}};
  Row held;
  bool elsewhere = false;
  std::vector<Stamp> superseded;

  std::optional<Code> refuses(const RowChange& what) const {
    auto fault = objection(sender, held, what,
                           {.is_device = [](DeviceId device) { return device == me || device == other; },
                            .is_superseded = [&](ColumnId, const Stamp& stamp) { return std::find(superseded.begin(), superseded.end(), stamp) != superseded.end(); },
                            .stands_elsewhere = [&] { return elsewhere; }});
    return fault ? std::optional(fault->code) : std::nullopt;
  }
  void hold(const RowChange& what) { held = what.row; }
};

const RowId mine = minted_id(me, 1), theirs = minted_id(other, 1), derived{derived_bit | 5};
const std::optional<Code> nothing;

}  // namespace

TEST_CASE("each role writes what its name says") {
  for (auto role : {Role::none, Role::reader, Role::writer, Role::coach, Role::admin})
    for (auto table : {question, project})
      for (auto id : {mine, derived}) {
        Door door;
        door.sender.membership.role = role;
        bool may = role == Role::writer || role == Role::admin || (role == Role::coach && table == question);
        INFO(name_of(role) << " in table " << table.value);
        CHECK(door.refuses(change(table, id, version(me))).has_value() == !may);
      }
}

TEST_CASE("accounts stand in a space of kind administration, where an admin writes them, who the device is, and nothing else") {
  const TableId person{41}, device{37};
  for (auto role : {Role::none, Role::reader, Role::writer, Role::coach, Role::admin})
    for (auto table : {person, device, project, TableId{9'999}}) {
      Door door;
      door.sender.membership.role = role;
      door.sender.membership.kind = administration_kind;
      door.sender.membership.wrote_until = spring + 1'000;
      bool belongs = table == person || table == device;
      INFO(name_of(role) << " in table " << table.value);
      auto refusal = role == Role::none ? Code::no_member : role != Role::admin ? Code::admins_only : Code::other_kind;
      CHECK(door.refuses(change(table, mine, version(me))) == (role == Role::admin && belongs ? nothing : std::optional(refusal)));
    }
  CHECK(Door().refuses(change(person, mine, version(me))) == Code::other_kind);
  Door office;
  office.sender.membership = {SpaceId{1}, {}, std::string(administration_kind), Role::admin};
  auto prose = change(person, mine, version(me));
  prose.row.cells[0].kind = Kind::text;
  CHECK(office.refuses(prose) == Code::invalid);
}

TEST_CASE("the tables of the coach are those of the questions, exchanges and comments, and of who the device is") {
  std::string coached;
  for (auto& table : domain().tables)
    if (is_coached(TableId{table.number})) coached += std::string(table.name) + " ";
  CHECK(coached == "device holder learning_question wording obstacle sub_question exchange participant comment origin ");
}

TEST_CASE("a coach decides where a conflict is open, in any table, and nowhere else") {
  Door door;
  door.sender.membership.role = Role::coach;
  door.hold(change(project, theirs, version(other)));
  CHECK(door.refuses(change(project, theirs, version(me))) == Code::coach_only);
  auto& standing = door.held.find(name)->versions;
  standing.push_back(version(stranger, spring - 5));
  standing.back().value = std::int64_t{5};  // another
  CHECK(door.refuses(change(project, theirs, version(me))) == nothing);
  CHECK(door.refuses(change(project, theirs, version(me), ColumnId{3})) == Code::coach_only);
}

TEST_CASE("what was written while it was allowed is taken from who may do less now, to the second of tolerance") {
  for (auto role : {Role::none, Role::reader}) {
    Door door;
    door.sender.membership.role = role;
    door.sender.membership.wrote_until = spring - 10'000;
    CHECK(door.refuses(change(project, mine, version(me, spring - 10'000 + max_ahead_seconds))) == nothing);
    CHECK(door.refuses(change(project, mine, version(me, spring - 10'000 + max_ahead_seconds + 1))).has_value());
    CHECK(door.refuses(change(project, mine, version(other, spring - 20'000))).has_value());
  }
}

TEST_CASE("who was a coach until now brings what a coach writes, and nothing that it might not write then either") {
  Door door;
  door.sender.membership.role = Role::reader;
  door.sender.membership.coached_until = spring;
  CHECK(door.refuses(change(question, mine, version(me, spring))) == nothing);
  CHECK(door.refuses(change(project, mine, version(me, spring))) == Code::reads_only);
  door.sender.membership.wrote_until = spring - 10'000;  // and a writer before
  CHECK(door.refuses(change(project, mine, version(me, spring - 10'000))) == nothing);
  CHECK(door.refuses(change(project, mine, version(me, spring))) == Code::reads_only);
}

TEST_CASE("what the relay has already is taken from anybody who may come in, and brings nothing with it") {
  for (auto role : {Role::reader, Role::writer, Role::coach}) {
    Door door;
    door.sender.membership.role = role;
    auto known = change(project, theirs, version(other));
    known.row.cells[0].versions[0].past.push_back({stamp_time(spring - 50), stranger});
    door.hold(change(project, theirs, version(other)));
    CHECK(door.refuses(known) == nothing);
    forget_borrowed_contexts(door.sender, known);
    CHECK(known.row.cells[0].versions[0].past.empty());
    door.hold(change(project, theirs, version(stranger)));
    door.superseded.push_back(version(other).stamp);
    CHECK(door.refuses(known) == nothing);
  }
}

TEST_CASE("another's name is borrowed by nobody, but by who gives back what an earlier life of the store may have had") {
  for (bool gives_back : {false, true})
    for (auto by : {me, other, stranger})
      for (auto at : {spring - 1'001, spring - 1'000, spring - 999})
        for (auto role : {Role::writer, Role::reader}) {
          Door door;
          door.sender.gives_back = gives_back;
          door.sender.membership.role = role;
          bool carried = gives_back && by == other && at <= spring - 1'000;
          INFO(gives_back << " device " << by.value << " at " << at);
          CHECK((door.refuses(change(project, mine, version(by, at))) == nothing) == (role == Role::writer && (by == me || carried)));
        }
}

TEST_CASE("a new row has an id of its bringer, a derived one, or one of a device that is known where something is given back") {
  for (bool gives_back : {false, true})
    for (bool is_new : {false, true})
      for (auto id : {mine, theirs, derived, minted_id(stranger, 1)}) {
        Door door;
        door.sender.gives_back = gives_back;
        if (!is_new) door.hold(change(project, id, version(stranger)));
        bool may = !is_new || id == mine || id == derived || (gives_back && id == theirs);
        CHECK(door.refuses(change(project, id, version(me))) == (may ? nothing : std::optional(Code::of_another)));
        door.elsewhere = true;
        if (is_new && may) CHECK(door.refuses(change(project, id, version(me))) == Code::other_space);
      }
}

TEST_CASE("nobody says that it had seen what is not there yet") {
  Door door;
  auto sees = [&](Seq seq) { auto made = version(me); made.seen = seq; return door.refuses(change(project, mine, made)); };
  CHECK(sees(Seq{100}) == nothing);
  CHECK(sees(Seq{101}) == Code::invalid);
  for (bool past : {true, false}) {
    auto saw = [&](std::int64_t at) {
      auto made = version(me);
      if (past) made.past.push_back({stamp_time(at), other});
      else made.open.push_back({stamp_time(at), other});
      return door.refuses(change(project, mine, made));
    };
    CHECK(saw(spring + max_ahead_seconds) == nothing);
    CHECK(saw(spring + max_ahead_seconds + 1) == Code::invalid);
  }
}

TEST_CASE("roles have one name each") {
  for (auto role : {Role::reader, Role::writer, Role::coach, Role::admin}) CHECK(role_named(name_of(role)) == role);
  CHECK_FALSE(role_named("none"));
  CHECK_FALSE(role_named("king"));
}
