// How the page looks, on A4 and on a screen. The running title is a property of the root's class, one for each tool and language:
// the margins of a printed page inherit it, and know nothing of the text.
#include <fmt/format.h>

#include "client/paper/render.hpp"
#include "client/paper/tools.hpp"
#include "client/paper/words.hpp"

namespace carnet {

namespace {

constexpr std::string_view looks = R"(
@page {
  size: A4 portrait;
  margin: 20mm 18mm 18mm 18mm;
  @top-left { content: var(--running); font: 8pt "Liberation Sans", Arial, "DejaVu Sans", sans-serif; color: #555; }
  @bottom-left { content: "Carnet"; font: 8pt "Liberation Sans", Arial, "DejaVu Sans", sans-serif; color: #555; }
  @bottom-right { content: counter(page) " / " counter(pages); font: 8pt "Liberation Sans", Arial, "DejaVu Sans", sans-serif; color: #555; }
}
@page wide { size: A4 landscape; margin: 18mm 15mm 15mm 15mm; }
* { box-sizing: border-box; }
html { font: 10pt/1.4 "Liberation Sans", Arial, "DejaVu Sans", sans-serif; color: #1b1b1b; -webkit-print-color-adjust: exact; print-color-adjust: exact; }
body { margin: 0; }
.sheet { break-before: page; }
.sheet:first-child { break-before: auto; }
.landscape { page: wide; }
header { border-bottom: 2pt solid #1f5d46; margin-bottom: 5mm; padding-bottom: 2mm; }
header p { margin: 0; }
header p:first-child { color: #1f5d46; font-size: 8pt; letter-spacing: .12em; text-transform: uppercase; }
h1 { font-size: 19pt; line-height: 1.2; margin: 1mm 0; color: #1f5d46; }
header p:last-child { font-size: 12pt; }
h2 { font-size: 13pt; line-height: 1.25; margin: 6mm 0 2mm; padding-bottom: .8mm; border-bottom: .6pt solid #1f5d46; color: #1f5d46; }
h3 { font-size: 10.5pt; margin: 4mm 0 1.2mm; }
h4 { font-size: 10pt; font-style: italic; margin: 3mm 0 1mm; }
h1, h2, h3, h4 { break-after: avoid; break-inside: avoid; overflow-wrap: anywhere; }
p { margin: 0 0 2mm; }
.prose, .lead, td, th, li { white-space: pre-wrap; overflow-wrap: anywhere; }
h1, h2, h3, .prose, .lead, td, li { text-wrap: pretty; }
.prose, li { orphans: 3; widows: 3; }
.lead { border-left: 2.5pt solid #1f5d46; background: #f1f6f3; padding: 2.5mm 3.5mm; margin: 1mm 0 3mm; font-size: 11.5pt; font-weight: bold; break-inside: avoid; }
.note { color: #555; font-style: italic; font-size: 9pt; }
.rules { break-inside: avoid; }
.rules span { display: block; height: 8mm; border-bottom: .6pt dotted #777; }
ul, ol { margin: 0 0 2mm; padding-left: 6mm; }
li { margin-bottom: 1mm; }
table { border-collapse: collapse; width: 100%; table-layout: fixed; margin-bottom: 3mm; }
th { text-align: left; font-weight: bold; }
.facts th { width: 34%; font-weight: normal; color: #555; padding: 1.3mm 3mm 1.3mm 0; vertical-align: top; }
.facts td { padding: 1.3mm 0; border-bottom: .6pt dotted #999; height: 7.5mm; vertical-align: top; }
.facts tr { break-inside: avoid; }
.grid { font-size: 9pt; line-height: 1.35; }
.grid th, .grid td { border: .6pt solid #8a8a8a; padding: 1.4mm 1.8mm; vertical-align: top; hyphens: auto; }
.grid thead { display: table-header-group; }
.grid thead th { background: #e3ece7; font-size: 8.5pt; vertical-align: bottom; }
.grid tr { break-inside: avoid; }
.grid tr.long { break-inside: auto; }
.grid tr.strong td { background: #f1f6f3; font-weight: bold; }
.grid tr.strong { break-after: avoid; }
.grid tr.empty td { height: 9mm; }
.grid.tall td { height: 14mm; }
.grid.tall tr.empty td { height: 20mm; }
.grid.tall tr.strong td { height: auto; }
.grid .centred { text-align: center; }
.grid td.t1, .grid tr.strong td.t1 { background: #eef4f0; }
.grid td.t2, .grid tr.strong td.t2 { background: #d5e7db; }
.grid td.t3, .grid tr.strong td.t3 { background: #add3bc; }
.grid td.t4, .grid tr.strong td.t4 { background: #7dbb96; }
.bars th { width: 52%; font-weight: normal; padding: 1mm 3mm 1mm 0; }
.bars small, .quadrants small { color: #555; font-weight: normal; font-size: 8pt; margin-left: 2mm; }
.bars td { padding: 1mm 0; white-space: nowrap; }
.bars tr { break-inside: avoid; }
.bar { display: inline-block; height: 4.2mm; background: #3f8f6b; vertical-align: middle; margin-right: 2mm; }
.bar.against { background: repeating-linear-gradient(45deg, #b5532f 0 1.2mm, #cf8468 1.2mm 2.4mm); }
.quadrants { display: grid; grid-template-columns: 1fr 1fr; border: .6pt solid #8a8a8a; }
.quadrants section { padding: 3mm 4mm; min-height: 72mm; border: .3pt solid #8a8a8a; break-inside: avoid; }
.quadrants h2 { margin-top: 0; border: 0; }
.quadrants section:nth-child(1), .quadrants section:nth-child(3) { background: #f1f6f3; }
.signatures { display: grid; grid-template-columns: 1fr 1fr; gap: 8mm; break-inside: avoid; }
.signatures section { border: .6pt solid #8a8a8a; padding: 3mm 4mm; }
.signatures h3 { margin-top: 0; }
.signatures .of { font-size: 11pt; }
.signatures dl { margin: 0; }
.signatures dt { color: #555; font-size: 8.5pt; }
.signatures dd { margin: 0 0 2mm; min-height: 7mm; border-bottom: .6pt dotted #777; overflow-wrap: anywhere; }
.signatures dd.stamp { min-height: 30mm; border-bottom: 0; }
.pictures { display: grid; grid-template-columns: 1fr 1fr; gap: 5mm; margin: 4mm 0; }
.pictures figure { margin: 0; break-inside: avoid; }
.pictures img { display: block; max-width: 100%; width: auto; height: auto; max-height: 80mm; }
.pictures figcaption { margin-top: 1mm; font-size: 9.5pt; overflow-wrap: anywhere; }
.pictures small { display: block; color: #555; font-size: 8pt; }
@media screen {
  body { background: #dfe3e1; padding: 6mm; }
  .sheet { background: #fff; box-shadow: 0 1px 4px #0004; margin: 0 auto 6mm; padding: 16mm; max-width: 210mm; }
  .sheet.landscape { max-width: 297mm; }
}
@media screen and (max-width: 600px) {
  body { padding: 0; }
  .sheet { padding: 4mm; overflow-x: auto; }
  .sheet .grid { min-width: 160mm; }
}
)";

// A text between quotes, as CSS has it; titles of tools have nothing in them that would need more.
std::string quoted(const std::string& text) { return "\"" + text + "\""; }

std::string made() {
  std::string whole(looks.substr(1));
  for (int percent = 1; percent <= 100; ++percent) whole += fmt::format(".w{0}{{width:{0}%}}", percent);
  for (int score = 1; score <= 10; ++score) whole += fmt::format(".s{}{{width:{}%}}", score, score * 9);
  whole += '\n';
  for (auto& tool : tools())
    for (auto language : {Language::french, Language::dutch, Language::english})
      whole += fmt::format("html.{}-{}{{--running:{}}}\n", tool.name, std::string(tag_of(language)).substr(0, 2), quoted(tool.title.in(language)));
  return whole;
}

}  // namespace

const std::string& stylesheet() {
  static const std::string whole = made();
  return whole;
}

}  // namespace carnet
