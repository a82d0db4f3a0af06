// A text as a QR code of half blocks, two modules a character, light on dark terminals and dark on light ones. Throws where it is too long.
#pragma once
#include <string>

namespace carnet {

std::string qr_code(const std::string& text);

}  // namespace carnet
