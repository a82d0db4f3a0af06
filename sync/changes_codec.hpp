// Rows of a changeset as sections: entries that change the same columns of one table stand together, column by column, so that
// ids and stamps become small differences and like stands beside like for the compressor. Grammar: changes_codec.cpp.
#pragma once
#include <optional>
#include <vector>

#include "core/changeset.hpp"
#include "core/pack.hpp"
#include "core/result.hpp"

namespace carnet {

// Some cells of one row that were written with one stamp and one context.
struct Entry {
  RowId id;
  Version meta;               // its stamp, context and marks; no value
  std::vector<Value> values;  // one for each column of the section
};

struct Section {
  TableId table;
  std::vector<std::uint32_t> columns;  // column << 1 | kind, ascending
  std::vector<Entry> entries;          // by id, then stamp
};

std::vector<Section> sections_of(const Changeset& changes);
// `known`: the seen that versions without a context of their own share.
void encode_sections(Packer& packer, const std::vector<Section>& sections, Seq known);
// What keeps a row from travelling, in words; empty where nothing does.
std::optional<Error> row_fault(const RowChange& change);
void decode_sections(Reader& reader, std::size_t count, Seq known, std::vector<RowChange>& rows);

}  // namespace carnet
