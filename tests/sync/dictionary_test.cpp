// The static dictionary is a constant of the wire format.
#include <catch2/catch.hpp>
#include <sodium.h>

#include "sync/dictionary.hpp"
#include "sync/stream.hpp"

using namespace carnet;

TEST_CASE("dictionary 1 is the one that is out there; a better one gets the next number") {
  unsigned char hash[16];
  crypto_generichash(hash, sizeof hash, reinterpret_cast<const unsigned char*>(dictionary().data()), dictionary().size(), nullptr, 0);
  char hex[33];
  CHECK(std::string(sodium_bin2hex(hex, sizeof hex, hash, sizeof hash)) == "24c91faf388f50aa6b92bda50b37f623");
}

TEST_CASE("an everyday French note is packed to less than half of what plain zstd makes of it") {
  const std::string note = "La rencontre avec le comité des usagers a commencé avec une heure de retard parce que la pluie avait coupé la piste. "
                           "Nous avons tout de même visité trois forages, dont un seul donne encore de l'eau toute l'année.";
  Packing packing;
  packing.put(note);
  auto with = packing.flush().size();
  std::string plain(ZSTD_compressBound(note.size()), '\0');
  auto without = ZSTD_compress(plain.data(), plain.size(), note.data(), note.size(), 19);
  INFO(with << " bytes with, " << without << " without");
  CHECK(2 * with < without + without / 4);
}
