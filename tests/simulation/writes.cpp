// What people do to the rows of their devices.
#include "core/text_cell.hpp"
#include "tests/simulation/world.hpp"
#include "tests/simulation/schema.hpp"

namespace carnet::test {

std::unique_ptr<sqlite3, World::CloseTool> World::open_tool(const std::string& path) {
  sqlite3* tool = nullptr;
  sqlite3_open(path.c_str(), &tool);
  return std::unique_ptr<sqlite3, CloseTool>(tool);
}

// Each write is soon in the main file, as when the program comes and goes.
std::string World::run_sql(Machine& machine, const std::string& sql) {
  if (!machine.tool) machine.tool = open_tool(machine.name() + ".db");
  char* message = nullptr;
  auto before = sqlite3_total_changes(machine.tool.get());
  sqlite3_exec(machine.tool.get(), sql.c_str(), nullptr, nullptr, &message);
  changes_ += static_cast<std::size_t>(sqlite3_total_changes(machine.tool.get()) - before);
  std::string said = message ? message : "";
  sqlite3_free(message);
  sqlite3_wal_checkpoint_v2(machine.tool.get(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  return said;
}

std::string World::get(Machine& machine, const std::string& query) {
  SQLite::Statement statement(machine.replica->database(), query);
  if (!statement.executeStep() || statement.getColumn(0).isNull()) return "none";
  return statement.getColumn(0).getString();
}

std::string World::any(const std::string& table, SpaceId space) {
  return "(SELECT id FROM " + table + (space.value ? " WHERE space=" + std::to_string(space.value) : "") + " ORDER BY (id*" + std::to_string(below(500) * 2 + 1) + ")%1009 LIMIT 1)";
}

// In a life of long texts there is enough of them to compress later ones against.
std::string World::prose() {
  std::string text;
  for (auto k = below(80); writes_long_texts_ && k > 0; --k) text += ' ' + std::to_string(below(100'000));
  return text;
}

std::string World::write_sql(Machine& machine, SpaceId space) {
  auto n = std::to_string(++writes_);
  auto in = " VALUES(" + std::to_string(space.value) + ",";
  bool newer = machine.schema == &later_town_schema(has_photos_);
  switch (below(newer ? 17 : 15)) {
    case 0: return "INSERT INTO shelf(space,name,level)" + in + "'s" + n + "',1)";
    case 1: case 2: return "INSERT INTO book(space,shelf,title)" + in + any("shelf", space) + ",'b" + n + "')";
    case 3: case 4: return "INSERT INTO loan(space,book,day,score)" + in + any("book", space) + ",'2025-03-1" + std::to_string(below(3)) + "',1)";
    case 5: return "INSERT INTO tag(space,number)" + in + std::to_string(1 + below(3)) + ")";
    case 6: return "UPDATE shelf SET name='n" + n + "' WHERE id=" + any("shelf");
    case 7: return "UPDATE book SET title='t" + n + "', " + edit_text(n) + " WHERE id=" + any("book");
    case 8: return "UPDATE loan SET score=" + std::to_string(below(4)) + " WHERE id=" + any("loan");
    case 9: return "DELETE FROM shelf WHERE id=" + any("shelf");
    case 10: return "DELETE FROM book WHERE id=" + any("book");
    case 11: return "DELETE FROM tag WHERE id=" + any("tag");
    case 12: return "UPDATE tag SET word='w" + n + "' WHERE id=" + any("tag");
    case 13: return "INSERT INTO remark(space,word)" + in + "'m" + n + "')";
    case 14: return "UPDATE remark SET word='k" + n + "' WHERE id=" + any("remark");
    case 15: return "INSERT INTO reader(space,name)" + in + "'r" + n + "')";
    default: return "UPDATE book SET colour='c" + n + "' WHERE id=" + any("book");
  }
}

// Puts a word into a text somewhere, takes some of it away, or writes it anew.
std::string World::edit_text(const std::string& n) {
  auto at = std::to_string(below(30));
  switch (below(8)) {
    case 0: return "notes='" + n + prose() + "'";
    case 1: return "notes=NULL";
    case 2: return "notes='the same by all'";
    case 3: return "notes=substr(notes,1," + at + ")||substr(notes," + at + "+4)";
    case 4: return "notes=coalesce(notes,'')||' " + n + prose() + "'||char(10)";
    default: return "notes=substr(coalesce(notes,''),1," + at + ")||' é" + n + " '||substr(coalesce(notes,'')," + at + "+1)";
  }
}

// A form that was opened some time ago is saved, or somebody has read a merge.
void World::save_form(Machine& machine) {
  if (!machine.form || below(3) == 0) {
    auto id = get(machine, "SELECT " + any("book"));
    if (id == "none") return;
    RowKey key{TableId{2}, RowId{std::stoll(id)}};
    auto version = machine.replica->text_version(key, ColumnId{3});
    if (version) machine.form = Form{key, *version, get(machine, "SELECT notes FROM book WHERE id=" + id)};
    return;
  }
  auto form = *std::exchange(machine.form, {});
  auto text = form.text.insert(form.text.size() / 2, "f" + std::to_string(++writes_));
  ++changes_;
  auto saved = machine.replica->save_text(form.key, ColumnId{3}, form.version, text);
  tell("  saves a form" + (saved ? "" : ": " + saved.error().text));
  if (below(2)) (void)machine.replica->confirm(form.key, ColumnId{3});
}

void World::write(Machine& machine) {
  if (below(tells_of_texts_ ? 5 : 15) == 0) return save_form(machine);
  auto spaces = machine.replica->spaces();
  if (spaces.empty()) return;
  auto space = spaces[below(spaces.size())].id;
  auto sql = tells_of_texts_ && below(2) ? "UPDATE book SET " + edit_text(std::to_string(++writes_)) + " WHERE id=" + any("book") : write_sql(machine, space);
  auto said = run_sql(machine, sql);
  tell("  " + sql + (said.empty() ? "" : " -- " + said));
  if (below(2)) collect(machine);
}

// The versions of a cell with what each of them says: of a text, as its writer saw it.
std::vector<Version> World::standing(const Cell& cell) {
  if (cell.kind != Kind::text) return cell.versions;
  std::vector<Version> all;
  for (auto& wording : wordings_of(cell)) all.push_back(std::move(wording.version));
  return all;
}

// What stands collected has been written, and is never to vanish.
void World::collect(Machine& machine) {
  machine.replica->collect();
  machine.replica->in_transaction([&] {
    for (auto& space : machine.replica->spaces())
      machine.replica->rows_above(space.id, space.acked, [&](RowKey key, Seq, const Row& row) {
        for (auto& cell : row.cells)
          for (auto& version : standing(cell))
            if (!version.received && std::holds_alternative<std::string>(version.value)) note_written(machine, space.id, key, cell.column, version);
        return true;
      });
  });
}

void World::note_overwritten(Machine& machine) {
  SQLite::Statement past(machine.replica->database(), "SELECT tbl,id,value FROM carnet_history WHERE device=? AND typeof(value)='text'");
  past.bind(1, static_cast<std::int64_t>(machine.replica->device().value));
  while (past.executeStep()) {
    RowKey key{TableId{past.getColumn(0).getUInt()}, RowId{past.getColumn(1).getInt64()}};
    auto text = past.getColumn(2).getString();
    auto row = machine.replica->row(key);
    bool stands = false;  // it may: of what was taken unheard, the history knows too
    for (auto& cell : row.cells)
      for (auto& version : standing(cell)) stands |= !row.dead() && version.value == Value{text};
    if (!stands) machine.overwritten.insert({key, text});
  }
}

void World::note_written(const Machine& machine, SpaceId space, RowKey key, ColumnId column, const Version& version) {
  if (!seen_written_.insert({machine.number, key, column, version.stamp, version.value}).second) return;
  bool own = version.stamp.device == machine.replica->device();
  written_.push_back({machine.number, space, key, column, version.value, version.stamp, own, may_write_row(machine, space, key.table)});
}

void World::decide(Machine& machine) {
  auto conflicts = machine.replica->conflicts();
  if (conflicts.empty()) return;
  auto& conflict = conflicts[below(conflicts.size())];
  (void)machine.replica->decide(conflict.row, conflict.column, below(2) ? conflict.lost.value : conflict.shown.value);
}

}  // namespace carnet::test
