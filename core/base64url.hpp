// Bytes as text that may stand in addresses: base64 by RFC 4648, section 5, without padding.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace carnet {

std::string to_base64url(std::string_view bytes);
// Nothing where it is the text of no bytes. `skipped`: characters that may stand between.
std::optional<std::string> from_base64url(std::string_view text, const char* skipped = nullptr);

}  // namespace carnet
