#include "client/whole_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <utility>

namespace carnet {

namespace {
std::string unfinished(const std::string& path) { return path + ".new"; }
}

WholeFile::WholeFile(std::string path) : path_(std::move(path)), file_(open(unfinished(path_).c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)) {
  if (file_ < 0) fail();
}

WholeFile::~WholeFile() {
  if (file_ < 0) return;
  close(file_);
  unlink(unfinished(path_).c_str());
}

void WholeFile::write(std::string_view bytes) {
  if (::write(file_, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) fail();
}

void WholeFile::finish() {
  bool is_there = fsync(file_) == 0;
  close(std::exchange(file_, -1));
  if (!is_there || std::rename(unfinished(path_).c_str(), path_.c_str()) != 0) fail();
}

void WholeFile::fail() { throw NotWritten(fmt::format("{} cannot be written: see to the disk, its space and the rights of its folder", path_)); }

}  // namespace carnet
