// The codecs and the merge of texts under libFuzzer: .build/fuzz/tests/fuzz_text corpus/
#include <cstdio>
#include <cstdlib>

#include "tests/text_fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto complaint = carnet::test::complaint_about({reinterpret_cast<const char*>(data), size});
  if (complaint.empty()) return 0;
  std::fprintf(stderr, "%s\n", complaint.c_str());
  std::abort();
}
