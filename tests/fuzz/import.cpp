// Exports of a space, as anybody may hand them over: all of one comes in or nothing, and what is refused says why.
//   input = JSON
#include "client/notebook.hpp"
#include "core/domain.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/temp_dir.hpp"

namespace carnet::test {

namespace {

constexpr SpaceId town{1};

Replica& room() {
  static TempDir dir;
  static Replica replica(dir.file("import.db"), domain(), DeviceId{1});
  static bool once = (replica.add_space(town, "town", "partnership"), true);
  static_cast<void>(once);
  return replica;
}

std::int64_t rows() {
  room().collect();
  return room().space(town).digest.rows;
}

void clear_out() {
  for (auto& table : domain().tables) room().database().exec("DELETE FROM " + std::string(table.name));
  room().collect();
}

}  // namespace

std::string try_input(std::string_view bytes) {
  auto before = rows();
  auto done = Notebook(room()).import(town, nlohmann::json::parse(bytes, nullptr, false));
  if (!done) return done.error().text.empty() ? "a refusal without a reason" : rows() != before ? "of what was refused, something came in" : "";
  if (*done > 0) clear_out();
  return "";
}

}  // namespace carnet::test
