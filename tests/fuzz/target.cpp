#include "tests/fuzz/target.hpp"

#include <sodium.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const bool started = sodium_init() >= 0;
  auto complaint = started ? carnet::test::try_input({reinterpret_cast<const char*>(data), size}) : "libsodium did not start";
  if (complaint.empty()) return 0;
  std::fprintf(stderr, "%s\n", complaint.c_str());
  std::abort();
}
