// What the core and the client say in English, told to people in theirs: errors on their way out, what settings mean, help. A test holds
// the phrases against the sources.
#pragma once
#include <span>
#include <string>

#include "client/language.hpp"

namespace carnet {

std::span<const Words> phrases();  // with {} for what is put in

// What is none of the phrases stays as it is. What was put in is told in the language, too, where it is a phrase.
std::string in_words(Language language, const std::string& english);

}  // namespace carnet
