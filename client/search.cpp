#include "client/search.hpp"

#include <algorithm>
#include <filesystem>

#include "core/text_cell.hpp"

namespace carnet {

using nlohmann::json;

namespace {

constexpr std::size_t snippet_bytes = 180, title_bytes = 160;
constexpr int owners_up = 8;  // from a part to what it is part of

std::size_t end_of_character(std::string_view text, std::size_t at) {
  while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80) ++at;
  return at;
}

// What would break a line or command a terminal is a blank.
std::string on_one_line(std::string_view text) {
  std::string line(text);
  for (auto& c : line)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  return line;
}

std::string shortened(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return on_one_line(text);
  auto end = end_of_character(text, bytes);
  auto blank = text.substr(0, end).rfind(' ');
  return on_one_line(text.substr(0, blank == std::string_view::npos || blank < bytes / 2 ? end : blank)) + (end < text.size() ? "…" : "");
}

// The words from `first` on that fit into a snippet.
std::size_t last_that_fits(const std::vector<Word>& words, std::size_t first) {
  auto last = first;
  while (last + 1 < words.size() && words[last + 1].end - words[first].begin <= snippet_bytes) ++last;
  return last;
}

// Where a snippet begins: it shows as many of the terms as it can, and some words before the first one of them.
std::size_t best_start(const std::vector<Word>& words, const std::vector<int>& by) {
  std::size_t best = 0, best_terms = 0;
  for (std::size_t first = 0; first < words.size(); ++first) {
    if (by[first] < 0) continue;
    std::vector<int> shown;
    for (auto k = first, last = last_that_fits(words, first); k <= last; ++k)
      if (by[k] >= 0 && std::find(shown.begin(), shown.end(), by[k]) == shown.end()) shown.push_back(by[k]);
    if (shown.size() > best_terms) best = first, best_terms = shown.size();
  }
  auto back = best;
  while (back > 0 && words[best].begin - words[back - 1].begin <= snippet_bytes / 4) --back;
  return words[last_that_fits(words, back)].begin >= words[best].begin ? back : best;
}

std::vector<std::pair<std::string, bool>> snippet_of(const std::string& text, const std::vector<Word>& words, const std::vector<int>& by) {
  std::vector<std::pair<std::string, bool>> pieces;
  auto add = [&](std::size_t begin, std::size_t end, bool found) {
    if (begin >= end) return;
    if (pieces.empty() || pieces.back().second != found) pieces.push_back({"", found});
    pieces.back().first += shortened(std::string_view(text).substr(begin, end - begin), snippet_bytes);
  };
  auto first = best_start(words, by), last = last_that_fits(words, first);
  auto at = first ? words[first].begin : 0;
  if (first) pieces.push_back({"…", false});
  for (auto k = first; k <= last; ++k) {
    bool goes_on = k > first && by[k] >= 0 && by[k] == by[k - 1];  // of a phrase
    add(at, words[k].begin, goes_on);
    add(words[k].begin, words[k].end, by[k] >= 0);
    at = words[k].end;
  }
  if (last + 1 == words.size()) add(at, text.size(), false);
  else if (pieces.back().second) pieces.push_back({"…", false});
  else pieces.back().first += "…";
  return pieces;
}

RowKey target_of(Replica& replica, const Row& row, const Column& column) {
  auto* cell = row.find(ColumnId{column.number});
  auto value = cell ? shown_value(*cell) : Value{};
  auto* id = std::get_if<std::int64_t>(&value);
  return id ? RowKey{TableId{replica.schema().find(column.target)->number}, RowId{*id}} : RowKey{};
}

// The row whose title stands for one that has none: a person whom it is about where it could have a name of its own, else what it is
// part of, else the first that it names.
RowKey stands_for(Replica& replica, const Table& table, const Row& row) {
  bool could_have = title_column(table) != nullptr;
  for (auto wanted : {0, 1, 2})
    for (auto& column : table.columns) {
      if (column.type != Type::reference) continue;
      bool fits = wanted == 0 ? could_have && column.target == "person" : wanted == 1 ? column.is_owner : true;
      if (auto key = target_of(replica, row, column); fits && key.id.value) return key;
    }
  return {};
}

std::string title_of(Replica& replica, RowKey key) {
  for (int up = 0; up < owners_up && key.id.value; ++up) {
    auto* table = replica.schema().find(key.table);
    auto row = replica.load({}, key);
    if (!table || row.dead()) break;
    if (auto* title = title_column(*table))
      if (auto* cell = row.find(ColumnId{title->number})) {
        auto value = shown_value(*cell);
        if (auto* text = std::get_if<std::string>(&value)) return shortened(*text, title_bytes);
      }
    key = stands_for(replica, *table, row);
  }
  return {};
}

}  // namespace

