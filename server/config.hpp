// The relay's options from a file in TOML, where neither the command line nor the environment says otherwise. A key is an option's name.
#pragma once
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace carnet {

inline constexpr const char* default_config = "/etc/carnet/relay.toml";  // read where it is there

// After `apps` have read the command line. Throws in words that name file, line and key.
void read_config(const std::string& path, const std::vector<CLI::App*>& apps);

}  // namespace carnet
