// The static dictionary that both programs carry: prose of the project's own writing in French, Dutch and English, the
// labels, and the structure of typical messages. A constant of the wire format: never changed, only followed by a
// next one under a next codec number. Made by sync/dictionary/make.cpp.
#pragma once
#include <string_view>

namespace carnet {

std::string_view dictionary();

}  // namespace carnet
