#include "client/damage.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <utility>
#include <vector>

#include "client/phrases.hpp"
#include "core/sqlite.hpp"

namespace carnet {

namespace {

constexpr auto mark = "damaged";           // the setting
constexpr std::size_t page_bytes = 4'096;  // of every replica

// A write-ahead log: a head, then frames of a head and a page. https://www.sqlite.org/fileformat2.html#walformat
constexpr std::size_t wal_head_bytes = 32, frame_head_bytes = 24, summed_of_frame = 8, sum_of_frame = 16, sum_of_head = 24;
using Head = std::array<unsigned char, wal_head_bytes>;
using Sum = std::pair<std::uint32_t, std::uint32_t>;

std::uint32_t word(const unsigned char* at, bool big) {
  std::uint32_t value = 0;
  for (std::size_t k = 0; k < 4; ++k) value = value << 8 | at[big ? k : 3 - k];
  return value;
}

Sum add(Sum sum, const unsigned char* bytes, std::size_t size, bool big) {
  for (std::size_t at = 0; at < size; at += 8) {
    sum.first += word(bytes + at, big) + sum.second;
    sum.second += word(bytes + at + 4, big) + sum.first;
  }
  return sum;
}

Sum noted(const unsigned char* at) { return {word(at, true), word(at + 4, true)}; }

std::optional<Head> head_of(const std::string& log) {
  Head head{};
  std::ifstream from(log, std::ios::binary);
  if (!from.read(reinterpret_cast<char*>(head.data()), head.size())) return {};
  return head;
}

bool is_sound(const Head& head) {
  auto magic = word(head.data(), true);
  return (magic & ~1u) == 0x377f0682 && add({}, head.data(), sum_of_head, magic & 1) == noted(head.data() + sum_of_head);
}

// The sums of the frames go on from that of the head.
bool fits(const Head& head, const std::vector<unsigned char>& frame) {
  bool big = head[3] & 1;
  auto sum = add(noted(head.data() + sum_of_head), frame.data(), summed_of_frame, big);
  return add(sum, frame.data() + frame_head_bytes, frame.size() - frame_head_bytes, big) == noted(frame.data() + sum_of_frame);
}

// SQLite takes a write-ahead log whose head is wrong for an empty one: the last commits would silently be gone. One that is all
// zeros was being made when the power went. Looked at twice, since another process may just be writing it.
bool is_log_damaged(const std::string& log) {
  for (int look = 0; look < 2; ++look)
    if (auto head = head_of(log); !head || *head == Head{} || is_sound(*head)) return false;
  return true;
}

const SQLite::Exception* from_sqlite(const std::exception* fault) { return dynamic_cast<const SQLite::Exception*>(fault); }

bool says_damaged(const SQLite::Exception& fault) {
  auto code = fault.getErrorCode() & 0xff;
  return code == SQLITE_CORRUPT || code == SQLITE_NOTADB || code == SQLITE_ERROR;  // our own SQL fits a layout that is whole
}

// By a connection of its own; what it finds is in words.
std::optional<std::string> look(const std::string& path) {
  try {
    SQLite::Database db(path, SQLite::OPEN_READWRITE, 1'000);
    auto said = db.execAndGet("PRAGMA integrity_check(1)").getString();
    return said == "ok" ? std::nullopt : std::optional(said);
  } catch (const SQLite::Exception& fault) {
    auto code = fault.getErrorCode();
    bool other = code == SQLITE_BUSY || code == SQLITE_FULL || code == SQLITE_IOERR || code == SQLITE_CANTOPEN || code == SQLITE_NOMEM;
    return other ? std::nullopt : std::optional(std::string(fault.what()));
  }
}

}  // namespace

std::optional<std::string> damage_of(const std::string& path, const std::exception* fault) {
  if (is_log_damaged(path + "-wal")) return "the head of its write-ahead log is not what was written there";
  if (!fault) return {};
  auto* sqlite = from_sqlite(fault);
  if (dynamic_cast<const Damaged*>(fault) || (sqlite && says_damaged(*sqlite))) return fault->what();
  return std::filesystem::exists(path) ? look(path) : std::nullopt;
}

void mend_log(const std::string& path) {
  auto log = path + "-wal";
  auto head = head_of(log);
  if (!head || is_sound(*head)) return;
  std::vector<unsigned char> frame(frame_head_bytes + page_bytes);
  std::ifstream(log, std::ios::binary).seekg(wal_head_bytes).read(reinterpret_cast<char*>(frame.data()), static_cast<std::streamsize>(frame.size()));
  for (auto& byte : *head) {
    auto found = byte;
    for (int other = 0; other < 256; ++other) {
      byte = static_cast<unsigned char>(other);
      if (!is_sound(*head) || !fits(*head, frame)) continue;
      std::fstream(log, std::ios::binary | std::ios::in | std::ios::out).write(reinterpret_cast<const char*>(head->data()), head->size());
      return;
    }
    byte = found;
  }
}

std::string in_words(const std::string& path, const std::string& damage) {
  std::string line = damage;
  for (auto& c : line) if (c == '\n') c = ' ';
  return fmt::format("{} is damaged ({}): run `carnet rebuild`, which saves what was not sent, keeps this file beside and fetches the rest from the relay", path, line);
}

void mark_damaged(const std::string& path, const std::string& damage) {
  try {
    SQLite::Database db(path, SQLite::OPEN_READWRITE, 1'000);
    SQLite::Statement write(db, "INSERT OR REPLACE INTO carnet_setting(name,value) VALUES(?,?)");
    write.bind(1, mark);
    write.bind(2, damage);
    write.exec();
  } catch (const SQLite::Exception&) {  // then every command finds it by itself
  }
}

std::optional<std::string> marked_damage(Replica& replica) { return replica.setting(mark); }

std::optional<std::string> refusal_of_disk(const std::string& path, const std::exception& fault) {
  auto* sqlite = from_sqlite(&fault);
  auto code = sqlite ? sqlite->getErrorCode() & 0xff : SQLITE_OK;
  if (code == SQLITE_FULL) return fmt::format("{} cannot grow: the disk is full; make room there and run this again. What was written and acknowledged before is kept", path);
  if (code == SQLITE_IOERR || code == SQLITE_CANTOPEN || code == SQLITE_READONLY)
    return fmt::format("{} cannot be written ({}): see to the disk, its space and the rights of its folder, and run this again. What was written and acknowledged before is kept", path, fault.what());
  return {};
}

std::optional<Words> refusal_of_others(const std::exception& fault) {
  auto* sqlite = from_sqlite(&fault);
  if (!sqlite || (sqlite->getErrorCode() & 0xff) != SQLITE_BUSY) return {};
  return Words{"another program is writing just now: try again", "un autre programme est en train d'écrire : réessayez", "een ander programma is aan het schrijven: probeer opnieuw"};
}

std::string refusal_in_words(Language language, const std::string& path, const std::exception& fault) {
  if (auto others = refusal_of_others(fault)) return others->in(language);
  return in_words(language, refusal_of_disk(path, fault).value_or(fault.what()));
}

}  // namespace carnet
