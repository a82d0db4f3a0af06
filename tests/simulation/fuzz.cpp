// The simulation under libFuzzer, which chooses what happens. README.md says how to run it.
#include <cstdio>
#include <cstdlib>

#include "tests/simulation/life.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto life = carnet::test::live_from_bytes({reinterpret_cast<const char*>(data), size});
  if (life.wrong.empty()) return 0;
  std::fprintf(stderr, "%s\n%s\n", life.story.c_str(), life.wrong.c_str());
  std::abort();
}
