// An error in the reader's language, with the column that it is about.
#pragma once
#include <optional>
#include <string>

#include "client/language.hpp"
#include "core/result.hpp"

namespace carnet {

struct Told {
  std::string text;
  std::optional<std::string> column;
};
Told in_words(Language language, const Schema& schema, const Error& error);

}  // namespace carnet
