#include "client/bundle.hpp"

#include <fmt/format.h>

#include <ctime>
#include <filesystem>
#include <fstream>

#include "client/keys.hpp"
#include "client/notebook.hpp"
#include "client/sync_lock.hpp"
#include "client/whole_file.hpp"

namespace carnet {

namespace {

struct Target {
  std::vector<SpaceId> spaces;
  std::optional<DeviceId> device;
};

Result<Target> target_of(Replica& replica, const std::string& name) {
  if (auto space = Notebook(replica).space(name)) return Target{{*space}, {}};
  SQLite::Statement named(replica.database(), "SELECT space,number FROM device WHERE name=?");
  named.bind(1, name);
  Target target;
  while (named.executeStep()) {
    target.spaces.push_back(SpaceId{named.getColumn(0).getUInt()});
    target.device = DeviceId{named.getColumn(1).getUInt()};
  }
  if (target.spaces.empty()) return Error{Code::not_found, fmt::format("no space and no device here is called '{}'", name)};
  return target;
}

std::string numbered(const std::string& file, std::size_t number) {
  if (number == 1) return file;
  std::filesystem::path path(file);
  return path.replace_filename(fmt::format("{}-{}{}", path.stem().string(), number, path.extension().string())).string();
}

class Files final : public BundleVolumes {
 public:
  Files(std::string first, std::vector<std::string>& names) : first_(std::move(first)), names_(names) {}
  void begin() override {
    names_.push_back(numbered(first_, names_.size() + 1));
    file_ = std::make_unique<WholeFile>(names_.back());
  }
  void write(std::string_view bytes) override { file_->write(bytes); }
  void finish() override { file_->finish(); }

 private:
  std::string first_;
  std::vector<std::string>& names_;
  std::unique_ptr<WholeFile> file_;
};

}  // namespace

struct BundleMaker::State {
  State(Replica& replica, SyncLock l, const BundleWish& wish, std::vector<BundleSegment> segments)
      : lock(std::move(l)), shelf(replica), files(wish.file, written.files), bundling(replica, shelf, std::move(segments), {.with_photos = wish.with_photos, .volume_bytes = wish.volume_bytes}, files, written) {}

  SyncLock lock;
  MediaShelf shelf;
  BundleWritten written;
  Files files;
  Bundling bundling;
};

BundleMaker::BundleMaker(std::unique_ptr<State> state) : state_(std::move(state)) {}
BundleMaker::BundleMaker(BundleMaker&&) noexcept = default;
BundleMaker::~BundleMaker() = default;
const BundleWritten& BundleMaker::written() const { return state_->written; }

Result<BundleMaker> BundleMaker::begin(Replica& replica, const BundleWish& wish) {
  auto lock = SyncLock::take(transfer_lock(replica), "a sync");
  if (!lock) return lock.error();
  auto target = target_of(replica, wish.for_whom);
  if (!target) return target.error();
  auto keys = read_keys(replica.database().getFilename());
  if (!keys) return Error{Code::not_found, "the key of this device is missing; `carnet rejoin` with a new invite brings it back"};
  std::vector<BundleSegment> segments;
  for (auto space : target->spaces) {
    auto segment = segment_of(replica, keys->of(replica.device()), keys->spaces, space, target->device, wish.lends);
    if (!segment) return segment.error();
    segments.push_back(std::move(*segment));
  }
  return BundleMaker(std::make_unique<State>(replica, std::move(*lock), wish, std::move(segments)));
}

bool BundleMaker::go(std::uint64_t bytes) {
  auto upto = state_->written.bytes + bytes;
  while (state_->written.bytes < upto)
    if (!state_->bundling.step()) return false;
  return true;
}

struct BundleTaker::State {
  State(Replica& replica, SyncLock l, BundleRead& read)
      : lock(std::move(l)), shelf(replica), intake(replica, read_keys(replica.database().getFilename()).value_or(DeviceKeys{}).spaces, shelf, std::time(nullptr), read) {}

  SyncLock lock;
  MediaShelf shelf;
  BundleIntake intake;
};

BundleTaker::BundleTaker(std::unique_ptr<State> state) : state_(std::move(state)) {}
BundleTaker::BundleTaker(BundleTaker&&) noexcept = default;
BundleTaker::~BundleTaker() = default;

Result<BundleTaker> BundleTaker::begin(Replica& replica, BundleRead& read) {
  auto lock = SyncLock::take(transfer_lock(replica), "a sync");
  if (!lock) return lock.error();
  return BundleTaker(std::make_unique<State>(replica, std::move(*lock), read));
}

Result<void> BundleTaker::feed(std::string_view bytes) {
  auto fed = state_->intake.feed(bytes);
  if (!fed) (void)state_->intake.end();
  return fed;
}

Result<void> BundleTaker::end() { return state_->intake.end(); }

Result<BundleWritten> write_bundle(Replica& replica, const BundleWish& wish) {
  auto maker = BundleMaker::begin(replica, wish);
  if (!maker) return maker.error();
  while (maker->go(std::uint64_t{1} << 20)) {}
  return maker->written();
}

Result<void> read_bundle(Replica& replica, const std::string& file, BundleRead& read) {
  auto taker = BundleTaker::begin(replica, read);
  if (!taker) return taker.error();
  std::ifstream from(file, std::ios::binary);
  if (!from) return Error{Code::not_found, fmt::format("{} cannot be read", file)};
  std::string part(std::size_t{1} << 16, '\0');
  while (from.read(part.data(), static_cast<std::streamsize>(part.size())) || from.gcount() > 0)
    if (auto fed = taker->feed({part.data(), static_cast<std::size_t>(from.gcount())}); !fed) return fed;
  return taker->end();
}

}  // namespace carnet
