// Blobs that others bring piece by piece, by bundles and at meetings.
#include <catch2/catch.hpp>

#include "core/blobs.hpp"
#include "tests/noise.hpp"
#include "tests/temp_dir.hpp"

using namespace carnet;
using namespace carnet::test;

namespace {

struct Folder {
  TempDir dir;
  FileBlobs blobs{dir.file("media")};
  DeviceId here{3};
  std::string photo = noise(1'000);
  BlobHash hash = hash_of(photo);

  Taken take(std::size_t from, std::size_t size) { return take_piece(blobs, here, hash, 1'000, static_cast<std::int64_t>(from), photo.substr(from, size)); }
};

}  // namespace

TEST_CASE("pieces that join make a blob whole, however they overlap, and what is here already is no news") {
  Folder folder;
  CHECK(folder.take(0, 400) == Taken::part);
  CHECK(folder.take(0, 400) == Taken::no_news);
  CHECK(folder.take(100, 500) == Taken::part);
  CHECK(folder.take(600, 400) == Taken::whole);
  CHECK(folder.take(0, 400) == Taken::no_news);
  CHECK(folder.blobs.read(folder.hash, 0, 1'001) == folder.photo);
}

TEST_CASE("a piece before which something is missing is left, and taken when that is here") {
  Folder folder;
  CHECK(folder.take(400, 600) == Taken::apart);
  CHECK(folder.take(0, 400) == Taken::part);
  CHECK(folder.take(400, 600) == Taken::whole);
}

TEST_CASE("a blob that had come to its last byte when the power went is whole with the next piece of it, whichever that is") {
  Folder folder;
  auto from = GENERATE(0u, 600u);
  folder.blobs.append(folder.hash, folder.here, folder.photo);
  CHECK(folder.take(from, 400) == Taken::whole);
}

TEST_CASE("bytes that are not the blob are thrown away when all are there, and it begins anew") {
  Folder folder;
  CHECK(take_piece(folder.blobs, folder.here, folder.hash, 1'000, 0, std::string(1'000, 'x')) == Taken::no_news);
  CHECK(folder.take(0, 1'000) == Taken::whole);
  Folder after_power_cut;
  after_power_cut.blobs.append(after_power_cut.hash, after_power_cut.here, std::string(1'000, 'x'));
  CHECK(after_power_cut.take(0, 1'000) == Taken::whole);
}

TEST_CASE("a piece that reaches beyond its blob is left") {
  Folder folder;
  CHECK(take_piece(folder.blobs, folder.here, folder.hash, 1'000, 0, folder.photo + "!") == Taken::no_news);
  CHECK(folder.blobs.held(folder.hash, folder.here) == 0);
}
