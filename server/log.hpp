// The relay's log: one JSON object a line, with time, level, event and what else there is to say. Devices and spaces stand there by their
// numbers: no names, and nothing that people wrote. From any thread.
#pragma once
#include <spdlog/common.h>

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace carnet {

struct LogField {
  LogField(std::string_view called, std::integral auto number) : name(called), value(static_cast<std::int64_t>(number)) {}
  LogField(std::string_view called, std::string text) : name(called), value(std::move(text)) {}
  std::string_view name;
  std::variant<std::int64_t, std::string> value;
};

void log_to_stderr(const std::string& level);  // this level and above: debug, info, warning, error
void log(spdlog::level::level_enum level, std::string_view event, const std::vector<LogField>& fields = {});
inline void log_debug(std::string_view event, const std::vector<LogField>& fields = {}) { log(spdlog::level::debug, event, fields); }
inline void log_info(std::string_view event, const std::vector<LogField>& fields = {}) { log(spdlog::level::info, event, fields); }
inline void log_warning(std::string_view event, const std::vector<LogField>& fields = {}) { log(spdlog::level::warn, event, fields); }
inline void log_error(std::string_view event, const std::vector<LogField>& fields = {}) { log(spdlog::level::err, event, fields); }

}  // namespace carnet
