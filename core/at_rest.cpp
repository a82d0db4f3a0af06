#include "core/at_rest.hpp"

#include <zstd.h>

#include <memory>
#include <stdexcept>

namespace carnet {

// Contexts cost more to make than most of what is packed.
std::string pack_at_rest(std::string_view plain) {
  constexpr int quick = 3;
  thread_local const std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context(ZSTD_createCCtx(), ZSTD_freeCCtx);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, quick);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
  std::string packed(ZSTD_compressBound(plain.size()), '\0');
  auto size = ZSTD_compress2(context.get(), packed.data(), packed.size(), plain.data(), plain.size());
  if (ZSTD_isError(size)) throw std::runtime_error(std::string("zstd: ") + ZSTD_getErrorName(size));
  packed.resize(size);
  return packed;
}

std::optional<std::string> unpack_at_rest(std::string_view packed, std::size_t most) {
  auto size = ZSTD_getFrameContentSize(packed.data(), packed.size());
  if (size > most) return {};  // the error codes are the greatest numbers
  thread_local const std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context(ZSTD_createDCtx(), ZSTD_freeDCtx);
  std::string plain(size, '\0');
  if (ZSTD_decompressDCtx(context.get(), plain.data(), plain.size(), packed.data(), packed.size()) != size) return {};
  return plain;
}

}  // namespace carnet
