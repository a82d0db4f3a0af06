// The files of the pages, as the build bundled them into the program (client/ui), and the rows of the sample (client/sample.json).
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace carnet {

// By their name without a folder: "index.html".
std::optional<std::string_view> embedded_page(std::string_view name);

}  // namespace carnet
