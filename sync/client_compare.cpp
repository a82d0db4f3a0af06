// The device's half of an exchange in which both sides compare their rows: which of them differ, and who sends what.
#include <algorithm>

#include "sync/client_session.hpp"

namespace carnet {

bool ClientSession::put_question() {
  bool put = false;
  for (auto& [space, comparison] : comparisons_) {
    if (!comparison.asks) continue;
    auto had = comparison.difference ? comparison.difference->read() : 0;
    if (!comparison.difference) {
      comparison.upto = replica_.space(space).seq;
      comparison.rows = replica_.row_digests(space);
      std::vector<std::uint64_t> digests;
      for (auto& [digest, key] : comparison.rows) digests.push_back(digest);
      comparison.difference.emplace(std::move(digests));
    }
    std::uint64_t sum = 0;
    for (auto& [digest, key] : comparison.rows) sum += digest;
    out_.put(encode(Compare{space, had, sum}, Direction::up, epoch_));
    comparison.asks = false;
    put = true;
  }
  return put;
}

void ClientSession::put_wants() {
  for (auto& [space, comparison] : comparisons_)
    for (std::size_t k = 0; k < comparison.wants.size(); k += max_wanted) {
      auto from = comparison.wants.begin() + static_cast<std::ptrdiff_t>(k);
      auto count = std::min(max_wanted, comparison.wants.size() - k);
      out_.put(encode(Want{space, {from, from + static_cast<std::ptrdiff_t>(count)}}, Direction::up, epoch_));
    }
}

void ClientSession::take(const Sketched& sketched) {
  auto at = comparisons_.find(sketched.space);
  bool expected = at != comparisons_.end() && at->second.difference && !at->second.asks && !at->second.done && sketched.first == at->second.difference->read();
  if (!expected) return fail({Code::malformed, "the relay sent symbols that nobody asked for"});
  auto& comparison = at->second;
  auto& difference = *comparison.difference;
  if (sketched.symbols.empty()) return compared(sketched.space, {}, {}, sketched.head);
  if (sketched.first == 0) comparison.rows_there = static_cast<std::size_t>(std::max<std::int64_t>(sketched.symbols.front().count, 0));
  if (comparison.rows_there == 0) {  // the relay has nothing
    std::vector<std::uint64_t> all;
    for (auto& [digest, key] : comparison.rows) all.push_back(digest);
    return compared(sketched.space, all, {}, sketched.head);
  }
  difference.add(sketched.symbols);
  if (difference.found()) return compared(sketched.space, difference.only_ours(), difference.only_theirs(), sketched.head);
  auto rows = std::max(comparison.rows.size(), comparison.rows_there);
  bool too_many = difference.read() >= max_symbols || difference.read() > std::max(rows / 2, 2 * first_symbols);  // nearly all differ
  if (!too_many) comparison.asks = true;
  else if (mend(Mode::everything)) end(Outcome::again);
}

// Now it is known which rows differ: ours go up, theirs are asked for.
void ClientSession::compared(SpaceId space, const std::vector<std::uint64_t>& only_ours, const std::vector<std::uint64_t>& only_theirs, Seq head) {
  auto& comparison = comparisons_.at(space);
  std::vector<RowKey> differ;
  for (auto digest : only_ours) {
    auto row = std::lower_bound(comparison.rows.begin(), comparison.rows.end(), std::pair(digest, RowKey{}));
    if (row == comparison.rows.end() || row->first != digest) return fail({Code::malformed, "the relay's symbols name rows that nobody has"});
    differ.push_back(row->second);
  }
  leave_to_writers(space, differ);
  replica_.start_over(space, comparison.upto, had_at(head), &differ);
  sent_[space] = Seq{};
  comparison.wants = only_theirs;
  comparison.done = true;
  report_.mended += std::max(only_ours.size(), only_theirs.size());
}

}  // namespace carnet
