#include <fmt/format.h>
#include <malloc.h>

#include <fstream>

#include "server/commands.hpp"
#include "server/log.hpp"
#include "server/service_manager.hpp"

namespace carnet {

namespace {

// Blocks of this size go back to the system when they are freed. Those of packing would leave holes in the heap, between small ones that stay.
constexpr int large_block = 128 << 10;

}  // namespace

int serve(ServerOptions options, const std::string& port_file) {
  if (options.certificate.certificate.empty() != options.certificate.key.empty()) throw std::runtime_error("certificate and certificate-key go together: one of them is missing");
  mallopt(M_MMAP_THRESHOLD, large_block);
  options.inherited = inherited_socket();
  auto path = options.store, key = options.key;
  HttpServer server(std::move(options));
  {
    SqlStore store(path);
    tell_officers(store, key);
  }
  log_info("listening", {{"port", server.port()}, {"metrics_port", server.metrics_port()}, {"version", CARNET_VERSION}});
  if (!port_file.empty()) std::ofstream(port_file) << fmt::format("{}\n", server.port());
  tell_service_manager("READY=1");
  server.run();
  log_info("stopped");
  return ok;
}

}  // namespace carnet
