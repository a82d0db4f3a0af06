#include "core/digest.hpp"

#include <sodium.h>

#include "core/pack.hpp"
#include "core/text_cell.hpp"

namespace carnet {

namespace {
constexpr unsigned char key16[crypto_shorthash_KEYBYTES + 1] = "carnet digest v1";
}

Digest row_digest(RowKey key, const Row& row) {
  if (row.empty()) return {};
  Packer packer;
  packer.integer(key.table.value).integer(key.id.value);
  bool dead = row.dead();
  for (auto& cell : row.cells) {
    if (dead && cell.column != life_column) break;  // the life column comes first
    packer.integer(cell.column.value);
    if (cell.kind == Kind::text) {
      bool known = cell.standing || is_lone_seed(cell);  // else it is put together once
      auto standing = known ? Standing{text_of(cell), heads_of(cell), {}, 0, {}} : standing_of(cell);
      for (auto& head : standing.heads) packer.integer(head.device.value).integer(head.seq);
      packer.text(standing.text);
      continue;
    }
    for (auto& version : cell.versions) {
      if (version.trail) continue;
      packer.integer(static_cast<std::int64_t>(version.stamp.time)).integer(version.stamp.device.value);
      packer.value(version.value);
    }
  }
  Digest digest{0, 1};
  auto& bytes = packer.written();
  crypto_shorthash(reinterpret_cast<unsigned char*>(&digest.sum), reinterpret_cast<const unsigned char*>(bytes.data()),
                   bytes.size(), key16);
  return digest;
}

}  // namespace carnet
