#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "core/blobs.hpp"

namespace carnet {

namespace {

constexpr std::size_t piece_bytes = 65'536;

[[noreturn]] void fault(const std::string& what) { throw std::system_error(errno, std::generic_category(), what); }

class File {
 public:
  File(const std::string& path, int flags) : path_(path), file_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {
    if (file_ < 0 && !(errno == ENOENT && !(flags & O_CREAT))) fault(path);
  }
  ~File() { if (file_ >= 0) ::close(file_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  bool is_there() const { return file_ >= 0; }

  std::int64_t size() const {
    struct stat seen{};
    if (fstat(file_, &seen) != 0) fault(path_);
    return seen.st_size;
  }
  std::string read(std::int64_t at, std::size_t most) const {
    std::string bytes(most, '\0');
    std::size_t had = 0;
    for (ssize_t some = 1; some > 0 && had < most; had += static_cast<std::size_t>(some)) {
      some = pread(file_, bytes.data() + had, most - had, at + static_cast<std::int64_t>(had));
      if (some < 0) fault(path_);
    }
    bytes.resize(had);
    return bytes;
  }
  void write(std::string_view bytes) {
    while (!bytes.empty()) {
      auto some = ::write(file_, bytes.data(), bytes.size());
      if (some < 0) fault(path_);
      bytes.remove_prefix(static_cast<std::size_t>(some));
    }
  }
  void sync() { if (fsync(file_) != 0) fault(path_); }

 private:
  std::string path_;
  int file_;
};

BlobHash hash_of(const File& file) {
  crypto_generichash_state state;
  BlobHash hash;
  crypto_generichash_init(&state, nullptr, 0, hash.bytes.size());
  for (std::int64_t at = 0;;) {
    auto piece = file.read(at, piece_bytes);
    if (piece.empty()) break;
    crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(piece.data()), piece.size());
    at += static_cast<std::int64_t>(piece.size());
  }
  crypto_generichash_final(&state, hash.bytes.data(), hash.bytes.size());
  return hash;
}

}  // namespace

std::string FileBlobs::file(const BlobHash& hash) const { return folder_ + "/" + hash.file_name(); }
std::string FileBlobs::part(const BlobHash& hash, DeviceId from) const { return file(hash) + "." + std::to_string(from.value); }

bool FileBlobs::has(const BlobHash& hash) { return std::filesystem::exists(file(hash)); }

std::int64_t FileBlobs::held(const BlobHash& hash, DeviceId from) {
  File part(this->part(hash, from), O_RDONLY);
  return part.is_there() ? part.size() : 0;
}

void FileBlobs::append(const BlobHash& hash, DeviceId from, std::string_view bytes) {
  if (std::filesystem::create_directories(folder_)) File(std::filesystem::absolute(folder_).parent_path(), O_RDONLY | O_DIRECTORY).sync();
  File(part(hash, from), O_WRONLY | O_CREAT | O_APPEND).write(bytes);
}

bool FileBlobs::finish(const BlobHash& hash, DeviceId from) {
  auto path = part(hash, from);
  {
    File part(path, O_RDWR);
    if (!part.is_there()) return false;
    if (hash_of(part) != hash) {
      std::filesystem::remove(path);
      return false;
    }
    part.sync();
  }
  std::filesystem::rename(path, file(hash));
  File(folder_, O_RDONLY | O_DIRECTORY).sync();
  return true;
}

std::string FileBlobs::read(const BlobHash& hash, std::int64_t at, std::size_t most) {
  File whole(file(hash), O_RDONLY);
  return whole.is_there() ? whole.read(at, most) : std::string();
}

void FileBlobs::remove(const BlobHash& hash) { std::filesystem::remove(file(hash)); }
void FileBlobs::drop(const BlobHash& hash, DeviceId from) { std::filesystem::remove(part(hash, from)); }

BlobHash FileBlobs::put(std::string_view bytes) {
  auto hash = carnet::hash_of(bytes);
  if (has(hash)) return hash;
  std::filesystem::remove(part(hash, {}));
  append(hash, {}, bytes);
  if (!finish(hash, {})) throw std::runtime_error(file(hash) + ": what was written is not what can be read");
  return hash;
}

std::vector<BlobHash> FileBlobs::all() {
  std::vector<BlobHash> found;
  if (!std::filesystem::exists(folder_)) return found;
  for (auto& entry : std::filesystem::directory_iterator(folder_)) {
    auto name = entry.path().filename().string();
    BlobHash hash;
    std::size_t size = 0;
    bool is_hex = sodium_hex2bin(hash.bytes.data(), hash.bytes.size(), name.data(), name.size(), nullptr, &size, nullptr) == 0;
    if (is_hex && size == hash.bytes.size() && hash.file_name() == name) found.push_back(hash);
  }
  return found;
}

void FileBlobs::tidy(std::int64_t before) {
  if (!std::filesystem::exists(folder_)) return;
  for (auto& entry : std::filesystem::directory_iterator(folder_)) {
    struct stat seen{};
    bool is_part = entry.path().has_extension();
    if (is_part && stat(entry.path().c_str(), &seen) == 0 && seen.st_mtime < before) std::filesystem::remove(entry.path());
  }
}

}  // namespace carnet
