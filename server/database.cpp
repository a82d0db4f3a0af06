#include "server/database.hpp"

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

}  // namespace carnet
