// What the pages ask and get (client/API.md), without sockets: a request in, an answer out. Topics have their own files (api_rows.cpp,
// api_sync.cpp ...), each with a table of its routes. One thread at a time.
#pragma once
#include <nlohmann/json.hpp>

#include <map>
#include <string>
#include <vector>

#include "client/bundle_desk.hpp"
#include "client/home.hpp"

namespace carnet {

struct ApiRequest {
  std::string method, path;                  // the path without its query
  std::map<std::string, std::string> query;
  std::string body;
  bool from_phone = false;
};

// From the target of a request line. malformed where an escape is none.
Result<ApiRequest> read_target(const std::string& method, std::string_view target);

struct ApiResponse {
  int status = 200;
  std::string type = "application/json";
  std::string body;
};

struct Route;

// What only the program around the API can do.
class Errands {
 public:
  virtual ~Errands() = default;
  virtual Result<void> start_sync() = 0;  // busy: one runs already, or there is nothing to sync with
  virtual Result<void> call_near(const std::string& address) = 0;  // a device of the local network; see NearThread::call
  virtual nlohmann::json near_call() = 0;                          // the latest, as client/API.md tells it; null where there is none
  virtual void home_changed() = 0;        // a replica was made, or another one is shown
  virtual Result<nlohmann::json> open_door(bool open) = 0;  // for phones of the local network (client/API.md, Phones)
  virtual nlohmann::json door() = 0;
};

class Api {
 public:
  Api(Home& home, Machine& machine, Errands& errands) : home_(home), machine_(machine), errands_(errands), bundles_(home.file("carnet.db.bundles")) {}

  ApiResponse answer(const ApiRequest& request);
  // An error as the pages get it, in the language of the device.
  ApiResponse refuse(int status, const std::string& code, const Words& text);
  ApiResponse refuse(const Error& error);
  ApiResponse refuse_damaged();
  ApiResponse refuse_full();

  Home& home() { return home_; }
  Machine& machine() { return machine_; }
  Errands& errands() { return errands_; }
  BundleDesk& bundles() { return bundles_; }
  void home_changed();  // a replica was made, or another one is shown
  Language language();

 private:
  ApiResponse route(const ApiRequest& request);
  ApiResponse take(const Route& route, const ApiRequest& request, std::vector<std::string> parts);

  Home& home_;
  Machine& machine_;
  Errands& errands_;
  BundleDesk bundles_;
};

}  // namespace carnet
