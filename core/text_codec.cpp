// history  = 0 columns | 1 zstd          zstd: one frame of the columns
// columns  = (length bytes)*             in the order of Columns, for the versions oldest first, but the last, which goes to the end
// standing = place [weight heads written undo [text]]     place: 0 not known, 1 the text lies elsewhere, 2 it follows
// heads, written = count (device number)*                 undo = count (at removed length text)*
// writers  = place in `names`, which are devices in the order of their appearance
// times    = difference of the seconds to the version before, then of the counter where that is 0, else the counter
// seqs, seens: differences to the version before
// flags    = 1 received, 2 beaten, 8 context follows, 16 text (a seed), 32 a value that is neither text nor patch
// firsts   = difference to the writer's last event here; heads, shapes: as in a patch (core/text/patch.cpp), but a seed has a length alone
// parents  = (device seq)*               differences to that of the parent before or the writer, and to that device's last event here
// places   = difference to where the edit before ended, of this patch or the writer's last
// others   = MessagePack: those values, and past and open as in a row (core/row_codec.hpp)
// words    = what seeds and edits put in, as UTF-8
// All numbers are LEB128, differences zigzag.
#include "core/text_codec.hpp"

#include <algorithm>
#include <cstring>

#include "core/at_rest.hpp"
#include "core/pack.hpp"
#include "core/text/code_points.hpp"
#include "core/text/graph.hpp"
#include "core/text/varint.hpp"
#include "core/text_cell.hpp"

namespace carnet {

namespace {

using text::put_number;
using text::zigzag;

constexpr std::uint32_t received = 1, beaten = 2, context = 8, seed = 16, other = 32;  // flags
constexpr std::uint32_t unknown = 0, elsewhere = 1, here = 2;                          // place of the text

constexpr std::size_t worth_packing = 512;  // bytes
constexpr std::size_t most_bytes = std::size_t{128} << 20;
constexpr std::size_t most_stamps = 1 << 20;
constexpr std::int64_t any_number = std::int64_t{1} << 61;

enum Column { standing, names, writers, times, seqs, seens, flags, firsts, heads, parents, shapes, places, removals, others, words, columns };

// What is expected of the next version, from those before it.
struct Expected {
  std::uint64_t time = 0;
  std::int64_t seq = 0, seen = 0;
  struct Hand { std::int64_t next = 0, end = 0; };  // the next event, and where the last edit ended
  std::map<std::int64_t, Hand> of;                  // each device
};

// A patch as its bytes say, in its own differences (core/text/patch.cpp); only their form is looked at.
struct Shape {
  struct Edit {
    std::int64_t at = 0;  // difference to where the edit before ended, or to 0
    std::uint64_t shape = 0, removed = 0;
    std::string_view text;
    std::int64_t length = 0;
  };
  std::uint64_t first = 0, head = 0;
  std::vector<std::pair<std::int64_t, std::uint64_t>> parents;  // difference of the device, seq
  std::vector<Edit> edits;

  bool read(std::string_view bytes) {
    text::VarintReader in(bytes);
    parents.clear();
    edits.clear();
    first = in.number(text::most_events);
    head = in.number((text::most_parents + 1) << 1 | 1);
    for (auto left = head > 1 ? (head >> 1) - 1 : 0; left > 0 && in.ok(); --left) {
      auto device = in.difference(max_device);
      parents.emplace_back(device, in.number(text::most_events));
    }
    std::int64_t at = 0;
    for (bool more = (head & 1) == 0; more && in.ok() && at >= 0 && at <= text::most_length;) {
      Edit edit{in.difference(text::most_length), in.number(text::most_patch_text << 2 | 3), 0, {}, 0};
      if (edit.shape & 2) edit.removed = in.number(text::most_length);
      edit.text = in.take(edit.shape >> 2);
      edit.length = static_cast<std::int64_t>(text::length_of(edit.text));
      at += edit.at;
      if (at < 0) return false;
      at += edit.length;
      more = edit.shape & 1;
      edits.push_back(edit);
    }
    return in.done() && at <= text::most_length;
  }

