#include "server/log.hpp"

#include <fmt/chrono.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <nlohmann/json.hpp>

namespace carnet {

namespace {

std::string now_text() {
  using namespace std::chrono;
  auto now = system_clock::now();
  auto milliseconds = duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1'000;
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(system_clock::to_time_t(now)), milliseconds);
}

std::string name_of(spdlog::level::level_enum level) {
  auto name = spdlog::level::to_string_view(level);
  return {name.data(), name.size()};
}

}  // namespace

void log_to_stderr(const std::string& level) {
  auto logger = std::make_shared<spdlog::logger>("relay", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_pattern("%v");
  logger->set_level(spdlog::level::from_str(level));
  spdlog::set_default_logger(logger);
}

void log(spdlog::level::level_enum level, std::string_view event, const std::vector<LogField>& fields) {
  if (!spdlog::should_log(level)) return;
  nlohmann::ordered_json line{{"time", now_text()}, {"level", name_of(level)}, {"event", event}};
  for (auto& field : fields) std::visit([&](auto& value) { line[std::string(field.name)] = value; }, field.value);
  auto text = line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  spdlog::default_logger_raw()->log(level, spdlog::string_view_t(text.data(), text.size()));
}

}  // namespace carnet
