// Makes a static dictionary: make_dictionary FOLDER OUT. Run once for each dictionary number; what programs out there carry
// can never change, so a better one gets the next number and the next codec.
//   content = dutch.txt english.txt french.txt, the labels, and typical messages: what is commonest comes last and so is
//   nearest; before it, the entropy tables that such messages need (ZDICT_finalizeDictionary of zstd).
#define ZDICT_STATIC_LINKING_ONLY
#include <zdict.h>

#include <fstream>
#include <iostream>
#include <iterator>
#include <random>

#include "core/domain.hpp"
#include "sync/messages.hpp"

using namespace carnet;

namespace {

constexpr std::int64_t spring = 1'741'600'000;
constexpr Epoch epoch = 2'726'000;

std::string read(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read " + path);
  return {std::istreambuf_iterator<char>(file), {}};
}

const Table& declared(const std::string& name) {
  auto* table = domain().find(name);
  if (!table) throw std::runtime_error("no table " + name);
  return *table;
}

std::string labels() {
  std::string all;
  for (auto& table : domain().tables) {
    all += std::string(table.label.nl) + "\n" + std::string(table.label.fr) + "\n" + std::string(table.help.fr) + "\n";
    for (auto& column : table.columns) {
      all += std::string(column.label.fr) + "\n";
      for (auto& choice : column.choices) all += std::string(choice.label.fr) + "\n";
    }
  }
  return all;
}

// What people write in one go: rows of one table with these columns filled, a minute or so apart.
class Evening {
 public:
  explicit Evening(std::vector<std::string> sentences, unsigned seed) : sentences_(std::move(sentences)), random_(seed) {}

  std::string insert(const std::string& name, int rows) {
    auto& table = declared(name);
    return frame(table, rows, [&](const Column& column) { return value(column); });
  }
  std::string update(const std::string& name, const std::string& only) {
    auto& table = declared(name);
    return frame(table, 1, [&](const Column& column) { return column.name == only ? value(column) : Value{}; });
  }

 private:
  template <class Choose>
  std::string frame(const Table& table, int rows, Choose choose) {
    Changes changes{{SpaceId{2}, Seq{seq_}, Seq{seq_ + rows}, {}}, Seq{epoch_base(epoch).value + 900 + seq_}};
    for (int k = 0; k < rows; ++k) {
      now_ += 20 + static_cast<std::int64_t>(random_() % 120);
      Row row;
      for (auto& column : table.columns) {
        Version version;
        version.value = choose(column);
        if (is_null(version.value)) continue;
        version.stamp = {stamp_time(now_), DeviceId{7}};
        version.seen = changes.known;
        row.at(ColumnId{column.number}, column.kind()).versions.push_back(std::move(version));
      }
      changes.set.rows.push_back({{TableId{table.number}, minted_id(DeviceId{7}, ++counter_)}, std::move(row)});
    }
    seq_ += rows;
    return encode(changes, Direction::up, epoch);
  }

  Value value(const Column& column) {
    auto number = [&](std::int64_t most) { return static_cast<std::int64_t>(random_() % static_cast<unsigned>(most)); };
    switch (column.type) {
      case Type::integer: return column.min + number(std::min<std::int64_t>(column.max - column.min + 1, 40));
      case Type::real: return column.name == "position" ? 1.0 + static_cast<double>(++counter_ % 30) : 0.0 + static_cast<double>(number(90) * 1000);
      case Type::date: return "2025-" + std::string(number(2) ? "03" : "09") + "-" + std::to_string(10 + number(19));
      case Type::time: return (number(2) ? "0" : "1") + std::to_string(number(9)) + (number(2) ? ":00" : ":30");
      case Type::code: return std::string(column.choices[static_cast<std::size_t>(number(static_cast<std::int64_t>(column.choices.size())))].code);
      case Type::reference: case Type::row: return minted_id(DeviceId{7}, 1 + number(counter_ + 1)).value;
      case Type::line: case Type::prose: return sentences_[random_() % sentences_.size()];
    }
    return {};
  }

  std::vector<std::string> sentences_;
  std::mt19937 random_;
  std::int64_t seq_ = 40, counter_ = 300, now_ = spring;
};

std::vector<std::string> sentences_of(const std::string& prose) {
  std::vector<std::string> all;
  for (std::size_t at = 0, end; (end = prose.find(". ", at)) != std::string::npos; at = end + 2) all.push_back(prose.substr(at, end + 1 - at));
  return all;
}

const std::vector<std::pair<std::string, int>> typical = {
    {"organisation", 2}, {"person", 3}, {"project", 1}, {"factor", 2}, {"swot_item", 3}, {"action_plan", 1}, {"plan_action", 2}, {"expertise", 1},
    {"learning_question", 2}, {"obstacle", 3}, {"sub_question", 3}, {"visit", 1}, {"activity", 4}, {"activity_sub_question", 3},
    {"visit_day", 1}, {"comment", 2}, {"progress", 6}, {"journal_entry", 3}};
const std::vector<std::pair<std::string, std::string>> corrections = {
    {"activity", "starts_at"}, {"plan_action", "status"}, {"sub_question", "priority"}, {"progress", "score"}, {"journal_entry", "learned"},
    {"journal_entry", "applicable"}};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) { std::cerr << "make_dictionary FOLDER OUT\n"; return 64; }
  std::string folder = argv[1];
  auto french = read(folder + "/french.txt"), dutch = read(folder + "/dutch.txt"), english = read(folder + "/english.txt");

  // The shapes of messages, with little text in them, since the text stands there already.
  Evening plain({"Le marché.", "Les acteurs locaux.", "La commune."}, 1);
  std::string shapes;
  for (auto& [table, rows] : typical) shapes += plain.insert(table, rows);
  for (auto& [table, column] : corrections) shapes += plain.update(table, column);
  auto content = dutch + english + french + labels() + shapes;

  // Samples for the entropy tables: other messages, with sentences of the general half of the French.
  std::string samples;
  std::vector<std::size_t> sizes;
  auto sample = [&](const std::string& message) { samples += message; sizes.push_back(message.size()); };
  Evening written(sentences_of(french), 2);
  for (int round = 0; round < 12; ++round) {
    for (auto& [table, rows] : typical) sample(written.insert(table, rows));
    for (auto& [table, column] : corrections) sample(written.update(table, column));
  }

  std::string dictionary(content.size() + 4096, '\0');
  ZDICT_params_t params{19, 0, 0};
  auto size = ZDICT_finalizeDictionary(dictionary.data(), dictionary.size(), content.data(), content.size(), samples.data(), sizes.data(),
                                       static_cast<unsigned>(sizes.size()), params);
  if (ZDICT_isError(size)) { std::cerr << ZDICT_getErrorName(size) << "\n"; return 70; }
  std::ofstream(argv[2], std::ios::binary).write(dictionary.data(), static_cast<std::streamsize>(size));
  std::cout << size << " bytes\n";
}
