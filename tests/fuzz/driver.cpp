// Runs one fuzz target over its corpus and over random mutations of it, for builds without libFuzzer: what CI does. Bounded by runs, so
// that a seed says all that happens; CARNET_FUZZ_RUNS for more, CARNET_SEED or --seed to repeat. On a crash the input that
// caused it is written to ./crash-TARGET.
//   fuzz_NAME [--runs N] [--seed S] CORPUS...
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" const char* __asan_default_options() { return "abort_on_error=1:detect_leaks=0"; }
extern "C" const char* __ubsan_default_options() { return "abort_on_error=1:print_stacktrace=1"; }

namespace {

constexpr std::size_t max_input = 16'384;

std::string current, crash_file;

void keep_input(int signal) {
  int file = open(crash_file.c_str(), O_CREAT | O_WRONLY | O_TRUNC, 0644);
  [[maybe_unused]] auto written = write(file, current.data(), current.size());
  close(file);
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

void run(std::string input) {
  current = std::move(input);
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(current.data()), current.size());
}

std::vector<std::string> read_corpus(const std::string& folder) {
  std::vector<std::filesystem::path> files;
  for (auto& entry : std::filesystem::directory_iterator(folder)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::vector<std::string> inputs;
  for (auto& file : files) {
    std::ifstream in(file, std::ios::binary);
    inputs.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
  return inputs;
}

class Mutator {
 public:
  Mutator(std::uint64_t seed, const std::vector<std::string>& corpus) : random_(seed), corpus_(corpus) {}

  std::string next() {
    auto input = corpus_[below(corpus_.size())];
    for (auto changes = 1 + below(5); changes > 0; --changes) change(input);
    if (input.size() > max_input) input.resize(max_input);
    return input;
  }

 private:
  std::size_t below(std::size_t bound) { return bound ? random_() % bound : 0; }

  void change(std::string& input) {
    auto at = below(input.size() + 1);
    auto length = std::min(below(1 + below(64)), input.size() - at);
    switch (below(7)) {
      case 0: if (at < input.size()) input[at] = static_cast<char>(input[at] ^ (1 << below(8))); break;
      case 1: if (at < input.size()) input[at] = static_cast<char>(random_()); break;
      case 2: input.erase(at, length); break;
      case 3: input.insert(at, input.substr(at, length)); break;
      case 4: overwrite(input, at, edges[below(std::size(edges))]); break;
      case 5: input.insert(at, edges[below(std::size(edges))]); break;
      case 6: {  // a piece of another
        auto& other = corpus_[below(corpus_.size())];
        auto from = below(other.size() + 1);
        overwrite(input, at, other.substr(from, below(256)));
      }
    }
  }
  static void overwrite(std::string& input, std::size_t at, const std::string& piece) {
    input.replace(at, std::min(piece.size(), input.size() - at), piece);
  }

  // Where numbers, lengths and MessagePack's forms change.
  inline static const std::string edges[] = {std::string(1, '\0'), "\x7f", "\x80", "\xff", "\xc0", "\xc4\xff", "\xcc\xff", "\xcd\xff\xff", "\xce\xff\xff\xff\xff",
                                             "\xcf\x7f\xff\xff\xff\xff\xff\xff\xff", "\xd3\x80" + std::string(7, '\0'), "\xdb\xff\xff\xff\xff", "\xdd\xff\xff\xff\xff",
                                             "\x91\x91\x91\x91\x91\x91\x91\x91", std::string(16, 'A'), std::string(600, '\x91')};
  std::mt19937_64 random_;
  const std::vector<std::string>& corpus_;
};

}  // namespace

int main(int argc, char** argv) {
  auto setting = [](const char* name, std::uint64_t fallback) {
    auto* text = std::getenv(name);
    return text ? std::strtoull(text, nullptr, 10) : fallback;
  };
  std::uint64_t runs = 2'000, seed = setting("CARNET_SEED", std::random_device{}());
  crash_file = "crash-" + std::filesystem::path(argv[0]).filename().string();
  std::vector<std::string> corpus;
  for (int k = 1; k < argc; ++k) {
    std::string argument = argv[k];
    if (argument == "--runs" && k + 1 < argc) runs = std::strtoull(argv[++k], nullptr, 10);
    else if (argument == "--seed" && k + 1 < argc) seed = std::strtoull(argv[++k], nullptr, 10);
    else if (std::filesystem::is_regular_file(argument)) std::cerr << "a folder, not a file: " << argument << "\n";
    else for (auto& input : read_corpus(argument)) corpus.push_back(std::move(input));
  }
  runs = setting("CARNET_FUZZ_RUNS", runs);
  if (corpus.empty()) {
    std::cerr << "no corpus: fuzz_NAME [--runs N] [--seed S] CORPUS...\n";
    return 64;
  }
  std::cout << "seed " << seed << ", " << corpus.size() << " inputs, " << runs << " mutations" << std::endl;
  for (auto signal : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL}) std::signal(signal, keep_input);
  for (auto& input : corpus) run(input);
  Mutator mutator(seed, corpus);
  for (std::uint64_t k = 0; k < runs; ++k) run(mutator.next());
}
