#include "client/sync_lock.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <unistd.h>

#include <stdexcept>

namespace carnet {

namespace {

std::string holder_of(int file) {
  char text[32] = {};
  auto size = pread(file, text, sizeof text - 1, 0);
  return size > 0 ? fmt::format("process {}", text) : "another process";
}

// Of what was opened, not of the process: two threads keep each other out, too.
struct flock whole_file() {
  struct flock lock{};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  return lock;
}

}  // namespace

Result<SyncLock> SyncLock::take(const std::string& path, const std::string& what) {
  SyncLock lock(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (lock.file_ < 0) throw std::runtime_error(fmt::format("cannot write {}; give this user the right to its folder", path));
  auto whole = whole_file();
  if (fcntl(lock.file_, F_OFD_SETLK, &whole) != 0)
    return Error{Code::busy, fmt::format("{} is under way already: {} holds {}; it goes on by itself", what, holder_of(lock.file_), path)};
  auto pid = std::to_string(getpid());
  if (ftruncate(lock.file_, 0) != 0 || pwrite(lock.file_, pid.data(), pid.size(), 0) < 0)
    throw std::runtime_error(fmt::format("cannot write {}; is the disk full?", path));
  return lock;
}

bool SyncLock::is_held(const std::string& path) {
  SyncLock looks(open(path.c_str(), O_RDWR | O_CLOEXEC));
  auto whole = whole_file();
  return looks.file_ >= 0 && fcntl(looks.file_, F_OFD_GETLK, &whole) == 0 && whole.l_type != F_UNLCK;
}

SyncLock::SyncLock(SyncLock&& other) noexcept : file_(std::exchange(other.file_, -1)) {}

SyncLock::~SyncLock() {
  if (file_ >= 0) close(file_);
}

std::string transfer_lock(const std::string& database) { return database + ".transfer"; }
std::string agent_lock(const std::string& database) { return database + ".agent"; }
std::string transfer_lock(Replica& replica) { return transfer_lock(replica.database().getFilename()); }
std::string agent_lock(Replica& replica) { return agent_lock(replica.database().getFilename()); }

}  // namespace carnet