// Each fault of the file costs one try: as it is, made anew, and at last none.
template <class Work>
auto Search::with_index(const Work& work) {
  for (;;)
    try {
      if (!index_) {
        auto path = trust_ == Trust::memory ? ":memory:" : replica_.database().getFilename() + ".search";
        index_ = std::make_unique<SearchIndex>(replica_, path, trust_ == Trust::file_made_anew ? SearchIndex::Begin::anew : SearchIndex::Begin::with_what_is_there);
      }
      return work(*index_);
    } catch (const IndexFault&) {
      index_.reset();
      if (trust_ == Trust::memory) throw;
      trust_ = trust_ == Trust::file ? Trust::file_made_anew : Trust::memory;
    }
}

bool Search::catch_up() {
  return with_index([](SearchIndex& index) { return index.catch_up(); });
}

Found Search::find(const std::string& typed, std::optional<SpaceId> space, std::size_t limit) {
  limit = std::clamp<std::size_t>(limit, 1, most_hits);
  std::vector<Term> terms;
  auto candidates = with_index([&](SearchIndex& index) {
    while (index.catch_up()) {}
    terms = terms_of(index.tokenizer(), typed);
    return index.find(terms, space);
  });
  Found found;
  found.more = !candidates.all;
  replica_.in_snapshot([&] {
    for (auto& candidate : candidates.best) {
      if (found.hits.size() == limit) {
        found.more = true;
        return;
      }
      if (auto shown = hit(candidate.key, terms)) found.hits.push_back(std::move(*shown));
    }
  });
  return found;
}

// As the row is now: another program may have written since the index was looked at.
std::optional<Hit> Search::hit(RowKey key, const std::vector<Term>& terms) {
  auto space = replica_.space_of(key);
  if (!space) return {};
  auto& tokenizer = index_->tokenizer();
  std::optional<Hit> best;
  std::size_t most = 0;
  bool is_title = false;
  for (auto& each : findable(replica_, key, replica_.load(*space, key))) {
    auto words = tokenizer(each.text);
    auto matched = match(words, terms);
    bool better = matched.terms > most || (matched.terms && matched.terms == most && each.is_title && !is_title);
    if (!better) continue;
    most = matched.terms;
    is_title = each.is_title;
    best = {key, std::string(replica_.schema().find(key.table)->name), *space, std::string(each.column->name), {}, snippet_of(each.text, words, matched.by)};
  }
  if (best) best->title = title_of(replica_, key);
  return best;
}

json in_json(const Found& found) {
  json hits = json::array();
  for (auto& hit : found.hits) {
    json snippet = json::array();
    for (auto& [text, is_found] : hit.snippet) snippet.push_back(json::array({text, is_found}));
    hits.push_back({{"id", hit.row.id.value}, {"table", hit.table}, {"space", hit.space.value}, {"column", hit.column}, {"title", hit.title}, {"snippet", snippet}});
  }
  return {{"hits", hits}, {"more", found.more}};
}

}  // namespace carnet
