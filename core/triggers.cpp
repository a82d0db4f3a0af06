#include "core/triggers.hpp"

#include <fmt/format.h>

namespace carnet {

const char* const replica_tables_sql = R"sql(
-- This database as a device. One row. `muted` silences the triggers while a transaction applies what came from elsewhere.
CREATE TABLE IF NOT EXISTS carnet_self(
  device INTEGER NOT NULL, counter INTEGER NOT NULL DEFAULT 0, muted INTEGER NOT NULL DEFAULT 0,
  clock_offset INTEGER NOT NULL DEFAULT 0, layout TEXT NOT NULL DEFAULT '');
-- Notes of local writes, in order, until they are collected. col: NULL the row was inserted, 0 deleted, -1 about to be replaced,
-- else a column and the value before.
CREATE TABLE IF NOT EXISTS carnet_log(
  n INTEGER PRIMARY KEY, tbl INTEGER NOT NULL, id INTEGER NOT NULL, col INTEGER, before, at INTEGER NOT NULL DEFAULT(unixepoch()));
-- Spaces of this device. seq: our own counter; cursor: the relay's seq up to which we have everything; acked: our seq up to
-- which the relay has everything; seen: the relay's seq when we last had everything, and covered: our seq at that time; travelled: our seq
-- up to which a relay, in whatever life, had everything; stands: up to which stamps were held against a relay's clock; wired: up to
-- which changes may have been on the wire.
CREATE TABLE IF NOT EXISTS carnet_space(
  space INTEGER PRIMARY KEY, name TEXT NOT NULL, kind TEXT NOT NULL DEFAULT '', seq INTEGER NOT NULL DEFAULT 0,
  cursor INTEGER NOT NULL DEFAULT 0, acked INTEGER NOT NULL DEFAULT 0, seen INTEGER NOT NULL DEFAULT 0,
  covered INTEGER NOT NULL DEFAULT 0, travelled INTEGER NOT NULL DEFAULT 0, stands INTEGER NOT NULL DEFAULT 0, wired INTEGER NOT NULL DEFAULT 0,
  digest INTEGER NOT NULL DEFAULT 0, rows INTEGER NOT NULL DEFAULT 0, verified INTEGER);
-- Metadata of a row. Default for all its cells that hold a value: stamp (time: unix seconds, or minus the full stamp time
-- where that has a counter; device: NULL where it minted the id) and seq (negative: received, see core/row.hpp). rest: what
-- differs from the default, see row_codec.hpp. pending: the newest seq that the relay may not have had.
CREATE TABLE IF NOT EXISTS carnet_row(
  tbl INTEGER NOT NULL, id INTEGER NOT NULL, space INTEGER NOT NULL, time INTEGER NOT NULL, device INTEGER,
  seq INTEGER NOT NULL, pending INTEGER, rest BLOB, PRIMARY KEY(tbl, id)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS carnet_row_pending ON carnet_row(space, pending) WHERE pending IS NOT NULL;
-- What a person should look at: a value that lost against a concurrent one. Derived from carnet_row.
CREATE TABLE IF NOT EXISTS carnet_conflict(
  tbl INTEGER NOT NULL, id INTEGER NOT NULL, col INTEGER NOT NULL, time INTEGER NOT NULL, device INTEGER NOT NULL,
  space INTEGER NOT NULL, value, PRIMARY KEY(tbl, id, col, time, device)) WITHOUT ROWID;
-- What had lost in conflicts that this device saw settled.
CREATE TABLE IF NOT EXISTS carnet_decided(
  tbl INTEGER NOT NULL, id INTEGER NOT NULL, col INTEGER NOT NULL, time INTEGER NOT NULL, device INTEGER NOT NULL,
  space INTEGER NOT NULL, value, PRIMARY KEY(tbl, id, col, time, device)) WITHOUT ROWID;
-- Texts that somebody should read again, since several wrote in one paragraph without knowing of each other. Derived from carnet_row.
CREATE TABLE IF NOT EXISTS carnet_reread(
  tbl INTEGER NOT NULL, id INTEGER NOT NULL, col INTEGER NOT NULL, space INTEGER NOT NULL, PRIMARY KEY(tbl, id, col)) WITHOUT ROWID;
-- What our clock said (`at`, unix seconds) of changes that were stamped later, since they were written over what is later or after the
-- relay was heard of at a later time, or earlier, since stamps end in 2106. Until a relay's clock was held against it.
CREATE TABLE IF NOT EXISTS carnet_late(
  space INTEGER NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL, PRIMARY KEY(space, seq)) WITHOUT ROWID;
-- Superseded values.
CREATE TABLE IF NOT EXISTS carnet_history(
  tbl INTEGER NOT NULL, id INTEGER NOT NULL, col INTEGER NOT NULL, time INTEGER NOT NULL, device INTEGER NOT NULL,
  value, PRIMARY KEY(tbl, id, col, time, device)) WITHOUT ROWID;
-- Our own changes from this seq on were made having seen the relay up to `seen`.
CREATE TABLE IF NOT EXISTS carnet_seen(
  space INTEGER NOT NULL, seq INTEGER NOT NULL, seen INTEGER NOT NULL, PRIMARY KEY(space, seq)) WITHOUT ROWID;
-- The latest write of each device that is here. at: unix seconds.
CREATE TABLE IF NOT EXISTS carnet_heard(
  space INTEGER NOT NULL, device INTEGER NOT NULL, at INTEGER NOT NULL, PRIMARY KEY(space, device)) WITHOUT ROWID;
-- What one side could not accept: kept, shown, sent again on demand. up: ours, 1, or the relay's, 0. keys: of the rows.
CREATE TABLE IF NOT EXISTS carnet_quarantine(
  n INTEGER PRIMARY KEY, up INTEGER NOT NULL, space INTEGER NOT NULL, low INTEGER NOT NULL, high INTEGER NOT NULL,
  code INTEGER NOT NULL, reason TEXT NOT NULL, at INTEGER NOT NULL, keys BLOB NOT NULL);
-- Rows of a space that was given up, which nobody took; n: of carnet_quarantine; state: see row_codec.hpp, of each cell what it showed.
CREATE TABLE IF NOT EXISTS carnet_aside(
  n INTEGER NOT NULL, tbl INTEGER NOT NULL, id INTEGER NOT NULL, state BLOB NOT NULL, PRIMARY KEY(n, tbl, id)) WITHOUT ROWID;
-- Rows that were found dead though parts of them live: looked at again when an exchange is complete.
CREATE TABLE IF NOT EXISTS carnet_orphaned(
  space INTEGER NOT NULL, tbl INTEGER NOT NULL, id INTEGER NOT NULL, PRIMARY KEY(space, tbl, id)) WITHOUT ROWID;
-- What the relay remembers of the conversation too, by frame: see shared_text.hpp. up: ours, 1, or the relay's, 0.
CREATE TABLE IF NOT EXISTS carnet_shared_text(
  space INTEGER NOT NULL, up INTEGER NOT NULL, number INTEGER NOT NULL, chained INTEGER NOT NULL, frame BLOB NOT NULL,
  PRIMARY KEY(space, up, number)) WITHOUT ROWID;
-- Frames that this database put on the wire and that the relay did not acknowledge yet, by what it calls its shared text after them:
-- what it acknowledges beyond these came from another database with our number. upto: the last of our seqs in the frame.
CREATE TABLE IF NOT EXISTS carnet_sent(
  space INTEGER NOT NULL, name INTEGER NOT NULL, upto INTEGER NOT NULL, PRIMARY KEY(space, name)) WITHOUT ROWID;
-- Frames of this device and of others that the relay may lack (core/carried.hpp): low < seq <= high, of their author; rows: in it;
-- waits: 1 where some cannot be shown yet.
CREATE TABLE IF NOT EXISTS carnet_carried(
  space INTEGER NOT NULL, author INTEGER NOT NULL, low INTEGER NOT NULL, high INTEGER NOT NULL, generation INTEGER NOT NULL,
  epoch INTEGER NOT NULL, frame BLOB NOT NULL, signature BLOB NOT NULL, rows INTEGER NOT NULL, waits INTEGER NOT NULL DEFAULT 0, PRIMARY KEY(space, author, low, high)) WITHOUT ROWID;
-- Up to which of its seqs the relay had all of another device's work at a complete exchange: what is brought of that is known here.
CREATE TABLE IF NOT EXISTS carnet_settled(
  space INTEGER NOT NULL, author INTEGER NOT NULL, upto INTEGER NOT NULL, PRIMARY KEY(space, author)) WITHOUT ROWID;
-- The latest complete exchanges: at our seq, when the relay had ours up to acked, we had all of its up to head.
CREATE TABLE IF NOT EXISTS carnet_head(
  space INTEGER NOT NULL, seq INTEGER NOT NULL, acked INTEGER NOT NULL, head INTEGER NOT NULL, PRIMARY KEY(space, seq)) WITHOUT ROWID;
-- What other devices lent of the relay's rows since the last complete exchange (core/lending.hpp): what came between these seqs of ours, low < seq <= high,
-- the relay had at head.
CREATE TABLE IF NOT EXISTS carnet_loan(
  space INTEGER NOT NULL, low INTEGER NOT NULL, high INTEGER NOT NULL, head INTEGER NOT NULL, PRIMARY KEY(space, high)) WITHOUT ROWID;
-- Work that no relay had when this database was found to be a copy and took another number, until the relay's rows are here again.
-- writer: the number it was written under; whole: 1 where the relay had nothing of the row; state: see row_codec.hpp.
CREATE TABLE IF NOT EXISTS carnet_saved(
  n INTEGER PRIMARY KEY, writer INTEGER NOT NULL, space INTEGER NOT NULL, tbl INTEGER NOT NULL, id INTEGER NOT NULL,
  whole INTEGER NOT NULL, state BLOB NOT NULL);
-- What became of media (client/media.hpp). sent: 1 once the relay has it; asked: 1 while somebody here wants to see it; again: not before this
-- time, unix seconds; why: the relay's reason.
CREATE TABLE IF NOT EXISTS carnet_blob(
  space INTEGER NOT NULL, hash TEXT NOT NULL, sent INTEGER NOT NULL DEFAULT 0, asked INTEGER NOT NULL DEFAULT 0,
  again INTEGER NOT NULL DEFAULT 0, why TEXT NOT NULL DEFAULT '', PRIMARY KEY(space, hash)) WITHOUT ROWID;
-- Media of spaces that were given up, which the relay lacked: rows that it may have taken name them. wanted: as in the row; see client/media.hpp.
CREATE TABLE IF NOT EXISTS carnet_owed_blob(
  space INTEGER NOT NULL, hash TEXT NOT NULL, bytes INTEGER NOT NULL, wanted INTEGER NOT NULL, PRIMARY KEY(space, hash)) WITHOUT ROWID;
-- Files that no row names. since: unix seconds.
CREATE TABLE IF NOT EXISTS carnet_unused_blob(hash TEXT PRIMARY KEY, since INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS carnet_setting(name TEXT PRIMARY KEY, value) WITHOUT ROWID;
)sql";

namespace {

using fmt::format;

constexpr auto holds_nul = "instr(CAST({0} AS BLOB),x'00')";  // SQLite's text functions would not see beyond
constexpr auto unmuted = "(SELECT muted FROM carnet_self)=0";

std::string quoted(std::string_view text) {
  std::string out = "'";
  for (char c : text) out += c == '\'' ? "''" : std::string(1, c);
  return out + "'";
}

struct Rule {
  std::string broken;  // SQL that is true for a value that breaks it; {0} is the value
  std::string text;    // what the writer reads
};

// The one rule of a column's type. NULL breaks none of them. SQLite reads all triggers again at each open: the shorter, the sooner.
Rule type_rule(const Column& column) {
  switch (column.type) {
    case Type::integer:
      return {format("typeof({{0}})NOT IN('integer','null')OR {{0}} NOT BETWEEN {} AND {}", column.min, column.max),
              format("whole number from {} to {}", column.min, column.max)};
    case Type::real:
      return {format("typeof({{0}})NOT IN('real','integer','null')OR {{0}} NOT BETWEEN {} AND {}", column.min, column.max),
              format("number from {} to {}", column.min, column.max)};
    case Type::line:
      return {format("typeof({{0}})NOT IN('text','null')OR length({{0}})>{} OR {{0}} GLOB '*['||char(1)||'-'||char(31)||']*' OR {}", column.max, holds_nul),
              format("one line of text, at most {} characters", column.max)};
    case Type::prose:
      return {format("typeof({{0}})NOT IN('text','null')OR length(CAST({{0}} AS BLOB))>{} OR {}", column.max, holds_nul),
              format("text of at most {} bytes", column.max)};
    case Type::date: return {"typeof({0})NOT IN('text','null')OR date({0},'+0 days') IS NOT {0}", "date as 2025-03-31"};
    case Type::time: return {"typeof({0})NOT IN('text','null')OR strftime('%H:%M',{0}) IS NOT {0} OR {0}>'23:59'", "time as 09:30"};
    case Type::code: {
      std::string list, words;
      for (auto& choice : column.choices) {
        list += (list.empty() ? "" : ",") + quoted(choice.code);
        words += (words.empty() ? "" : ", ") + std::string(choice.code);
      }
      return {"{0} NOT IN(" + list + ")", "one of " + words};
    }
    case Type::reference:
      return {format("{{0}} IS NOT NULL AND NOT EXISTS(SELECT 1 FROM {} WHERE id={{0}} AND space=NEW.space)", column.target),
              format("id of a row of {} in the same space", column.target)};
    case Type::row:
      return {"typeof({0})NOT IN('integer','null')OR {0}<1", "id of a row"};
    case Type::media:
      return {format("{{0}} NOT GLOB '[a-z]*/[a-z0-9]* [1-9]* {}'", std::string(43, '?')), "name of a file: its type, bytes and hash"};
    case Type::preview:
      return {format("{{0}} NOT GLOB 'data:image/*;base64,*' OR length({{0}})>{}", column.max), format("picture as a data: URL of at most {} characters", column.max)};
  }
  return {};
}

// CASE branches that refuse a bad value of one column in `row` (NEW). On update only a changed value is looked at.
std::string refusals(const Table& table, const Column& column, bool update) {
  auto value = format("NEW.\"{}\"", column.name);
  auto changed = update ? format("{} IS NOT OLD.\"{}\" AND ", value, column.name) : std::string();
  auto refuse = [&](const std::string& broken, const std::string& text) {
    return format("WHEN {}({}) THEN RAISE(ABORT,{})\n", changed, broken,
                  quoted(format("{}.{}: {}", table.name, column.name, text)));
  };
  std::string branches;
  if (update && column.is_key) return refuse("1", "is part of the key and never changes; delete the row and add another");
  bool may_be_blank = column.type == Type::line || column.type == Type::prose;
  if (column.is_required)
    branches += refuse(format(fmt::runtime(may_be_blank ? "{0} IS NULL OR trim({0},' '||char(9,10,13,160))=''" : "{0} IS NULL"), value), "is required");
  auto rule = type_rule(column);
  branches += refuse(format(fmt::runtime(rule.broken), value), rule.text);
  return branches;
}

std::string key_id(const Table& table, std::string_view row) {
  std::vector<std::string> parts{format("{}.space", row)};
  for (auto& column : table.columns) {
    if (!column.is_key) continue;
    auto value = format("{}.\"{}\"", row, column.name);
    parts.push_back(column.type == Type::date ? format("CAST(replace({},'-','') AS INTEGER)", value) : value);
  }
  return derived_id_sql(TableId{table.number}, parts);
}

// One note for each column whose value before is to be kept: `where` chooses them.
std::string notes(const Table& table, std::string_view where) {
  std::string selects;
  for (auto& column : table.columns)
    selects += format("{0} SELECT {1},OLD.id,{2},OLD.\"{3}\" WHERE {4}\n", selects.empty() ? "" : "UNION ALL", table.number, column.number,
                      column.name, format(fmt::runtime(where), column.name));
  return "INSERT INTO carnet_log(tbl,id,col,before)\n" + selects + ";\n";
}

// INSERT OR REPLACE fires no delete trigger: notes each value that it is about to overwrite, and -1 behind them.
std::string notes_of_replaced(const Table& table) {
  std::string numbers, values;
  for (auto& column : table.columns) {
    numbers += format("{},", column.number);
    values += format(" WHEN {} THEN held.\"{}\"", column.number, column.name);
  }
  return format("INSERT INTO carnet_log(tbl,id,col,before) SELECT {0},NEW.id,json_each.value,CASE json_each.value{1} END\n"
                "FROM {2} held CROSS JOIN json_each('[{3}-1]') WHERE held.id=NEW.id;\n", table.number, values, table.name, numbers);
}

std::string check_insert(const Table& table) {
  std::string branches;
  for (auto& column : table.columns) branches += refusals(table, column, false);
  auto space = format("WHEN NOT EXISTS(SELECT 1 FROM carnet_space WHERE space=NEW.space) THEN RAISE(ABORT,"
                      "'{}.space: number of a space of this device')\n", table.name);
  std::string twice;
  if (table.keyed())
    twice = format("WHEN EXISTS(SELECT 1 FROM {0} WHERE id={1} AND id IS NOT NEW.id) THEN RAISE(ABORT,"
                   "'{0}: a row with this key exists; update it')\n", table.name, key_id(table, "NEW"));
  return format("CREATE TRIGGER carnet_{0}_check_insert BEFORE INSERT ON {0} WHEN {1} BEGIN SELECT CASE\n{2}{3}{4}END;\n"
                "{5}END;\n",
                table.name, unmuted, space, branches, twice, notes_of_replaced(table));
}

std::string check_update(const Table& table) {
  std::string branches;
  for (auto& column : table.columns) branches += refusals(table, column, true);
  return format("CREATE TRIGGER carnet_{0}_check_update BEFORE UPDATE ON {0} WHEN {1} BEGIN SELECT CASE\n"
                "WHEN NEW.id IS NOT OLD.id THEN RAISE(ABORT,'{0}.id: never changes')\n"
                "WHEN NEW.space IS NOT OLD.space THEN RAISE(ABORT,'{0}.space: a row never changes its space; publish a copy')\n"
                "{2}END; END;\n",
                table.name, unmuted, branches);
}

// A new row keeps an id that is the next one or a later one of this device's range (a keyed one: the one derived from its
// key). Anything else is an id of chance, from a tool that does not know ours, and is given a fresh one, muted. Two
// triggers, since a trigger cannot branch and the usual case should not pay for the other; whichever fires first, the
// second sees from the last note that the row has been dealt with.
std::string capture_insert(const Table& table) {
  auto last_note = [&](std::string_view col) {
    return format("EXISTS(SELECT 1 FROM (SELECT * FROM carnet_log ORDER BY n DESC LIMIT 1) WHERE tbl={} AND id=NEW.id AND col {})",
                  table.number, col);
  };
  auto replaces = last_note("=-1");
  std::string proper, improper, fresh, count;
  if (table.keyed()) {
    fresh = key_id(table, "NEW");
    proper = format("NOT muted AND NEW.id={}", fresh);
    improper = format("NOT muted AND NEW.id<>{}", fresh);
  } else {
    fresh = "(device<<33|counter+1)";
    proper = "NOT muted AND NEW.id>>33=device AND NEW.id&0x1ffffffff>counter";
    improper = format("NOT muted AND (NEW.id>>33<>device OR NEW.id&0x1ffffffff<counter OR "
                      "NEW.id&0x1ffffffff=counter AND NOT {})", last_note("IS NULL"));
    count = "counter=counter+1,";
  }
  auto keep_count = table.keyed() ? std::string() : std::string("UPDATE carnet_self SET counter=NEW.id&0x1ffffffff;\n");
  return format("CREATE TRIGGER carnet_{0}_insert AFTER INSERT ON {0} WHEN (SELECT {1} FROM carnet_self) BEGIN\n"
                "{2}INSERT INTO carnet_log(tbl,id) VALUES({3},NEW.id);\nEND;\n",
                table.name, proper, keep_count, table.number) +
         format("CREATE TRIGGER carnet_{0}_mint AFTER INSERT ON {0} WHEN (SELECT {1} FROM carnet_self) AND NOT {2} BEGIN\n"
                "UPDATE carnet_self SET muted=1;\n"
                "UPDATE {0} SET id=(SELECT {3} FROM carnet_self) WHERE id=NEW.id;\n"
                "INSERT INTO carnet_log(tbl,id) SELECT {4},{3} FROM carnet_self;\n"
                "UPDATE carnet_self SET {5}muted=0;\nEND;\n",
                table.name, improper, replaces, fresh, table.number, count);
}

std::string capture_update(const Table& table) {
  return format("CREATE TRIGGER carnet_{0}_update AFTER UPDATE ON {0} WHEN {1} BEGIN\n{2}END;\n", table.name, unmuted,
                notes(table, "OLD.\"{0}\" IS NOT NEW.\"{0}\""));
}

// Before the row goes, its parts go, so that each deletion is noted and travels.
std::string capture_delete(const Schema& schema, const Table& table) {
  std::string parts;
  for (auto& other : schema.tables)
    for (auto& column : other.columns)
      if (column.is_owner && column.target == table.name)
        parts += format("DELETE FROM {} WHERE \"{}\"=OLD.id;\n", other.name, column.name);
  return format("CREATE TRIGGER carnet_{0}_delete BEFORE DELETE ON {0} WHEN {1} BEGIN\n{2}{3}"
                "INSERT INTO carnet_log(tbl,id,col) VALUES({4},OLD.id,0);\nEND;\n",
                table.name, unmuted, parts, notes(table, "OLD.\"{0}\" IS NOT NULL"), table.number);
}

const char* affinity(const Column& column) {
  switch (column.type) {
    case Type::integer: case Type::reference: case Type::row: return "INTEGER";
    case Type::real: return "REAL";
    default: return "TEXT";
  }
}

}  // namespace

std::string column_sql(const Column& column) { return format("\"{}\" {}", column.name, affinity(column)); }

std::string table_sql(const Table& table) {
  std::string columns, indexes;
  for (auto& column : table.columns) {
    columns += ", " + column_sql(column);
    if (column.is_owner)
      indexes += format("CREATE INDEX IF NOT EXISTS carnet_{0}_{1} ON {0}(\"{1}\");\n", table.name, column.name);
  }
  return format("CREATE TABLE IF NOT EXISTS {}(id INTEGER PRIMARY KEY, space INTEGER{});\n{}", table.name, columns,
                indexes);
}

std::string trigger_sql(const Schema& schema, const Table& table) {
  std::string drops;
  for (auto* name : {"check_insert", "check_update", "insert", "mint", "update", "delete"})
    drops += format("DROP TRIGGER IF EXISTS carnet_{}_{};\n", table.name, name);
  return drops + check_insert(table) + check_update(table) + capture_insert(table) + capture_update(table) +
         capture_delete(schema, table);
}

}  // namespace carnet
