// Why the relay did not take something, in the reader's language.
#pragma once
#include <string>

#include "client/language.hpp"
#include "core/result.hpp"

namespace carnet {

std::string in_words(Language language, const Error& refusal);

}  // namespace carnet
