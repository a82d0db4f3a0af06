#include "client/place.hpp"

#include <sys/stat.h>

#include <fstream>
#include <optional>

#include "sync/client_session.hpp"

namespace carnet {

namespace {

struct Place {
  std::string machine;
  std::uint64_t file = 0;     // its inode
  std::int64_t written = 0;   // sum of our seqs
};

std::string machine_id() {
  std::ifstream from("/etc/machine-id");
  std::string id;
  return from >> id ? id : "unknown";
}

Place place_of(const std::string& database, Replica& replica) {
  replica.collect();
  struct stat file{};
  if (stat(database.c_str(), &file) != 0) return {};
  Place place{machine_id(), file.st_ino, 0};
  for (auto& space : replica.spaces()) place.written += space.seq.value;
  return place;
}

std::optional<Place> remembered(const std::string& path) {
  std::ifstream from(path);
  Place place;
  return from >> place.machine >> place.file >> place.written ? std::optional(place) : std::nullopt;
}

}  // namespace

bool came_from_elsewhere(const std::string& database, Replica& replica) {
  auto path = database + ".place";
  auto now = place_of(database, replica);
  auto then = remembered(path);
  bool elsewhere = then && (then->machine != now.machine || then->file != now.file || then->written > now.written);
  bool same = then && !elsewhere && then->written == now.written;
  if (!same) std::ofstream(path) << now.machine << ' ' << now.file << ' ' << now.written << '\n';
  if (elsewhere) ClientSession::ask_first(replica);
  return elsewhere;
}

}  // namespace carnet
