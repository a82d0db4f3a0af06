#include "server/database.hpp"

#include <filesystem>

namespace carnet {

DatabaseStep::DatabaseStep(Database& db) : db_(db), is_part_(db.in_transaction()) {
  if (is_part_) db_.run("SAVEPOINT step");
  else db_.begin(true);
}

DatabaseStep::~DatabaseStep() {
  if (done_ || !db_.in_transaction()) return;
  if (!is_part_) {
    db_.roll_back();
    return;
  }
  try {
    db_.run("ROLLBACK TO SAVEPOINT step");
    db_.run("RELEASE SAVEPOINT step");
    db_.settle();
  } catch (const StoreFault&) {  // the transaction is lost as a whole, which its owner hears at the next word
  }
}

void DatabaseStep::commit() {
  if (is_part_) {
    db_.run("RELEASE SAVEPOINT step");
    db_.settle();
  } else {
    db_.commit();
  }
  done_ = true;
}

bool is_postgres(std::string_view place) { return place.starts_with("postgresql://") || place.starts_with("postgres://"); }

std::unique_ptr<Database> open_database(const std::string& place) { return is_postgres(place) ? open_postgres(place) : open_sqlite(place, false); }

std::unique_ptr<Database> open_new_database(const std::string& place) {
  bool is_file = !is_postgres(place);
  if (is_file && std::filesystem::exists(place)) throw std::runtime_error(place + " exists already: a relay was made here before");
  auto db = is_file ? open_sqlite(place, true) : open_postgres(place);
  if (db->has_table("store")) throw std::runtime_error("this database holds the store of a relay already");
  return db;
}

}  // namespace carnet
