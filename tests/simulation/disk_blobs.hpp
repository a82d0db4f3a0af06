// Blobs on a disk of the simulation, as FileBlobs lays them into a folder: what was not synced is lost in a power cut.
#pragma once
#include <algorithm>
#include <stdexcept>

#include "core/blobs.hpp"
#include "tests/simulation/disk.hpp"

namespace carnet::test {

class DiskBlobs final : public OwnBlobs {
 public:
  DiskBlobs(Disk& disk, std::string folder) : disk_(disk), folder_(std::move(folder)) {}

  bool has(const BlobHash& hash) override { return !bytes_of(file(hash)).empty(); }
  std::int64_t held(const BlobHash& hash, DeviceId from) override { return static_cast<std::int64_t>(bytes_of(part(hash, from)).size()); }
  void append(const BlobHash& hash, DeviceId from, std::string_view bytes) override { needs(disk_.append(part(hash, from), bytes)); }
  bool finish(const BlobHash& hash, DeviceId from) override {
    auto path = part(hash, from);
    bool is_it = hash_of(bytes_of(path)) == hash;
    if (!is_it) return needs(disk_.erase(path)), false;
    needs(disk_.sync(path) && disk_.rename(path, file(hash)));
    return true;
  }
  std::string read(const BlobHash& hash, std::int64_t at, std::size_t most) override {
    auto& bytes = bytes_of(file(hash));
    return bytes.substr(std::min(bytes.size(), static_cast<std::size_t>(at)), most);
  }
  void remove(const BlobHash& hash) override { needs(disk_.erase(file(hash))); }
  void drop(const BlobHash& hash, DeviceId from) override { needs(disk_.erase(part(hash, from))); }

  BlobHash put(std::string_view bytes) override {
    auto hash = hash_of(bytes);
    if (has(hash)) return hash;
    drop(hash, {});
    append(hash, {}, bytes);
    if (!finish(hash, {})) throw std::logic_error("what was put is not what is there");
    return hash;
  }
  // By name: 64 digits, and a dot where it is a part.
  std::vector<BlobHash> all() override {
    std::vector<BlobHash> hashes;
    for (auto at = disk_.files.lower_bound(folder_ + "/"); at != disk_.files.end() && at->first.starts_with(folder_ + "/"); ++at)
      if (at->first.size() == folder_.size() + 65 && !at->second.bytes.empty()) hashes.push_back(hash_of(at->second.bytes));
    return hashes;
  }
  void tidy(std::int64_t) override {}

 private:
  std::string file(const BlobHash& hash) const { return folder_ + "/" + hash.file_name(); }
  std::string part(const BlobHash& hash, DeviceId from) const { return file(hash) + "." + std::to_string(from.value); }
  const std::string& bytes_of(const std::string& path) const {
    static const std::string none;
    auto at = disk_.files.find(path);
    return at == disk_.files.end() ? none : at->second.bytes;
  }
  static void needs(bool done) {
    if (!done) throw std::runtime_error("the power is off");
  }

  Disk& disk_;
  std::string folder_;
};

}  // namespace carnet::test
