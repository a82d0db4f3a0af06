// What the pages may be asked: whatever comes, an answer in JSON with a status that the contract knows, nothing is thrown, nothing is taken for
// damage, and the replica holds together.
//   input = lines of METHOD TARGET BODY
#include <set>

#include "tests/client/office.hpp"
#include "tests/fuzz/target.hpp"

namespace carnet::test {

namespace {

constexpr std::size_t most_lines = 30;

// A device with rows, an open conflict and a text to read again. Ids from 1 << 33 | 1 on: a factor, a question, its sub-question, a visit.
const std::string& model() {
  static Village village;
  static const std::string path = [] {
    Office here(village, 1), there(village, 2);
    auto factor = here.add("factor", {{"description", "Un puits."}, {"score", 1}});
    auto question = here.add("learning_question", {{"wording", "Comment ?"}});
    here.add("sub_question", {{"question", question}, {"text", "Quoi ?"}, {"priority", "must"}});
    auto visit = here.add("visit", {{"title", "Visite"}, {"starts_on", "2025-03-10"}});
    here.add("visit_day", {{"visit", visit}, {"day", "2025-03-10"}, {"unexpected", "La pluie"}});
    village.settle();
    for (auto& [office, score, text] : {std::tuple{&here, 4, "Un grand puits."}, {&there, 7, "Un puits neuf."}})
      office->patch(factor, {{"score", score}, {"description", text}}, {{"description", office->get(Office::of(factor))["versions"]["description"]}});
    village.settle();
    village.device(1).replica->database().exec("PRAGMA wal_checkpoint(TRUNCATE)");
    return village.device(1).path;
  }();
  return path;
}

std::string complaint_of(Office& office, std::string_view line) {
  static const std::set<int> known{200, 201, 202, 204, 400, 403, 404, 405, 409, 413, 422, 503};
  auto method = line.substr(0, line.find(' '));
  line.remove_prefix(std::min(line.size(), method.size() + 1));
  auto target = line.substr(0, line.find(' '));
  line.remove_prefix(std::min(line.size(), target.size() + 1));
  auto said = office.raw(std::string(method), std::string(target), std::string(line));
  if (!known.contains(said.status)) return "status " + std::to_string(said.status) + ": " + said.body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  bool refused = said.status >= 400 && !said.body.is_null();  // where even the target is none, the server answers
  if (refused && (said.code().empty() || said.text().empty())) return "a refusal without a reason";
  return office.home.damage() ? "it takes the replica for damaged: " + *office.home.damage() : "";
}

}  // namespace

std::string try_input(std::string_view bytes) {
  static TempDir dir;
  auto folder = dir.file("tried");
  try {
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
    std::filesystem::copy_file(model(), folder + "/carnet.db");
    Office office(folder);
    for (std::size_t lines = 0; !bytes.empty() && lines < most_lines; ++lines) {
      auto line = bytes.substr(0, bytes.find('\n'));
      bytes.remove_prefix(std::min(bytes.size(), line.size() + 1));
      office.from_phone = lines % 4 == 3;
      if (auto complaint = complaint_of(office, line); !complaint.empty()) return complaint + " after " + std::string(line);
    }
    auto& replica = *office.home.replica();
    for (auto& space : replica.spaces())
      if (replica.recount(space.id) != replica.space(space.id).digest) return "the replica's digest is not that of its rows";
    return "";
  } catch (const std::exception& fault) {
    return std::string("it threw: ") + fault.what();
  }
}

}  // namespace carnet::test
