// The administration space: what its officers write there (core/domain_administration.cpp) are wishes, which this carries out through Accounts
// and SqlStore, as the operator's commands do; and what the accounts say stands there again, under the relay's own number.
// Made and used once by a commit of SqlStore, in its transaction. A wish that cannot be met gets its reason as its outcome, stays as it
// was written, and is tried again with every later frame.
// Accounts win over rows, but for what an officer wrote: a value is a wish only under another number than the relay's. So an officer's
// wishes that a restored relay gets back are carried out again, and its own old words are not taken for anybody's.
#pragma once
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "server/accounts.hpp"
#include "server/sql_store.hpp"

namespace carnet {

class Administration {
 public:
  // Without keys no invite is made; those that are asked for go on waiting. `now`: unix seconds.
  Administration(SqlStore& store, SqlStore::Office office, const Keys* keys, std::int64_t now);
  void carry_out(const std::set<RowKey>& written);

 private:
  using Fields = std::map<std::string_view, Value>;

  void read();
  void attempt(RowKey key, const Row& row);
  // Each carries out one wish and returns the number of what the row stands for; throws NotDone.
  std::int64_t wish(RowKey key, const Row& row);
  std::int64_t wish_organisation(RowKey key, const Row& row);
  std::int64_t wish_person(RowKey key, const Row& row);
  std::int64_t wish_space(RowKey key, const Row& row);
  std::int64_t wish_device(RowKey key, const Row& row);
  std::int64_t wish_member(RowKey key, const Row& row);
  std::int64_t wish_invite(RowKey key, const Row& row);
  std::int64_t make_invite(RowKey key, const Row& row);
  bool was_made(RowKey key, const Row& row) const;  // an invite, by the relay
  void keep_name(RowKey key, const Row& row, std::int64_t number);
  void set_state(DeviceId device, const std::string& wished);

  // What the accounts say, as rows.
  void mirror();
  void mirror_members();
  void mirror_invites();
  void put(TableId table, std::int64_t number, Fields fields);
  void put(RowKey key, Fields fields);
  void write();

  // The number that the row stands for, 0: none; and the row that stands for it, made where there is none.
  std::int64_t number_of(RowKey key);
  std::int64_t referred(RowKey key, const Row& row, std::string_view column, TableId table);  // throws where that is not carried out
  RowId row_of(TableId table, std::int64_t number);
  void bind(RowKey key, std::int64_t number);
  bool exists(TableId table, std::int64_t number);

  const Version* shown(RowKey key, const Row& row, std::string_view column) const;
  std::string text(RowKey key, const Row& row, std::string_view column) const;
  std::int64_t integer(RowKey key, const Row& row, std::string_view column) const;
  bool is_wish(RowKey key, const Row& row, std::string_view column) const;  // somebody else than the relay wrote what stands there
  std::string state_of(DeviceId device);

  SqlStore& store_;
  Database& db_;
  Accounts accounts_;
  SqlStore::Office office_;
  const Keys* keys_;
  std::int64_t now_;
  PersonId self_;  // the relay's person
  std::map<RowKey, Row> rows_;
  std::map<RowKey, std::int64_t> numbers_;
  std::map<std::pair<TableId, std::int64_t>, RowId> ids_;
  std::set<RowKey> not_done_;
  std::map<RowKey, Fields> fields_;  // to be written
};

}  // namespace carnet
