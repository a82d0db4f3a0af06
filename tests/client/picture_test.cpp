// The QR code of an invite in a grey picture, as the pages send it (client/API.md, /api/code). Codes are made by the library that prints them.
#include <catch2/catch.hpp>
#include <qrencode.h>
#include <sodium.h>

#include <cstdlib>
#include <ctime>
#include <memory>
#include <random>

#include "client/picture.hpp"
#include "tests/client/office.hpp"

using namespace carnet;
using namespace carnet::test;
using nlohmann::json;

namespace {

const std::string invite = "carnet1-mdkZY2FybmV0Oi8vMTI3LjAuMC4xOjg0NDDAzQEFrk91aW5oaSwgYnVyZWF1wsQQa2tra2tra2tra2tra2tra85oAAAAkwcCq091aW5oaS1MYWFybmU";

GreyPicture blank(int width, int height) { return {width, height, std::string(static_cast<std::size_t>(width) * static_cast<std::size_t>(height), '\xff')}; }

// With the code's upper left corner there, a module so many pixels wide.
void draw(GreyPicture& picture, const std::string& text, int left, int top, int module) {
  std::unique_ptr<QRcode, decltype(&QRcode_free)> code(QRcode_encodeString8bit(text.c_str(), 0, QR_ECLEVEL_L), QRcode_free);
  for (int y = 0; y < code->width * module; ++y)
    for (int x = 0; x < code->width * module; ++x)
      if (code->data[y / module * code->width + x / module] & 1) picture.pixels.at(static_cast<std::size_t>((top + y) * picture.width + left + x)) = '\0';
}

GreyPicture photo() {
  auto picture = blank(640, 480);
  draw(picture, invite, 200, 100, 4);
  return picture;
}

json wish(const GreyPicture& picture) {
  std::string coded(sodium_base64_encoded_len(picture.pixels.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(coded.data(), coded.size(), reinterpret_cast<const unsigned char*>(picture.pixels.data()), picture.pixels.size(), sodium_base64_VARIANT_ORIGINAL);
  coded.pop_back();
  return {{"width", picture.width}, {"height", picture.height}, {"grey", coded}};
}

struct Desk {
  TempDir dir;
  Office office{dir.file("home")};
  Office::Said read(const json& picture) { return office.post("/api/code", picture); }
};

}  // namespace

TEST_CASE("an invite's code is read from a picture on a device that has no notebook yet, and a picture without a code has no text") {
  Desk desk;
  CHECK(desk.read(wish(photo())).body == json{{"text", invite}});
  CHECK(desk.read(wish(blank(640, 480))).body == json{{"text", nullptr}});
}

TEST_CASE("a code is read turned, dimmed, and light on dark") {
  auto straight = photo();
  auto turned = blank(480, 640), dim = straight, inverted = straight;
  for (int y = 0; y < 640; ++y)
    for (int x = 0; x < 480; ++x) turned.pixels[static_cast<std::size_t>(y * 480 + x)] = straight.pixels[static_cast<std::size_t>(x * 640 + 639 - y)];
  for (auto& pixel : dim.pixels) pixel = pixel ? '\x60' : '\x30';
  for (auto& pixel : inverted.pixels) pixel = static_cast<char>(~pixel);
  for (auto& picture : {turned, dim, inverted}) CHECK(code_in(picture) == invite);
}

TEST_CASE("a side of 1024 pixels is taken, one of 1025 is too large, and without a pixel there is no picture") {
  Desk desk;
  auto largest = blank(1'024, 1'024);
  draw(largest, invite, 700, 700, 4);
  CHECK(desk.read(wish(largest))["text"] == invite);
  CHECK(desk.read(wish(blank(1, 1)))["text"] == nullptr);
  for (auto& [width, height] : {std::pair{1'025, 1}, {1, 1'025}}) CHECK(desk.read(wish(blank(width, height))).status == 413);
  for (auto& [width, height] : {std::pair{0, 4}, {4, 0}, {-2, -2}}) CHECK(desk.read({{"width", width}, {"height", height}, {"grey", "AAAA"}}).status == 400);
}

TEST_CASE("a picture with a pixel less or more than its sides say, or that is none, is malformed") {
  Desk desk;
  auto less = wish(blank(8, 8)), more = less;
  less["height"] = 9;
  more["height"] = 7;
  CHECK(desk.read(less).status == 400);
  CHECK(desk.read(more).status == 400);
  for (json grey : {json("?"), json("AAA"), json(""), json(7), json(nullptr)}) {
    CAPTURE(grey);
    CHECK(desk.read({{"width", 1}, {"height", 2}, {"grey", grey}}).code() == "malformed");
  }
  CHECK(desk.read({{"width", 1.5}, {"height", 2}, {"grey", "AAA="}}).status == 400);
  CHECK(desk.read(json::object()).status == 400);
}

TEST_CASE("pictures of rubbish, and codes with rubbish over them, are an answer and no error") {
  auto seed = std::getenv("CARNET_SEED") ? std::strtoull(std::getenv("CARNET_SEED"), nullptr, 10) : static_cast<unsigned long long>(std::time(nullptr));
  INFO("CARNET_SEED=" << seed);
  std::mt19937_64 random(seed);
  Desk desk;
  for (int round = 0; round < 40; ++round) {
    auto picture = round % 2 ? photo() : blank(static_cast<int>(1 + random() % 200), static_cast<int>(1 + random() % 200));
    auto spoilt = random() % picture.pixels.size();
    for (std::size_t k = 0; k < spoilt; ++k) picture.pixels[random() % picture.pixels.size()] = static_cast<char>(random());
    CHECK(desk.read(wish(picture)).status == 200);
  }
}
