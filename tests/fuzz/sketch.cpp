// What a device makes of the relay's symbols, whoever made them: it ends, and invents no more elements than there are symbols.
//   input = own elements (count, 8 bytes each), portions of symbols (count, then count (2), sum (8), check (4) each)
#include "sync/sketch.hpp"
#include "tests/fuzz/target.hpp"

namespace {
std::uint64_t number(carnet::test::Script& script, std::size_t bytes) {
  std::uint64_t value = 0;
  for (auto byte : script.take(bytes)) value = value << 8 | static_cast<unsigned char>(byte);
  return value;
}
}  // namespace

std::string carnet::test::try_input(std::string_view bytes) {
  Script script(bytes);
  std::vector<std::uint64_t> own(script.byte());
  for (auto& element : own) element = number(script, 8);
  Difference difference(own);
  while (script.more() && !difference.found()) {
    std::vector<Symbol> symbols(1u + script.byte());
    for (auto& symbol : symbols) {
      symbol.count = static_cast<std::int16_t>(number(script, 2));
      symbol.sum = number(script, 8);
      symbol.check = static_cast<std::uint32_t>(number(script, 4));
    }
    difference.add(symbols);
    if (difference.only_ours().size() + difference.only_theirs().size() > difference.read() + 1) return "more elements than symbols";
  }
  return {};
}
