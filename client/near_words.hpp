// What a meeting on the local network brought, in sentences for whoever called, or watches.
#pragma once
#include <string>
#include <vector>

#include "client/language.hpp"
#include "client/near.hpp"

namespace carnet {

// Whom it was with, what came and went, what did not, and why; not why it broke off, where it did.
std::vector<std::string> in_words(Replica& replica, Language language, const MeetingReport& report);

}  // namespace carnet
