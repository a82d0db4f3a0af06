// Bundles on the command line.
#include <fmt/format.h>

#include <iostream>

#include "client/bundle_words.hpp"
#include "client/cli.hpp"
#include "client/phrases.hpp"

namespace carnet {

using nlohmann::json;

int bundle_write(const Cli& cli, Replica& replica) {
  auto written = write_bundle(replica, {cli.name, cli.file, cli.with_photos, cli.lends, cli.volume_mb * 1'000'000});
  if (!written) return fail(cli, written.error());
  if (cli.as_json) {
    std::cout << json{{"files", written->files}, {"frames", written->frames}, {"lent", written->lent}, {"blobs", written->blobs}, {"bytes", written->bytes}, {"unreadable", written->unreadable}}.dump() << "\n";
    return written->unreadable ? data_error : ok;
  }
  for (auto& file : written->files) fmt::print("{}\n", file);
  fmt::print("{}\n", say(cli.speaks, {"{} pieces of work, {} photos and sounds, {} bytes; only members of the space can read it", "{} lot(s) de travail, {} photo(s) et son(s), {} octets ; seuls les membres de l'espace peuvent le lire",
                                      "{} stuk(ken) werk, {} foto('s) en geluid(en), {} bytes; alleen leden van de ruimte kunnen het lezen"},
                         written->frames, written->blobs, written->bytes));
  if (written->lent)
    fmt::print("{}\n", say(cli.speaks, {"with {} rows as the relay had them", "avec {} fiche(s) telles que le relais les avait", "met {} fiche(s) zoals het relais ze had"}, written->lent));
  if (written->unreadable == 0) return ok;
  fmt::print("{}\n", say(cli.speaks, {"{} photos and sounds cannot be read here and were left out: the disk may be failing", "{} photo(s) et son(s) ne se laissent pas lire ici et sont restés de côté : le disque est peut-être abîmé",
                                      "{} foto('s) en geluid(en) kunnen hier niet gelezen worden en zijn weggelaten: de schijf is misschien beschadigd"}, written->unreadable));
  return data_error;
}

int bundle_read(const Cli& cli, Replica& replica) {
  BundleRead read;
  std::optional<Error> broken;
  for (auto& file : cli.words)
    if (auto done = read_bundle(replica, file, read); !done) broken = done.error();
  if (cli.as_json) {
    json refused = json::array();
    for (auto& error : read.refused) refused.push_back(in_words(cli.speaks, error.text));
    std::cout << json{{"frames", read.frames}, {"known", read.known}, {"rows", read.rows}, {"borrowed", read.borrowed}, {"conflicts", read.conflicts}, {"waiting", read.waiting}, {"blobs", read.blobs}, {"apart", read.apart.size()}, {"locked", read.locked}, {"refused", refused}}.dump() << "\n";
  } else {
    for (auto& line : what_came(replica, cli.speaks, read)) fmt::print("{}\n", line);
    for (auto& line : what_is_missing(cli.speaks, read)) fmt::print("{}\n", line);
  }
  return broken ? fail(cli, *broken) : read.refused.empty() ? ok : data_error;
}

}  // namespace carnet
