// A file of mode 0600 that stands under its name when all of it is on disk, and not before: under NAME.new until then. Throws NotWritten where it
// cannot be written.
#pragma once
#include <stdexcept>
#include <string>
#include <string_view>

namespace carnet {

struct NotWritten : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class WholeFile {
 public:
  explicit WholeFile(std::string path);
  WholeFile(const WholeFile&) = delete;
  WholeFile& operator=(const WholeFile&) = delete;
  ~WholeFile();  // what was not finished goes

  void write(std::string_view bytes);
  void finish();

 private:
  [[noreturn]] void fail();
  std::string path_;
  int file_;
};

}  // namespace carnet