  std::string_view write(std::string& out) const {
    out.clear();
    put_number(out, first);
    put_number(out, head);
    for (auto& [device, seq] : parents) {
      put_number(out, zigzag(device));
      put_number(out, seq);
    }
    for (auto& edit : edits) {
      put_number(out, zigzag(edit.at));
      put_number(out, edit.shape);
      if (edit.shape & 2) put_number(out, edit.removed);
      out += edit.text;
    }
    return out;
  }
};

class Writer {
 public:
  std::string write(const Cell& cell, bool text_elsewhere, const std::function<bool(const Version&)>& seen_elsewhere) {
    put_standing(cell, text_elsewhere);
    for (auto version = cell.versions.rbegin(); version != cell.versions.rend(); ++version) put(*version, seen_elsewhere && seen_elsewhere(*version) ? Seq{} : version->seen);
    std::string out;
    for (std::size_t k = 0; k < words; ++k) {
      put_number(out, in_[k].size());
      out += in_[k];
    }
    return out + in_[words];
  }

 private:
  void put(Column column, std::uint64_t number) { put_number(in_[column], number); }
  void put_difference(Column column, std::int64_t number) { put_number(in_[column], zigzag(number)); }

  void put_standing(const Cell& cell, bool text_elsewhere) {
    put(standing, !cell.standing ? unknown : text_elsewhere ? elsewhere : here);
    if (!cell.standing) return;
    put(standing, cell.standing->weight);
    put(standing, cell.standing->heads.size());
    for (auto& head : cell.standing->heads) put_event(head.device, head.seq);
    put(standing, cell.standing->written.size());
    for (auto& [device, events] : cell.standing->written) put_event(device, events);
    put(standing, cell.standing->undo.size());
    for (auto& edit : cell.standing->undo) {
      put(standing, edit.at);
      put(standing, edit.removed);
      put(standing, edit.inserted.size());
      in_[standing] += edit.inserted;
    }
    if (!text_elsewhere) in_[standing] += cell.standing->text;
  }
  void put_event(DeviceId device, std::uint32_t number) {
    put(standing, device.value);
    put(standing, number);
  }

  void put(const Version& version, Seq seen) {
    auto* bytes = std::get_if<Bytes>(&version.value);
    auto* text = std::get_if<std::string>(&version.value);
    bool is_patch = bytes && version.stamp.device.value && shape_.read({reinterpret_cast<const char*>(bytes->data()), bytes->size()});
    bool has_context = !version.past.empty() || !version.open.empty();
    auto what = text ? seed : is_patch ? 0 : other;
    put(flags, what | (version.received ? received : 0) | (version.beaten ? beaten : 0) | (has_context ? context : 0));
    put_writer(version.stamp.device);
    put_time(version.stamp.time);
    put_difference(seqs, version.seq.value - std::exchange(expected_.seq, version.seq.value));
    put_difference(seens, seen.value - std::exchange(expected_.seen, seen.value));
    if (text) put_seed(version.stamp.device, *text);
    else if (is_patch) put_patch(version.stamp.device);
    else put_other(version.value);
    if (has_context) put_context(version);
  }

  void put_writer(DeviceId device) {
    auto [at, fresh] = named_.try_emplace(device, named_.size());
    if (fresh) put(names, device.value);
    put(writers, at->second);
  }

  void put_time(std::uint64_t time) {
    auto before = std::exchange(expected_.time, time);
    put_difference(times, static_cast<std::int64_t>(time >> 16) - static_cast<std::int64_t>(before >> 16));
    auto counter = static_cast<std::int64_t>(time & 0xffff);
    if (time >> 16 == before >> 16) put_difference(times, counter - static_cast<std::int64_t>(before & 0xffff));
    else put(times, static_cast<std::uint64_t>(counter));
  }

  void put_other(const Value& value) {
    Packer packer;
    packer.value(value);
    in_[others] += packer.take();
  }

  void put_context(const Version& version) {
    Packer packer;
    for (auto* stamps : {&version.past, &version.open}) {
      packer.array(2 * stamps->size());
      for (auto& stamp : *stamps) packer.integer(static_cast<std::int64_t>(stamp.time)).integer(stamp.device.value);
    }
    in_[others] += packer.take();
  }

  void put_seed(DeviceId device, const std::string& text) {
    put(shapes, text.size());
    in_[words] += text;
    auto length = static_cast<std::int64_t>(text::length_of(text));
    expected_.of[device.value] = {length, length};
  }

