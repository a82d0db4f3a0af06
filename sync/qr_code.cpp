#include "sync/qr_code.hpp"

#include <qrencode.h>

#include <memory>
#include <stdexcept>

namespace carnet {

namespace {

constexpr int quiet_zone = 2;  // modules; the standard asks for four, and telephones read two
constexpr int quiet_on_page = 4;

std::unique_ptr<QRcode, decltype(&QRcode_free)> coded(const std::string& text, QRecLevel level) {
  std::unique_ptr<QRcode, decltype(&QRcode_free)> code(QRcode_encodeString8bit(text.c_str(), 0, level), QRcode_free);
  if (!code) throw std::runtime_error("the invite is too long for a QR code; send it as text");
  return code;
}

}  // namespace

// Light modules are drawn and the terminal's own background is dark: so told by the colours themselves, whatever the terminal has.
std::string qr_code(const std::string& text) {
  auto code = coded(text, QR_ECLEVEL_L);
  auto is_dark = [&](int row, int column) {
    bool inside = row >= 0 && column >= 0 && row < code->width && column < code->width;
    return inside && (code->data[row * code->width + column] & 1);
  };
  static constexpr const char* blocks[] = {"\u2588", "\u2580", "\u2584", " "};  // light above and below, above, below, none
  std::string drawn;
  for (int row = -quiet_zone; row < code->width + quiet_zone; row += 2) {
    drawn += "\033[97;40m";
    for (int column = -quiet_zone; column < code->width + quiet_zone; ++column) drawn += blocks[2 * is_dark(row, column) + is_dark(row + 1, column)];
    drawn += "\033[0m\n";
  }
  return drawn;
}

std::string qr_svg(const std::string& text) {
  auto code = coded(text, QR_ECLEVEL_M);
  auto size = std::to_string(code->width + 2 * quiet_on_page);
  std::string path;
  for (int y = 0; y < code->width; ++y)
    for (int x = 0; x < code->width; ++x)
      if (code->data[y * code->width + x] & 1) path += "M" + std::to_string(x + quiet_on_page) + " " + std::to_string(y + quiet_on_page) + "h1v1h-1z";
  return "<svg viewBox=\"0 0 " + size + " " + size + "\" role=\"img\" aria-label=\"QR\"><path d=\"" + path + "\"/></svg>";
}

}  // namespace carnet
