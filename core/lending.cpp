// Lending and borrowing of what the relay said.
#include "core/lending.hpp"

#include <algorithm>
#include <set>

#include "core/replica_detail.hpp"
#include "core/text_cell.hpp"

namespace carnet {

namespace {

std::string borrowed_setting(SpaceId space) { return "borrowed/" + std::to_string(space.value); }

// The first complete exchange that found it here, or there, tells.
template <class Found>
Seq first(const std::vector<RelayView::Exchange>& exchanges, Found found) {
  auto at = std::partition_point(exchanges.begin(), exchanges.end(), [&](auto& exchange) { return !found(exchange); });
  return at == exchanges.end() ? Seq{} : at->head;
}

}  // namespace

Seq RelayView::borrowed() const {
  auto all = borrowed_;
  for (auto& loan : loans_) all = std::max(all, Seq{loan.head.value - 1});
  return all;
}

Seq RelayView::of_received(Seq seq) const {
  for (auto& loan : loans_)
    if (loan.low < seq && seq <= loan.high) return loan.head;
  return first(exchanges_, [&](auto& exchange) { return exchange.seq >= seq; });
}

// Of what was written here and came back from the relay nobody noted when.
Seq RelayView::of(const Version& version) const {
  if (version.received && version.stamp.device != own_) return of_received(version.seq);
  return first(exchanges_, [&](auto& exchange) { return exchange.acked >= version.seq && (!version.received || exchange.seq >= version.seq); });
}

// Conflict: a cell was written, or brought, since the relay was met. Resolution: it is not lent, and neither is who deleted or revived its row. Reason: what is missing
// from a cell that is lent counts as superseded there. Of a text nothing is, and what the relay had of it is lent.
Row lent(const Row& row, const RelayView& view, Seq had) {
  auto is_known = [&](const Version& version) {
    auto at = view.of(version);
    return !version.trail && at.value > 0 && at <= view.head();
  };
  auto is_news = [&](const Version& version) { return view.of(version) > had; };
  auto all_known = [&](const Cell& cell) { return std::all_of(cell.versions.begin(), cell.versions.end(), is_known); };
  bool is_settled = std::all_of(row.cells.begin(), row.cells.end(), all_known);
  bool is_dead = row.dead(), all = row.whole.value > 0 && view.of_received(row.whole) > had;
  Row lends;
  if (is_dead && !is_settled) return lends;
  for (auto& cell : row.cells) {
    if (is_dead && cell.column != life_column) break;
    bool is_text = cell.kind == Kind::text;
    if (!is_text && !(cell.column == life_column ? is_settled : all_known(cell))) continue;
    if (!all && std::none_of(cell.versions.begin(), cell.versions.end(), is_news)) continue;
    Cell part{cell.column, cell.kind, {}};
    for (auto& version : cell.versions) {
      if (is_text && !(is_known(version) && (all || is_news(version)))) continue;
      auto at = view.of(version);
      part.versions.push_back(version);
      auto& taken = part.versions.back();
      taken.seen = at <= had ? at : Seq{};
      taken.past.clear();
      taken.open.clear();
    }
    if (!part.versions.empty()) lends.cells.push_back(std::move(part));
  }
  return lends;
}

RelayView Replica::relay_view(SpaceId id) {
  auto seq = [](SQLite::Statement& row, int column) { return Seq{row.getColumn(column).getInt64()}; };
  std::vector<RelayView::Exchange> exchanges;
  Use heads(statement("SELECT seq,acked,head FROM carnet_head WHERE space=? ORDER BY seq"));
  heads->bind(1, static_cast<std::int64_t>(id.value));
  while (heads->executeStep()) exchanges.push_back({seq(*heads, 0), seq(*heads, 1), seq(*heads, 2)});
  std::vector<RelayView::Loan> loans;
  Use lent(statement("SELECT low,high,head FROM carnet_loan WHERE space=? ORDER BY high"));
  lent->bind(1, static_cast<std::int64_t>(id.value));
  while (lent->executeStep()) loans.push_back({seq(*lent, 0), seq(*lent, 1), seq(*lent, 2)});
  return {device_, std::move(exchanges), std::move(loans), Seq{std::stoll(setting(borrowed_setting(id)).value_or("0"))}};
}

// What the relay refused stands here and not there.
Lending Replica::to_lend(SpaceId id, Seq had) {
  Lending lending{id, had, relay_view(id), {}};
  std::set<RowKey> refused;
  for (auto& frame : quarantined())
    if (frame.space == id) refused.insert(frame.rows.begin(), frame.rows.end());
  Use all(statement("SELECT tbl,id,seq,rest IS NULL FROM carnet_row WHERE space=?"));
  all->bind(1, static_cast<std::int64_t>(id.value));
  while (all->executeStep()) {
    RowKey key{TableId{all->getColumn(0).getUInt()}, RowId{all->getColumn(1).getInt64()}};
    auto seq = all->getColumn(2).getInt64();
    bool is_old = all->getColumn(3).getInt() != 0 && seq < 0 && lending.view.of_received(Seq{-seq}) <= had;
    if (!is_old && !refused.contains(key)) lending.rows.push_back(key);
  }
  return lending;
}

Changeset Replica::lend(Lending& lending, std::size_t max_bytes) {
  Changeset changes{lending.space, {}, {}, {}};
  in_snapshot([&] {
    for (std::size_t bytes = 0; !lending.rows.empty(); lending.rows.pop_front()) {
      auto key = lending.rows.front();
      auto row = space_of(key) == lending.space ? lent(load(lending.space, key), lending.view, lending.had) : Row{};
      if (row.empty()) continue;
      auto more = row_weight(row);
      if (bytes && bytes + more > max_bytes) break;
      bytes += more;
      changes.rows.push_back({key, std::move(row)});
    }
  });
  return changes;
}

// A device's history is only of what passed by, which is enough here: what the relay has superseded since is not lent, and what somebody here wrote over is in it.
void Replica::pass_over_what_was_overwritten(RowChange& change) {
  auto mine = load({}, change.key);
  auto is_past = [&](const Cell& cell, const Version& version) {
    auto* held = mine.find(cell.column);
    if (held && std::any_of(held->versions.begin(), held->versions.end(), [&](auto& ours) { return ours.stamp == version.stamp; })) return false;
    Use select(statement("SELECT 1 FROM carnet_history WHERE tbl=? AND id=? AND col=? AND time=? AND device=?"));
    select->bind(1, static_cast<std::int64_t>(change.key.table.value));
    select->bind(2, change.key.id.value);
    select->bind(3, static_cast<std::int64_t>(cell.column.value));
    select->bind(4, static_cast<std::int64_t>(version.stamp.time));
    select->bind(5, static_cast<std::int64_t>(version.stamp.device.value));
    return select->executeStep();
  };
  for (auto& cell : change.row.cells)
    if (cell.kind != Kind::text) std::erase_if(cell.versions, [&](const Version& version) { return is_past(cell, version); });
  std::erase_if(change.row.cells, [](const Cell& cell) { return cell.versions.empty(); });
}

Applied Replica::borrow(Changeset changes, Seq head) {
  Applied applied;
  in_transaction([&] {
    auto view = relay_view(changes.space);
    std::erase_if(changes.rows, [&](RowChange& change) {
      auto here = space_of(change.key);
      if ((here && *here != changes.space) || !check_texts(here ? load(*here, change.key) : Row{}, change.row, Judge::relay)) return true;  // the relay will bring it
      pass_over_what_was_overwritten(change);
      return change.row.empty();
    });
    auto low = state(changes.space).seq;
    applied = apply(*this, changes, Authority{.is_relay = true, .upto = head, .relay_seq = [&](const Version& version) { return view.of(version); }});
    note_orphans(changes);
    note_loan(changes.space, {low, state(changes.space).seq, head});
  });
  return applied;
}

void Replica::note_loan(SpaceId id, const RelayView::Loan& loan) {
  if (loan.low == loan.high) return;
  Use note(statement("INSERT INTO carnet_loan(space,low,high,head) VALUES(?,?,?,?)"));
  note->bind(1, static_cast<std::int64_t>(id.value));
  note->bind(2, loan.low.value);
  note->bind(3, loan.high.value);
  note->bind(4, loan.head.value);
  note->exec();
}

void Replica::forget_loans(SpaceId id) {
  Use erase(statement("DELETE FROM carnet_loan WHERE space=?"));
  erase->bind(1, static_cast<std::int64_t>(id.value));
  erase->exec();
  unset(borrowed_setting(id));
}

void Replica::has_borrowed(SpaceId id, Seq head) { set(borrowed_setting(id), std::to_string(head.value)); }

}  // namespace carnet
