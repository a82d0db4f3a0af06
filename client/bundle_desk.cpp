#include "client/bundle_desk.hpp"

#include <fmt/format.h>

#include <filesystem>

namespace carnet {

namespace fs = std::filesystem;

BundleDesk::~BundleDesk() {
  give_up();
  throw_away();
}

void BundleDesk::throw_away() {
  if (!std::exchange(made_, {})) return;
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

void BundleDesk::give_up() {
  maker_.reset();
  taker_.reset();
}

void BundleDesk::look(std::int64_t now) {
  if (now - heard_ >= patience) give_up();
  if (!maker_ && now - heard_ >= keep) throw_away();
}

Result<void> BundleDesk::free_at(std::int64_t now) {
  look(now);
  if (is_at_work()) return Error{Code::busy, "another bundle is being made or read; wait a moment"};
  heard_ = now;
  return {};
}

Result<void> BundleDesk::make(Replica& replica, const Wish& wish, std::int64_t now) {
  if (auto free = free_at(now); !free) return free;
  throw_away();
  fs::remove_all(folder_);  // also what another run left
  fs::create_directories(folder_);
  fs::permissions(folder_, fs::perms::owner_all);
  made_ = BundleWritten{};
  auto maker = BundleMaker::begin(replica, {wish.for_whom, folder_ + "/" + wish.name + ".carnet", wish.with_photos, wish.lends, wish.volume_bytes});
  if (maker) maker_.emplace(std::move(*maker));
  else throw_away();
  return maker ? Result<void>() : maker.error();
}

Result<bool> BundleDesk::go_on(std::int64_t now) {
  if (!maker_) return Error{Code::not_found, "this bundle was given up: begin again"};
  heard_ = now;
  bool goes_on = false;
  try {
    goes_on = maker_->go(bytes_a_step);
  } catch (const std::exception&) {  // the disk is full
    give_up();
    throw_away();
    throw;
  }
  made_ = maker_->written();
  if (!goes_on) maker_.reset();
  return goes_on;
}

std::string BundleDesk::file(const std::string& name) const {
  if (!made_ || maker_) return {};
  for (auto& file : made_->files)
    if (fs::path(file).filename() == name) return file;
  return {};
}

Result<void> BundleDesk::read(Replica& replica, std::uint64_t bytes, std::int64_t now) {
  if (bytes == 0) return Error{Code::invalid, "this file is empty: copy it again from where it was made"};
  if (bytes > most_bytes) return Error{Code::too_large, fmt::format("a file of {} MB; a bundle of Carnet has at most {} MB: this is another file, or it should be made again in several volumes", bytes / 1'000'000, most_bytes / 1'000'000)};
  if (auto free = free_at(now); !free) return free;
  reading_ = {.bytes = bytes, .at = 0, .read = {}, .broken = {}};
  auto taker = BundleTaker::begin(replica, reading_.read);
  if (!taker) return taker.error();
  taker_.emplace(std::move(*taker));
  return {};
}

Result<const BundleDesk::Reading*> BundleDesk::take(std::uint64_t at, std::string_view piece, std::int64_t now) {
  if (!taker_) return Error{Code::not_found, "this bundle was given up: begin again"};
  if (at != reading_.at || piece.empty() || piece.size() > reading_.bytes - at) return Error{Code::malformed, "a piece that does not follow the last one, or goes beyond the end of its file"};
  heard_ = now;
  auto fed = taker_->feed(piece);
  reading_.at += piece.size();
  if (fed && reading_.at == reading_.bytes) fed = taker_->end();
  if (!fed) reading_.broken = fed.error();
  if (reading_.is_over()) taker_.reset();
  return &reading_;
}

}  // namespace carnet
