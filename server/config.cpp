#include "server/config.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <toml++/toml.h>

#include <filesystem>
#include <stdexcept>

namespace carnet {

namespace {

std::string text_of(const toml::node& node) {
  if (auto* text = node.as_string()) return text->get();
  if (auto* number = node.as_integer()) return std::to_string(number->get());
  if (auto* truth = node.as_boolean()) return truth->get() ? "true" : "false";
  throw std::runtime_error("has one value: a text in quotes, a whole number, true or false");
}

void set(CLI::Option& option, const std::string& text) {
  try {
    option.add_result(text);
    option.run_callback();
  } catch (const CLI::Error& fault) {
    std::string words = fault.what(), prefix = option.get_name() + ": ";
    throw std::runtime_error(words.starts_with(prefix) ? words.substr(prefix.size()) : words);
  }
}

CLI::Option& option_named(const std::string& key, const std::vector<CLI::App*>& apps) {
  for (auto* app : apps)
    if (auto* option = app->get_option_no_throw("--" + key); option && option->get_configurable()) return *option;
  throw std::runtime_error("there is no such option; `carnet-relay serve --help` lists them");
}

toml::table parsed(const std::string& path) {
  if (!std::filesystem::exists(path)) throw std::runtime_error(path + " is not there");
  try {
    return toml::parse_file(path);
  } catch (const toml::parse_error& fault) {
    throw std::runtime_error(fmt::format("{}:{}: this is no TOML: {}", path, fault.source().begin.line, fault.description()));
  }
}

}  // namespace

void read_config(const std::string& path, const std::vector<CLI::App*>& apps) {
  auto table = parsed(path);
  for (auto&& [key, node] : table) {
    try {
      auto& option = option_named(std::string(key.str()), apps);
      auto text = text_of(node);
      if (option.count() == 0) set(option, text);
    } catch (const std::runtime_error& fault) {
      throw std::runtime_error(fmt::format("{}:{}: {}: {}", path, key.source().begin.line, std::string(key.str()), fault.what()));
    }
  }
}

}  // namespace carnet
