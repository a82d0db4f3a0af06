#include "client/paper/records.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <ctime>

#include "client/media.hpp"
#include "client/notebook.hpp"
#include "core/sqlite.hpp"

namespace carnet {

namespace {

// Rows are ordered by those of these columns that the table has. A row without a place comes behind those that have one.
constexpr const char* order[] = {"day", "starts_at", "position", "held_on", "written_on", "since", "taken_on"};

std::string order_of(const Table& table) {
  std::string by;
  for (auto* column : order)
    if (table.find(column)) by += fmt::format("\"{}\" IS NULL,\"{}\",", column, column);
  return by + "id";
}

constexpr std::size_t title_characters = 90;

std::string local_day(std::int64_t unix_seconds) {
  std::time_t time = unix_seconds;
  std::tm local{};
  localtime_r(&time, &local);
  return fmt::format("{:04}-{:02}-{:02}", local.tm_year + 1900, local.tm_mon + 1, local.tm_mday);
}

// By the name of the device, or its number where it has not introduced itself.
std::string writer(Language language, const nlohmann::json& past) {
  auto by = past["by"].get<std::string>();
  auto number = past["device"].get<std::uint32_t>();
  return by == fmt::format("device {}", number) ? carnet::say(language, {"device {}", "appareil {}", "toestel {}"}, number) : clean(by);
}

}  // namespace

const Value& Record::value(std::string_view name) const {
  static const Value none;
  auto column = std::find_if(table_->columns.begin(), table_->columns.end(), [&](auto& each) { return each.name == name; });
  assert(column != table_->columns.end());
  auto at = static_cast<std::size_t>(column - table_->columns.begin());
  return at < cells_.size() ? cells_[at] : none;
}

std::string Record::text(std::string_view column) const {
  auto& held = value(column);
  if (auto* text = std::get_if<std::string>(&held)) return clean(*text);
  if (auto* whole = std::get_if<std::int64_t>(&held)) return std::to_string(*whole);
  if (auto* real = std::get_if<double>(&held)) return fmt::format("{}", *real);
  return {};
}

std::optional<std::int64_t> Record::whole(std::string_view column) const {
  auto* held = std::get_if<std::int64_t>(&value(column));
  return held ? std::optional(*held) : std::nullopt;
}

std::optional<double> Record::real(std::string_view column) const {
  if (auto number = whole(column)) return static_cast<double>(*number);
  auto* held = std::get_if<double>(&value(column));
  return held ? std::optional(*held) : std::nullopt;
}

const Table& Records::table_of(std::string_view name) const {
  auto* table = replica_.schema().find(name);
  assert(table);
  return *table;
}

std::vector<Record> Records::select(const Table& table, const std::string& where, const std::vector<std::int64_t>& values) const {
  std::string columns = "id";
  for (auto& column : table.columns) columns += ",\"" + std::string(column.name) + "\"";
  SQLite::Statement rows(replica_.database(), fmt::format("SELECT {} FROM {} WHERE {} ORDER BY {}", columns, table.name, where, order_of(table)));
  for (std::size_t k = 0; k < values.size(); ++k) rows.bind(static_cast<int>(k) + 1, values[k]);
  std::vector<Record> all;
  while (rows.executeStep()) {
    std::vector<Value> cells;
    for (int k = 1; k < rows.getColumnCount(); ++k) cells.push_back(fetch(rows, k));
    all.emplace_back(table, RowId{rows.getColumn(0).getInt64()}, std::move(cells));
  }
  return all;
}

Record Records::peek(std::string_view name, RowId id) const {
  auto found = select(table_of(name), "id=?", {id.value});
  return found.empty() ? blank(name) : found.front();
}

std::vector<Record> Records::give(std::vector<Record> records) {
  for (auto& each : records)
    if (each.id().value && known_.insert(each.key()).second) given_.push_back(each.key());
  return records;
}

std::optional<RowKey> Records::key_of(RowId id) const {
  auto found = Notebook(replica_).find(id);
  return found ? std::optional(*found) : std::nullopt;
}

Record Records::row(std::string_view table, RowId id) { return give({peek(table, id)}).front(); }

std::vector<Record> Records::rows(std::string_view table, std::string_view column, RowId id) {
  return id.value ? give(select(table_of(table), fmt::format("\"{}\"=?", column), {id.value})) : std::vector<Record>();
}

std::vector<Record> Records::rows_about(RowKey key, std::string_view table) {
  return give(select(table_of(table), "about=? AND about_table=?", {key.id.value, key.table.value}));
}

std::string Records::blob(const BlobHash& hash) const {
  return FileBlobs(media_folder(replica_.database().getFilename())).read(hash, 0, static_cast<std::size_t>(max_media_bytes));
}

std::string Records::label(std::string_view table, std::string_view column) const {
  auto* found = table_of(table).find(column);
  assert(found);
  return in(language_, found->label);
}

// A code of a newer schema is shown as it is: it is all that is known.
std::string Records::choice(std::string_view table, std::string_view column, std::string_view code) const {
  for (auto& each : table_of(table).find(column)->choices)
    if (each.code == code) return in(language_, each.label);
  return std::string(code);
}

std::string Records::title(RowKey key) {
  auto* table = replica_.schema().find(key.table);
  if (!table) return {};
  auto row = peek(table->name, key.id);
  for (auto* column : {"title", "name", "subject", "caption"})
    if (table->find(column) && !row.text(column).empty()) return row.text(column);
  for (auto& column : table->columns)
    if ((column.type == Type::line || column.type == Type::prose) && !row.text(column.name).empty()) return in_short(row.text(column.name), title_characters);
  for (auto& column : table->columns)
    if (column.type == Type::reference && row.reference(column.name).value && column.target != table->name) return name(row, column.name);
  return {};
}

std::string Records::name(const Record& row, std::string_view column) {
  return title({TableId{table_of(row.table().find(column)->target).number}, row.reference(column)});
}

void Records::number_questions(RowId organisation) {
  if (!numbered_.insert(organisation).second) return;
  int of_question = 0;
  for (auto& question : select(table_of("learning_question"), "organisation=?", {organisation.value})) {
    int number = 0;
    ++of_question;
    for (auto& each : select(table_of("sub_question"), "question=?", {question.id().value})) numbers_[each.id()] = {of_question, ++number};
  }
}

std::string Records::sub_question(RowId id) {
  auto row = peek("sub_question", id);
  number_questions(peek("learning_question", row.reference("question")).reference("organisation"));
  auto number = numbers_.find(id);
  return number == numbers_.end() ? row.text("text") : fmt::format("{}.{}\u00A0{}", number->second.first, number->second.second, row.text("text"));
}

std::vector<RowId> Records::sub_questions(std::string_view links, std::string_view column, RowId id) {
  std::vector<std::pair<std::pair<int, int>, RowId>> all;
  for (auto& link : rows(links, column, id)) {
    auto part = link.reference("sub_question");
    number_questions(peek("learning_question", peek("sub_question", part).reference("question")).reference("organisation"));
    auto number = numbers_.find(part);
    all.push_back({number == numbers_.end() ? std::pair(0, 0) : number->second, part});
  }
  std::sort(all.begin(), all.end());
  std::vector<RowId> ids;
  for (auto& [number, part] : all)
    if (ids.empty() || ids.back() != part) ids.push_back(part);
  return ids;
}

std::vector<Records::Wording> Records::wordings(const Record& row, std::string_view column) {
  std::vector<Wording> all;
  if (!row.id().value) return all;
  auto history = Notebook(replica_).history(row.key());
  for (auto past = history.rbegin(); past != history.rend(); ++past) {
    if ((*past)["column"] != column || !(*past)["value"].is_string() || past->value("merged", false)) continue;
    Wording wording{local_day((*past)["written"].get<std::int64_t>()), clean((*past)["value"].get<std::string>()), writer(language_, *past)};
    if (!all.empty() && all.back().day == wording.day && all.back().by == wording.by) all.pop_back();
    if (wording.text != row.text(column) && !wording.text.empty()) all.push_back(wording);
  }
  return all;
}

}  // namespace carnet
