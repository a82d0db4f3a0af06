// The relay's own certificate: ECDSA P-256, signed by itself, in one PEM file of mode 0600 with its key. Devices do not ask who signed it
// or for how long, but know its public key from their invite (the pin). The next one is told of before it is used.
#pragma once
#include <string>

#include "server/database.hpp"

namespace carnet {

void make_certificate(const std::string& path);          // throws where there is one
std::string pin_of_certificate(const std::string& path);  // SHA-256 of its SubjectPublicKeyInfo, 32 bytes; throws where it cannot be read

// Beside the store, unless the operator brings another.
inline std::string certificate_file_of(const std::string& store) { return files_of(store) + ".certificate"; }
inline std::string next_certificate_file_of(const std::string& store) { return files_of(store) + ".certificate-next"; }

}  // namespace carnet
