#include <spdlog/spdlog.h>

#include <filesystem>
#include <fstream>

#include "server/certificate.hpp"
#include "server/commands.hpp"

namespace carnet {

int serve(ServerOptions options, const std::string& port_file) {
  auto own = certificate_file_of(options.store), next = next_certificate_file_of(options.store);
  if (options.certificate.certificate.empty() && std::filesystem::exists(own)) {
    options.certificate = {own, own};
    if (std::filesystem::exists(next)) options.next_pin = pin_of_certificate(next);
  }
  auto path = options.store, key = options.key;
  HttpServer server(std::move(options));
  {
    SqliteStore store(path);
    tell_officers(store, key);
  }
  spdlog::info(R"({{"event":"listening","port":{}}})", server.port());
  if (!port_file.empty()) std::ofstream(port_file) << server.port() << "\n";
  server.run();
  spdlog::info(R"({{"event":"stopped"}})");
  return ok;
}

}  // namespace carnet
