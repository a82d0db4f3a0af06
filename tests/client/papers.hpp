// What is printed of a device's rows, and how to read what comes out.
#pragma once
#include <fmt/format.h>
#include <zip.h>

#include <catch2/catch.hpp>
#include <functional>
#include <map>
#include <pugixml.hpp>

#include "client/notebook.hpp"
#include "client/paper.hpp"
#include "client/paper/tools.hpp"
#include "core/blob.hpp"
#include "core/domain.hpp"
#include "tests/village.hpp"

namespace carnet::test {

// Of one device, with one row of every table or what a test adds.
struct Papers {
  TempDir dir;
  Device device{dir, 3, domain()};
  Notebook notebook{*device.replica};
  std::map<std::string, std::int64_t, std::less<>> ids;  // the latest of each table

  std::int64_t add(const std::string& table, const Notebook::Fields& fields) {
    auto id = notebook.add(town, table, fields);
    if (!id) throw std::runtime_error(id.error().text);
    return ids[table] = id->value;
  }
  // Every column of every table that people fill in has a value; texts are made by `text_of`.
  void fill(const std::function<std::string(const Table&, const Column&)>& text_of) {
    for (auto& table : domain().tables) {
      if (table.number > 36) continue;
      Notebook::Fields fields;
      for (auto& column : table.columns) fields.push_back({std::string(column.name), value(table, column, text_of)});
      add(std::string(table.name), fields);
    }
  }
  // Whose papers there are, and nothing in them.
  void begin(const std::string& town_name = "Covè") {
    add("organisation", {{"name", town_name}});
    add("project", {{"organisation", ids["organisation"]}, {"name", "Marché"}});
    add("visit", {{"guest", ids["organisation"]}, {"starts_on", "2025-03-10"}, {"ends_on", "2025-03-14"}});
    add("exchange", {{"kind", "bilateral"}});
  }
  RowId target(const Tool& tool) { return RowId{ids.find(tool.target)->second}; }
  form::Document document(const Tool& tool, Language language) { return *document_of(*device.replica, tool.name, target(tool), language); }
  std::string print(const std::string& tool, Format format, Language language = Language::french) {
    auto printed = paper(*device.replica, tool, target(*find_tool(tool)), format, language);
    if (!printed) throw std::runtime_error(printed.error().text);
    return printed->bytes;
  }

 private:
  nlohmann::json value(const Table& table, const Column& column, const std::function<std::string(const Table&, const Column&)>& text_of) {
    if (column.name == "about_table") return domain().find("journal_entry")->number;
    switch (column.type) {
      case Type::line: case Type::prose: return text_of(table, column);
      case Type::reference: return ids.at(std::string(column.target));
      case Type::row: return ids.at("journal_entry");
      case Type::code: return std::string(column.choices.front().code);
      case Type::date: return "2025-03-11";
      case Type::time: return "09:30";
      case Type::media: return carnet::text_of({"image/jpeg", 5, hash_of("photo")});
      case Type::preview: return "data:image/webp;base64,AAAA";
      default: return 1;
    }
  }
};

inline std::string marker(const Table& table, const Column& column) { return fmt::format("[{}.{}]", table.name, column.name); }

using Parts = std::map<std::string, std::string>;  // of a DOCX, by their names

inline Parts unzip(const std::string& bytes) {
  zip_error_t error;
  auto* archive = zip_open_from_source(zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error), ZIP_RDONLY | ZIP_CHECKCONS, &error);
  REQUIRE(archive);
  Parts parts;
  for (zip_int64_t k = 0; k < zip_get_num_entries(archive, 0); ++k) {
    zip_stat_t stat;
    REQUIRE(zip_stat_index(archive, static_cast<zip_uint64_t>(k), 0, &stat) == 0);
    std::string content(stat.size, '\0');
    auto* file = zip_fopen_index(archive, static_cast<zip_uint64_t>(k), 0);
    REQUIRE(zip_fread(file, content.data(), content.size()) == static_cast<zip_int64_t>(content.size()));
    zip_fclose(file);
    parts[stat.name] = content;
  }
  zip_discard(archive);
  return parts;
}

inline pugi::xml_document parsed(const std::string& xml) {
  pugi::xml_document document;
  INFO(xml.substr(0, 300));
  REQUIRE(document.load_buffer(xml.data(), xml.size(), pugi::parse_default | pugi::parse_ws_pcdata));
  return document;
}

inline std::string text_of_docx(const std::string& bytes) {
  std::string text;
  auto document = parsed(unzip(bytes)["word/document.xml"]);
  auto nodes = document.select_nodes("//w:t | //w:br | //w:p");
  nodes.sort();
  for (auto& found : nodes) text += found.node().name() == std::string("w:t") ? found.node().text().get() : "\n";
  return text;
}

}  // namespace carnet::test
