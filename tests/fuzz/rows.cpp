// Rows as a store keeps them: damaged ones are told, all others read the same after being written again.
#include "core/digest.hpp"
#include "core/row_codec.hpp"
#include "core/sqlite.hpp"
#include "core/text_cell.hpp"
#include "tests/fuzz/target.hpp"

std::string carnet::test::try_input(std::string_view bytes) {
  try {
    auto row = unpack_row(bytes);
    if (pack_row(unpack_row(pack_row(row))) != pack_row(row)) return "a row changes as it is written";
    if (auto fine = check_texts({}, row); !fine) return {};
    row_digest({TableId{1}, RowId{1}}, row);
  } catch (const Damaged&) {
  }
  return {};
}
