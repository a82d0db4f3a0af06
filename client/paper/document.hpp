// A form on paper, before it is known whether it becomes a page, a DOCX or a CSV: headings, prose, lists, facts, tables and what else
// the ten tools need. Texts are clean (words.hpp); what nobody has filled in yet is left to a pen: ruled lines, empty rows.
#pragma once
#include <array>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "client/language.hpp"
#include "core/value.hpp"

namespace carnet::form {

struct Heading {
  int level = 1;  // 1 .. 3, below the title of the document
  std::string text;
};

struct Lead {  // what the part is about: a question, an objective
  std::string text;
  int lines = 2;  // to write on, where there is no text
};

struct Prose {
  std::string text;  // its line breaks are kept
  int lines = 4;
};

struct Note {  // the form's own explanation
  std::string text;
};

struct Points {
  std::vector<std::string> items;
  bool numbered = false;
  int lines = 3;
};

struct Facts {
  std::vector<std::pair<std::string, std::string>> rows;  // what it is, and what it is here
};

struct Head {
  std::string label;
  int percent;  // of the width; all together 100
  bool centred = false;
};

struct Box {
  std::string text;
  int tone = 0;  // shade by a score: 0 none .. 4 the most
};

struct Line {
  std::vector<Box> cells;  // a lone one goes over the whole width
  bool strong = false;
};

struct Grid {
  std::vector<Head> columns;
  std::vector<Line> rows = {};
  int blanks = 3;       // empty rows, where there are none
  bool is_tall = false;  // rows that somebody fills in by pen, at least where they are empty
};

struct Bar {
  std::string label, note;
  int value = 0;
  bool against = false;  // what holds back, in another shade
};

struct Bars {
  std::vector<Bar> bars;  // values up to 10
};

struct Quadrant {
  std::string title, note;
  std::vector<std::string> items;
};

struct Quadrants {
  std::array<Quadrant, 4> quadrants;  // in reading order
};

struct Signature {
  std::string title, organisation, name, date;
};

struct Signatures {
  std::vector<Signature> places;
  std::string name, date, signature;  // how these three are called
};

struct Picture {
  std::string type, bytes;  // image/jpeg, image/png: what every word processor shows
  int width = 0, height = 0;
  std::string address;  // at the pages' server; empty: it stands nowhere but here
  std::string caption, note;
};

struct Pictures {  // two beside each other
  std::vector<Picture> pictures;
};

using Block = std::variant<Heading, Lead, Prose, Note, Points, Facts, Grid, Bars, Quadrants, Signatures, Pictures>;

struct Section {  // begins on a page of its own, but for the first
  bool landscape = false;
  std::vector<Block> blocks;

  template <class Part>
  Section& add(Part part) {
    blocks.push_back(std::move(part));
    return *this;
  }
};

// The same as a table for a spreadsheet: whole and real numbers stay numbers, days are written 2025-03-10.
struct Sheet {
  std::vector<std::string> columns;
  std::vector<std::vector<Value>> rows;
};

struct Document {
  Language language = Language::french;
  std::string tool;          // its name, as in addresses
  std::string title, about;  // which form, and of whom or what
  std::string file;          // what the file is called, without its ending
  std::vector<Section> sections;
  std::optional<Sheet> sheet;  // where the tool is a table
};

}  // namespace carnet::form
