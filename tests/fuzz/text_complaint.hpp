// Any bytes, taken for a packed graph or for patches from elsewhere: whatever they are, what is accepted has to hold together.
#pragma once
#include <string>
#include <string_view>

namespace carnet::test {

// What went wrong, in words; nothing, if nothing did. Tries the bytes themselves as a packed graph and as a patch, and reads them as
// instructions for patches of several devices.
std::string complaint_about(std::string_view bytes);

}  // namespace carnet::test
