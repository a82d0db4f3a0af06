// The subcommands of carnet-relay about accounts: who may do what, and how much.
#pragma once
#include <memory>
#include <optional>

#include "server/sql_store.hpp"

namespace CLI {
class App;
}

namespace carnet {

class AccountCommands {
 public:
  AccountCommands(CLI::App& app, CLI::App& device);  // `device`: the subcommand of that name
  ~AccountCommands();
  std::optional<int> run(SqlStore& store);  // what the program ends with, where one of them was given

 private:
  struct Wishes;
  std::unique_ptr<Wishes> wishes_;
};

// What somebody who comes into a space is to receive on each device.
struct Load {
  std::int64_t rows = 0, bytes = 0;  // packed
};
Load load_of(SqlStore& store, SpaceId space);

}  // namespace carnet
