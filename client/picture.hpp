// Finds the QR code in a grey picture: of a camera, or of a photo of an invite.
#pragma once
#include <optional>
#include <string>

namespace carnet {

constexpr int most_picture_side = 1'024;  // enough for an invite's code that fills a third of the picture

struct GreyPicture {
  int width = 0, height = 0;
  std::string pixels;  // a byte each, row by row from the top, 0 is black
};

// The text of the first code; nothing where there is none. The picture's sides are 1 to most_picture_side, its pixels width times height.
std::optional<std::string> code_in(const GreyPicture& picture);

}  // namespace carnet
