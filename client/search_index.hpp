// The full-text index of a replica: a file beside it that may go at any time and is made anew from the rows. It holds words, no texts, and
// for each row the mark that the row had. Where the digests of the spaces say that something changed, by whatever program, marks are
// compared and the rows that differ taken again, a thousand a transaction. What was written over stays as words that lead nowhere,
// until they are as many as the others; of a space that went nothing stays. One thread at a time; several processes may use one file.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "client/search_words.hpp"
#include "core/replica.hpp"

namespace carnet {

// What of a row can be found: its lines and texts, its choices in words of all three languages, and the names of the people and
// organisations that it names. Numbers, dates and hours are no words; devices and their holders are no rows that anybody looks for.
struct Findable {
  const Column* column;
  std::string text;
  bool is_title = false;
};
std::vector<Findable> findable(Replica& replica, RowKey key, const Row& row);  // in a snapshot
const Column* title_column(const Table& table);  // in which rows of this table say what they are about, if in any

// The file failed us: broken, full, or not ours to write.
struct IndexFault : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class SearchIndex {
 public:
  enum class Begin { with_what_is_there, anew };
  SearchIndex(Replica& replica, const std::string& path, Begin begin);  // what is of an older program is made anew too

  bool catch_up();  // one step towards what stands in the replica; false where all that stood at the first step is taken

  struct Candidate {
    RowKey key;
    double rank = 0;          // the greater the better
    std::int64_t latest = 0;  // unix seconds at which somebody last wrote in it
  };
  struct Candidates {
    std::vector<Candidate> best;  // first
    bool all = true;              // false: of what was written long ago not all was looked at
  };
  Candidates find(const std::vector<Term>& terms, std::optional<SpaceId> space);
  const Tokenizer& tokenizer() const { return *tokenizer_; }

 private:
  using States = std::map<std::int64_t, std::string>;  // by space
  struct Change {
    RowKey key;
    std::int64_t doc = 0;          // it has in the index, 0: none
    std::optional<SpaceId> space;  // none: it is on this device no more
    std::int64_t mark = 0;
  };

  void open(const std::string& path);
  void replace(const std::string& path);
  void make();
  void empty();
  States states_of_rows();
  States states_of_index();
  void begin_pass(const States& rows);
  bool step();
  std::vector<Change> next_changes();
  std::size_t take(const Change& change);
  void forget_names(const std::vector<Change>& changes);
  void end_pass();
  bool add_candidates(const std::string& words, std::optional<SpaceId> space, std::map<RowKey, Candidate>& to);

  Replica& replica_;
  std::unique_ptr<SQLite::Database> db_;
  std::unique_ptr<Tokenizer> tokenizer_;
  struct Pass {
    States goal;       // of the rows, when it began
    std::int64_t life; // of the file, which another process may have emptied since
    RowKey at;         // how far it is
    bool again = false;  // rows behind are to be taken again
  };
  std::optional<Pass> pass_;
};

}  // namespace carnet
