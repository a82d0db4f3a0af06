#include <spdlog/spdlog.h>

#include <fstream>

#include "server/commands.hpp"

namespace carnet {

int serve(ServerOptions options, const std::string& port_file) {
  HttpServer server(std::move(options));
  spdlog::info(R"({{"event":"listening","port":{}}})", server.port());
  if (!port_file.empty()) std::ofstream(port_file) << server.port() << "\n";
  server.run();
  spdlog::info(R"({{"event":"stopped"}})");
  return ok;
}

}  // namespace carnet
