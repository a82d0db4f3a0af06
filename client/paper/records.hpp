// The rows of a replica as a form needs them: in the order in which people put them, with names in the place of ids and words in the
// place of codes. Remembers which rows it gave out, so that what was said about them can be printed beside them.
#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "client/paper/words.hpp"
#include "core/blob.hpp"
#include "core/replica.hpp"

namespace carnet {

class Record {
 public:
  explicit Record(const Table& table, RowId id = {}, std::vector<Value> cells = {}) : table_(&table), id_(id), cells_(std::move(cells)) {}

  const Table& table() const { return *table_; }
  RowId id() const { return id_; }
  RowKey key() const { return {TableId{table_->number}, id_}; }
  const Value& value(std::string_view column) const;
  std::string text(std::string_view column) const;  // empty where there is nothing
  std::optional<std::int64_t> whole(std::string_view column) const;
  std::optional<double> real(std::string_view column) const;
  RowId reference(std::string_view column) const { return RowId{whole(column).value_or(0)}; }

 private:
  const Table* table_;
  RowId id_;  // 0: no such row, all is empty
  std::vector<Value> cells_;
};

class Records {
 public:
  Records(Replica& replica, Language language) : replica_(replica), language_(language) {}

  Language language() const { return language_; }
  template <class... Values>
  std::string say(const Words& words, const Values&... values) const { return carnet::say(language_, words, values...); }

  std::optional<RowKey> key_of(RowId id) const;  // whatever table it is of
  Record row(std::string_view table, RowId id);
  std::vector<Record> rows(std::string_view table, std::string_view column, RowId id);  // in which this column is that row
  std::vector<Record> rows_about(RowKey key, std::string_view table);                   // comments, media
  Record blank(std::string_view table) const { return Record(table_of(table)); }
  std::string blob(const BlobHash& hash) const;  // its bytes, empty where it is not here
  // Media of which the picture stands where it belongs need not be listed at the end.
  void printed(const Record& media) { printed_.insert(media.key()); }
  bool is_printed(const Record& media) const { return printed_.contains(media.key()); }
  // All rows that were given out so far. Those behind names and titles are not among them.
  const std::vector<RowKey>& given() const { return given_; }

  std::string label(std::string_view table) const { return in(language_, table_of(table).label); }
  std::string help(std::string_view table) const { return in(language_, table_of(table).help); }
  std::string label(std::string_view table, std::string_view column) const;
  std::string choice(std::string_view table, std::string_view column, std::string_view code) const;
  std::string choice(const Record& row, std::string_view column) const { return choice(row.table().name, column, row.text(column)); }

  std::string title(RowKey key);  // the first of its texts
  std::string name(const Record& row, std::string_view column);  // the title of the row that it refers to
  std::string sub_question(RowId id);                            // with its number: 1.2
  std::vector<RowId> sub_questions(std::string_view links, std::string_view column, RowId id);  // that this row is linked to, by number
  // Wordings of a text that this device remembers and that stand no more: the last of each day and hand, oldest first.
  struct Wording {
    std::string day, text, by;
  };
  std::vector<Wording> wordings(const Record& row, std::string_view column);

 private:
  const Table& table_of(std::string_view name) const;
  std::vector<Record> select(const Table& table, const std::string& where, const std::vector<std::int64_t>& values) const;
  Record peek(std::string_view table, RowId id) const;
  std::vector<Record> give(std::vector<Record> records);
  void number_questions(RowId organisation);

  Replica& replica_;
  Language language_;
  std::set<RowKey> known_, printed_;
  std::vector<RowKey> given_;
  std::set<RowId> numbered_;  // organisations whose questions are
  std::map<RowId, std::pair<int, int>> numbers_;
};

}  // namespace carnet
