// What a bundle brought, in sentences for whoever read it.
#pragma once
#include <string>
#include <vector>

#include "client/bundle.hpp"
#include "client/language.hpp"

namespace carnet {

std::vector<std::string> what_came(Replica& replica, Language language, const BundleRead& read);      // of whom how many rows, photos, conflicts; or that nothing is new
std::vector<std::string> what_is_missing(Language language, const BundleRead& read);  // what could not be shown or read, and why

}  // namespace carnet
