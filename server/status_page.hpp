// How spaces and devices stand, for the coordinators of a space: its admins, and of theirs only. As JSON, and as a page in French, Dutch and
// English without script. From any thread.
#pragma once
#include <map>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "server/accounts.hpp"
#include "server/sql_store.hpp"

namespace carnet {

class StatusPage {
 public:
  enum class Language { french, dutch, english };
  static Language language(std::string_view accepted);  // of an Accept-Language; French where it names none of ours

  nlohmann::json state(SqlStore& store, PersonId admin, std::int64_t now);  // in a reading transaction

  static std::string html(const nlohmann::json& state, Language language);
  static std::string without_link(Language language);
  static std::string on_the_way(Language language);  // to the page itself, from a link with a token
  static std::string html_fields();  // of their head: what such a page may do, which is nothing

 private:
  std::int64_t open_conflicts(SqlStore& store, SpaceId space);

  // Of each space at its head of then: they are counted by looking at every row.
  std::mutex mutex_;
  std::map<SpaceId, std::pair<Seq, std::int64_t>> counted_;
};

}  // namespace carnet
