// A text as a QR code, for a terminal and for a page. Throws where it is too long.
#pragma once
#include <string>

namespace carnet {

std::string qr_code(const std::string& text);  // of half blocks, two modules a character, light on dark terminals and dark on light ones
std::string qr_svg(const std::string& text);   // a path of squares in one colour, with the quiet zone around it

}  // namespace carnet
