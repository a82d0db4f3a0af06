// A device's folder with the pages' API over it, without sockets: requests in, answers out.
#pragma once
#include <filesystem>
#include <string>

#include "client/agent_loop.hpp"
#include "client/api.hpp"
#include "client/near.hpp"
#include "core/domain.hpp"
#include "tests/village.hpp"

namespace carnet::test {

class Office final : public Errands {
 public:
  struct Said {
    int status = 0;
    nlohmann::json body;
    nlohmann::json& operator[](const char* name) { return body[name]; }
    std::string code() const { return body.at("error").at("code"); }
    std::string text() const { return body.at("error").at("text"); }
    std::string column() const { return body.at("error").value("column", ""); }
  };

  explicit Office(const std::string& folder) : home(folder), api(home, machine, *this) {}
  // With the replica of a device of the village, which goes on with its own connection as an agent does.
  explicit Office(Village& village, std::uint32_t number = 1) : Office(beside(village, number)) {}

  Said ask(const std::string& method, const std::string& target, const nlohmann::json& body = {}) { return raw(method, target, body.is_null() ? "" : body.dump()); }
  Said raw(const std::string& method, const std::string& target, const std::string& body = "") {
    auto request = read_target(method, target);
    if (!request) return {400, {}};
    request->body = body;
    request->from_phone = from_phone;
    auto answer = api.answer(*request);
    return {answer.status, answer.body.empty() ? nlohmann::json() : nlohmann::json::parse(answer.body)};
  }
  Said get(const std::string& target) { return ask("GET", target); }
  Said post(const std::string& target, const nlohmann::json& body = nlohmann::json::object()) { return ask("POST", target, body); }
  Said patch(std::int64_t id, const nlohmann::json& fields, const nlohmann::json& opened_at = nlohmann::json::object()) { return ask("PATCH", of(id), {{"fields", fields}, {"opened_at", opened_at}}); }

  static std::string of(std::int64_t id, const std::string& end = "") { return "/api/rows/" + std::to_string(id) + end; }
  Said wish(const std::string& table, const nlohmann::json& fields, const nlohmann::json& id = {}) {
    nlohmann::json body{{"table", table}, {"space", town.value}, {"fields", fields}};
    if (!id.is_null()) body["id"] = id;
    return post("/api/rows", body);
  }
  std::int64_t add(const std::string& table, const nlohmann::json& fields) {
    auto said = wish(table, fields);
    if (said.status != 201) throw std::runtime_error(said.body.dump());
    return said["row"]["id"];
  }
  nlohmann::json row(std::int64_t id) { return get(of(id))["row"]; }

  Result<void> start_sync() override { ++syncs; return {}; }
  Result<void> call_near(const std::string& address) override {
    called = address;
    return is_place(address);
  }
  nlohmann::json near_call() override { return called.empty() ? nlohmann::json() : nlohmann::json{{"address", called}}; }
  void home_changed() override { ++changes; }
  Result<nlohmann::json> open_door(bool open) override { return nlohmann::json{{"on", open}}; }
  nlohmann::json door() override { return {{"on", false}}; }

  int syncs = 0, changes = 0;
  std::string called;
  bool from_phone = false;
  Home home;
  LinuxMachine machine;
  Api api;

 private:
  static std::string beside(Village& village, std::uint32_t number) {
    auto& device = village.device(number, domain());
    auto folder = village.dir.file("office" + std::to_string(number));
    std::filesystem::create_directories(folder);
    std::filesystem::create_symlink(device.path, folder + "/carnet.db");
    return folder;
  }
};

}  // namespace carnet::test
