// Rows that become other rows: of an export, of another space, or of what a relay refused. Owners come first, references among the rows
// are kept, and all of them are added or none.
#pragma once
#include <nlohmann/json.hpp>

#include <map>

#include "core/replica.hpp"

namespace carnet {

// References to rows that are not among these and not in the space: refused by name, or left out where they may be missing.
enum class Strangers { refuse, leave_out };

using Copied = std::map<std::int64_t, std::int64_t>;  // ids there to ids here

// `rows` as Notebook::row() gives them. A row whose key is there already is updated. The caller has a transaction open.
Result<Copied> copy_rows(Replica& replica, SpaceId to, const nlohmann::json& rows, Strangers strangers);

// A copy of this row and its parts in another space, which says where it comes from. Returns its id.
Result<RowId> publish(Replica& replica, RowId id, SpaceId to);

// What was refused, in another space: the refused rows are dropped. Returns the number of rows.
Result<std::size_t> move_refused(Replica& replica, std::int64_t number, SpaceId to);
// What was refused (under this number; 0: all of it) goes again, and what was kept aside of spaces that are here comes back. Returns the number of rows.
Result<std::size_t> retry_refused(Replica& replica, std::int64_t number);
// What was kept aside of a space that is there again, as edits of its rows, or as new ones, under the ids that they had where those are free.
Result<std::size_t> put_back(Replica& replica, const Replica::Quarantined& frame);

}  // namespace carnet