  void put_patch(DeviceId writer) {
    auto& [next, end] = expected_.of[writer.value];
    auto first = static_cast<std::int64_t>(shape_.first);
    put_difference(firsts, first - next);
    put(heads, shape_.head);
    std::int64_t device = writer.value, events = shape_.head & 1;
    for (auto& [difference, seq] : shape_.parents) {
      device += difference;
      put_difference(parents, difference);
      put_difference(parents, static_cast<std::int64_t>(seq) + 1 - expected_.of[device].next);
    }
    std::int64_t before = 0;
    for (auto& edit : shape_.edits) {
      before += edit.at;
      put(shapes, edit.shape);
      put_difference(places, before - end);
      if (edit.shape & 2) put(removals, edit.removed);
      in_[words] += edit.text;
      before = end = before + edit.length;
      events += edit.length + static_cast<std::int64_t>(edit.removed);
    }
    next = first + events;
  }

  std::string in_[columns];
  Expected expected_;
  Shape shape_;
  std::map<DeviceId, std::size_t> named_;
};

class ColumnReader {
 public:
  explicit ColumnReader(std::string_view bytes) {
    text::VarintReader lengths(bytes);
    for (std::size_t k = 0; k < words; ++k) in_.emplace_back(lengths.take(lengths.number(most_bytes)));
    in_.emplace_back(lengths.take(lengths.left()));
    fine_ = lengths.ok();
    others_ = Reader(fine_ ? in_[others].take(in_[others].left()) : std::string_view());
  }

  bool read(Cell& cell, const FromTable& from_table) {
    if (!fine_) return false;
    read_standing(cell, from_table);
    while (in_[names].left() > 0 && in_[names].ok()) named_.push_back(DeviceId{in_[names].small(max_device)});
    while (in_[writers].left() > 0 && fine_) {
      Version version;
      fine_ = cell.versions.size() < text::most_runs && read_version(version);
      if (fine_) cell.versions.push_back(std::move(version));
    }
    std::reverse(cell.versions.begin(), cell.versions.end());
    return fine_ && others_.done() && std::all_of(in_.begin(), in_.end(), [](auto& column) { return column.done(); });
  }

 private:
  std::int64_t difference(Column column) { return in_[column].difference(any_number); }

  void read_standing(Cell& cell, const FromTable& from_table) {
    auto& in = in_[standing];
    auto place = in.small(here);
    if (place == unknown) return;
    Standing known;
    known.weight = in.number(UINT32_MAX);
    for (auto left = in.number(in.left()); left > 0 && in.ok(); --left) {
      DeviceId device{in.small(max_device)};
      known.heads.push_back({device, in.small(text::most_events)});
    }
    for (auto left = in.number(in.left()); left > 0 && in.ok(); --left) {
      DeviceId device{in.small(max_device)};
      known.written[device] = in.small(text::most_events);
    }
    for (auto left = in.number(in.left()); left > 0 && in.ok(); --left) {
      text::Edit edit{in.small(text::most_length), in.small(text::most_length), {}};
      edit.inserted = in.take(in.number(in.left()));
      known.undo.push_back(std::move(edit));
    }
    auto shown = place == elsewhere && from_table ? from_table(cell) : std::nullopt;
    if (place == here) known.text = in.take(in.left());
    else if (auto* text = shown ? std::get_if<std::string>(&*shown) : nullptr) known.text = *text;
    fine_ &= place != here || is_utf8(known.text);
    if (place == here || shown) cell.standing = std::make_shared<const Standing>(std::move(known));
  }

  bool read_version(Version& version) {
    auto writer = in_[writers].number(named_.size());
    if (writer >= named_.size()) return false;
    version.stamp = {time(), named_[writer]};
    auto what = in_[flags].small(received | beaten | context | seed | other);
    version.received = what & received;
    version.beaten = what & beaten;
    expected_.seq += difference(seqs);
    expected_.seen += difference(seens);
    version.seq = Seq{expected_.seq};
    version.seen = Seq{expected_.seen};
    if (expected_.seq < 0 || expected_.seen < 0 || expected_.seq > any_number || expected_.seen > any_number) return false;
    bool read = what & other ? read_other(version.value) : what & seed ? read_seed(version) : read_patch(version);
    if (read && what & context) read_context(version);
    return read && in_[writers].ok() && in_[flags].ok() && in_[seqs].ok() && in_[seens].ok() && others_.ok();
  }

  std::uint64_t time() {
    auto before = expected_.time;
    auto seconds = static_cast<std::int64_t>(before >> 16) + in_[times].difference(0xffffffff);
    bool same = seconds == static_cast<std::int64_t>(before >> 16);
    auto counter = same ? static_cast<std::int64_t>(before & 0xffff) + in_[times].difference(0xffff) : static_cast<std::int64_t>(in_[times].number(0xffff));
    fine_ &= in_[times].ok() && seconds >= 0 && seconds <= 0xffffffff && counter >= 0 && counter <= 0xffff;
    return expected_.time = fine_ ? static_cast<std::uint64_t>(seconds) << 16 | static_cast<std::uint64_t>(counter) : 0;
  }

