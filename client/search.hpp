// Full-text search over the rows of a replica, for the command line and the pages. What is found is what search_index.hpp says; accents and case do not
// count, all words have to be in the row, the last one may be a beginning, quotes hold a phrase together (search_words.hpp). Each search first collects,
// so it finds what any tool has written by then. Without a file to keep the index in (a full disk, a folder that cannot be
// written) it is held in memory as long as this object lives. One thread at a time.
#pragma once
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "client/search_index.hpp"

namespace carnet {

struct Hit {
  RowKey row;
  std::string table;
  SpaceId space;
  std::string column;  // that holds most of what was looked for
  std::string title;   // the row's name, title or wording; else that of the person it is about, or of what it is part of
  std::vector<std::pair<std::string, bool>> snippet;  // pieces of the column's text, and whether they are what was found
};

struct Found {
  std::vector<Hit> hits;  // best first: titles before texts, rare words before common ones, of equals the newer
  bool more = false;
};

inline constexpr std::size_t most_hits = 200;

class Search {
 public:
  explicit Search(Replica& replica) : replica_(replica) {}
  Found find(const std::string& typed, std::optional<SpaceId> space, std::size_t limit = 20);
  // A step, of some milliseconds, of what find() does before it looks: for whoever has time to do it early. False: all that stood at the first step is taken.
  bool catch_up();

 private:
  template <class Work>
  auto with_index(const Work& work);
  std::optional<Hit> hit(RowKey key, const std::vector<Term>& terms);

  Replica& replica_;
  std::unique_ptr<SearchIndex> index_;
  enum class Trust { file, file_made_anew, memory } trust_ = Trust::file;
};

nlohmann::json in_json(const Found& found);  // hits as the pages get them (API.md)

}  // namespace carnet
