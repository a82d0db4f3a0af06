// A text that only one device can read, for a row that all of its space may have: an invite that an officer asked for. Sealed by the relay under
// a key that comes from that device's own (sync/peer.hpp), which both ends have and no database holds; bound to the row.
//   sealed = base64url( nonce xchacha20-poly1305(text) )     key: libsodium's KDF, context "carnseal", of the device's key; added data: the row's id
#pragma once
#include <optional>
#include <string>

#include "core/ids.hpp"

namespace carnet {

std::string seal(const std::string& text, const std::string& device_key, RowId row);
std::optional<std::string> open_sealed(const std::string& sealed, const std::string& device_key, RowId row);  // nothing by another key

}  // namespace carnet
