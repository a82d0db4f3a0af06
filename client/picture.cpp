#include "client/picture.hpp"

#include <zbar.h>

#include <cassert>

namespace carnet {

std::optional<std::string> code_in(const GreyPicture& picture) {
  assert(picture.width >= 1 && picture.width <= most_picture_side && picture.height >= 1 && picture.height <= most_picture_side);
  assert(picture.pixels.size() == static_cast<std::size_t>(picture.width) * static_cast<std::size_t>(picture.height));
  zbar::ImageScanner scanner;
  scanner.set_config(zbar::ZBAR_NONE, zbar::ZBAR_CFG_ENABLE, 0);
  scanner.set_config(zbar::ZBAR_QRCODE, zbar::ZBAR_CFG_ENABLE, 1);
  scanner.set_config(zbar::ZBAR_NONE, zbar::ZBAR_CFG_TEST_INVERTED, 1);  // light on dark, as a terminal may show it
  zbar::Image image(static_cast<unsigned>(picture.width), static_cast<unsigned>(picture.height), "Y800", picture.pixels.data(), picture.pixels.size());
  if (scanner.scan(image) <= 0) return {};
  return image.symbol_begin()->get_data();
}

}  // namespace carnet
