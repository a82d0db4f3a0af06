// What the topics of the API share. Not for others.
#pragma once
#include <optional>
#include <span>

#include "client/api.hpp"
#include "client/complaints.hpp"
#include "client/notebook.hpp"

namespace carnet {

// A request that a route has taken up.
struct Asked {
  Api& api;
  const ApiRequest& request;
  std::vector<std::string> parts;  // of the path, where the route has a *
  nlohmann::json body;             // an object; null for GET

  Replica& replica() { return *api.home().replica(); }
  Notebook notebook() { return Notebook(replica(), Notebook::Spaces::numbered); }
  std::int64_t number(std::size_t part = 0) const { return std::strtoll(parts[part].c_str(), nullptr, 10); }
};

// What an answer is made of: JSON with its status, or what is wrong with the wish.
struct Answer {
  nlohmann::json body;
  int status = 200;
};
using Answered = Result<Answer>;

struct Route {
  enum class Needs { nothing, replica, writing };  // writing: a replica that is not damaged
  const char* method;
  const char* path;  // # stands for a number, * for any name
  Needs needs;
  Answered (*answer)(Asked& asked);
  bool machine_only = false;  // phones may not
};

std::span<const Route> device_routes();
std::span<const Route> row_routes();
std::span<const Route> conflict_routes();
std::span<const Route> sync_routes();
std::span<const Route> media_routes();
std::span<const Route> bundle_routes();

// Members of a body, or of the query; malformed where they are of another type.
Result<std::int64_t> whole_of(const nlohmann::json& body, const char* name);
Result<std::string> text_of(const nlohmann::json& body, const char* name);
Result<std::optional<std::int64_t>> whole_in_query(const ApiRequest& request, const std::string& name);
Result<SpaceId> space_of(Replica& replica, std::int64_t number);
Error malformed(const std::string& what);

// {"row", "versions"}
nlohmann::json row_and_versions(Notebook& notebook, RowKey key);

}  // namespace carnet
