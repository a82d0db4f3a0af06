#include "client/paper/pictures.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include "core/blob.hpp"

namespace carnet {

using form::Picture;
using form::Pictures;

namespace {

int two_bytes(std::string_view bytes, std::size_t at) { return static_cast<unsigned char>(bytes[at]) << 8 | static_cast<unsigned char>(bytes[at + 1]); }

// The frame of a JPEG stands behind segments of any length; width and height are 0 where there is none.
std::pair<int, int> jpeg_size(std::string_view bytes) {
  for (std::size_t at = 2; at + 9 < bytes.size() && bytes[at] == '\xff';) {
    auto kind = static_cast<unsigned char>(bytes[at + 1]);
    bool is_frame = kind >= 0xc0 && kind <= 0xcf && kind != 0xc4 && kind != 0xc8 && kind != 0xcc;
    if (is_frame) return {two_bytes(bytes, at + 7), two_bytes(bytes, at + 5)};
    at += 2 + static_cast<std::size_t>(two_bytes(bytes, at + 2));
  }
  return {};
}

constexpr int largest_side = 16'384;

// By what the bytes are, whatever they are called.
std::optional<Picture> read_picture(std::string bytes) {
  Picture picture;
  if (bytes.starts_with("\xff\xd8\xff")) {
    picture.type = "image/jpeg";
    std::tie(picture.width, picture.height) = jpeg_size(bytes);
  } else if (bytes.starts_with("\x89PNG\r\n\x1a\n") && bytes.size() > 24) {
    picture.type = "image/png";
    picture.width = two_bytes(bytes, 16) ? largest_side + 1 : two_bytes(bytes, 18);
    picture.height = two_bytes(bytes, 20) ? largest_side + 1 : two_bytes(bytes, 22);
  }
  if (std::min(picture.width, picture.height) < 1 || std::max(picture.width, picture.height) > largest_side) return {};
  picture.bytes = std::move(bytes);
  return picture;
}

std::optional<Picture> medium_of(Records& records, const Record& media) {
  auto name = read_blob_name(media.text("medium"));
  if (!name || !name->type.starts_with("image/")) return {};
  auto picture = read_picture(records.blob(name->hash));
  if (picture) picture->address = fmt::format("/media/{}?type={}", name->hash.text(), picture->type);
  return picture;
}

std::optional<Picture> preview_of(const Record& media) {
  auto url = media.text("preview");
  auto comma = url.find(',');
  if (comma == std::string::npos) return {};
  std::string bytes(url.size(), '\0');
  std::size_t size = 0;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), url.data() + comma + 1, url.size() - comma - 1, nullptr, &size, nullptr, sodium_base64_VARIANT_ORIGINAL) != 0) return {};
  bytes.resize(size);
  return read_picture(std::move(bytes));
}

}  // namespace

std::optional<Picture> picture_of(Records& records, const Record& media) {
  auto picture = medium_of(records, media);
  if (!picture) picture = preview_of(media);
  if (!picture) return {};
  picture->caption = media.text("caption");
  std::vector<std::string> parts;
  if (media.text("kind") != "photo") parts.push_back(records.choice(media, "kind"));
  if (auto seconds = media.whole("seconds")) parts.push_back(fmt::format("{}:{:02}", *seconds / 60, *seconds % 60));
  parts.push_back(day_in_words(records.language(), media.text("taken_on")));
  for (auto& part : parts) picture->note += (picture->note.empty() || part.empty() ? "" : ", ") + part;
  return picture;
}

Pictures pictures_about(Records& records, const std::vector<Record>& rows) {
  Pictures all;
  for (auto& row : rows)
    for (auto& media : records.rows_about(row.key(), "media")) {
      auto picture = picture_of(records, media);
      if (!picture) continue;
      records.printed(media);
      if (picture->caption.empty() && row.table().find("caption")) picture->caption = row.text("caption");
      all.pictures.push_back(std::move(*picture));
    }
  return all;
}

}  // namespace carnet
