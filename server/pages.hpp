// What the relay answers to GET, without knowing of HTTP more than it has to: GET /healthz says whether the store answers; /status and
// /status.json tell coordinators how their spaces and devices stand (server/status_page.hpp). From any thread.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "server/keys.hpp"
#include "server/sql_store.hpp"
#include "server/status_link.hpp"
#include "server/status_page.hpp"

namespace carnet {

struct PageRequest {
  std::string target, authorization, cookie, languages;  // the last as Accept-Language has it
  std::string_view path() const { return std::string_view(target).substr(0, target.find('?')); }
};

struct Page {
  std::string status = "200 OK", type = "text/plain; charset=utf-8", body = {}, fields = {};  // of its head, each with its end of line
};

bool is_page(const PageRequest& request);
bool is_page_of_metrics(const PageRequest& request);  // at the door for numbers
bool is_metrics(const PageRequest& request);
Page no_page();
Page out_of_order();  // the store does not answer

class Pages {
 public:
  explicit Pages(const MasterKey& keys) : keys_(keys) {}  // which live as long as this
  Page answer(const PageRequest& request, SqlStore& store, std::int64_t now);  // in a reading transaction; throws faults of the store

 private:
  Page status(const PageRequest& request, SqlStore& store, std::int64_t now);
  std::optional<StatusLink> admitted(std::string_view token, SqlStore& store, std::int64_t now);

  const MasterKey& keys_;
  StatusPage page_;
};

}  // namespace carnet