  bool read_other(Value& value) {
    value = others_.value();
    return others_.ok();
  }

  void read_context(Version& version) {
    for (auto* stamps : {&version.past, &version.open}) {
      stamps->resize(others_.array(most_stamps) / 2);
      for (auto& stamp : *stamps) {
        stamp.time = static_cast<std::uint64_t>(others_.integer(0, max_stamp_time));
        stamp.device = DeviceId{static_cast<std::uint32_t>(others_.integer(0, max_device))};
      }
    }
  }

  bool read_seed(Version& version) {
    std::string text(in_[words].take(in_[shapes].number(in_[words].left())));
    auto length = static_cast<std::int64_t>(text::length_of(text));
    expected_.of[version.stamp.device.value] = {length, length};
    version.value = std::move(text);
    return in_[words].ok() && in_[shapes].ok() && is_utf8(std::get<std::string>(version.value));
  }

  bool read_patch(Version& version) {
    auto& [next, end] = expected_.of[version.stamp.device.value];
    auto first = next + in_[firsts].difference(text::most_events);
    shape_.first = static_cast<std::uint64_t>(first);
    shape_.head = in_[heads].number((text::most_parents + 1) << 1 | 1);
    if (first < 0 || first > text::most_events || !in_[firsts].ok() || !in_[heads].ok() || !read_parents(version.stamp.device)) return false;
    shape_.edits.clear();
    std::int64_t before = 0, events = shape_.head & 1;
    for (bool more = (shape_.head & 1) == 0; more;) {
      Shape::Edit edit{0, in_[shapes].number(text::most_patch_text << 2 | 3), 0, {}, 0};
      auto at = end + in_[places].difference(2 * std::int64_t{text::most_length});
      if (edit.shape & 2) edit.removed = in_[removals].number(text::most_length);
      edit.text = in_[words].take(edit.shape >> 2);
      if (!in_[shapes].ok() || !in_[places].ok() || !in_[removals].ok() || !in_[words].ok() || at < 0 || at > text::most_length) return false;
      edit.at = at - before;
      before = end = at + static_cast<std::int64_t>(text::length_of(edit.text));
      events += end - at + static_cast<std::int64_t>(edit.removed);
      more = edit.shape & 1;
      shape_.edits.push_back(edit);
    }
    next = first + events;
    auto bytes = shape_.write(bytes_);
    auto& value = version.value.emplace<Bytes>(bytes.size());
    std::memcpy(value.data(), bytes.data(), bytes.size());
    return next <= 2 * std::int64_t{text::most_events};
  }

  bool read_parents(DeviceId writer) {
    shape_.parents.clear();
    std::int64_t device = writer.value;
    for (auto left = shape_.head > 1 ? (shape_.head >> 1) - 1 : 0; left > 0; --left) {
      auto difference = in_[parents].difference(max_device);
      device += difference;
      auto known = expected_.of.find(device);
      auto seq = (known == expected_.of.end() ? 0 : known->second.next) - 1 + in_[parents].difference(2 * std::int64_t{text::most_events});
      if (!in_[parents].ok() || seq < 0 || seq > text::most_events) return false;
      shape_.parents.emplace_back(difference, static_cast<std::uint64_t>(seq));
    }
    return true;
  }

  std::vector<text::VarintReader> in_;
  Reader others_{std::string_view()};
  std::vector<DeviceId> named_;
  Expected expected_;
  Shape shape_;
  std::string bytes_;
  bool fine_ = true;
};

}  // namespace

std::string pack_history(const Cell& cell, bool text_elsewhere, const std::function<bool(const Version&)>& seen_elsewhere) {
  auto plain = Writer().write(cell, text_elsewhere, seen_elsewhere);
  return plain.size() < worth_packing ? '\0' + plain : '\1' + pack_at_rest(plain);
}

bool unpack_history(std::string_view bytes, Cell& cell, const FromTable& from_table) {
  if (bytes.empty() || bytes[0] > 1) return false;
  auto rest = bytes.substr(1);
  if (bytes[0] == 0) return ColumnReader(rest).read(cell, from_table);
  auto plain = unpack_at_rest(rest, most_bytes);
  return plain && ColumnReader(*plain).read(cell, from_table);
}

}  // namespace carnet
