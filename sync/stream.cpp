#include "sync/stream.hpp"

#include <algorithm>
#include <mutex>
#include <stdexcept>
#include <utility>
#include <vector>

#include "sync/dictionary.hpp"
#include "sync/framing.hpp"

namespace carnet {

namespace {

constexpr unsigned char preface = wire_version << 4 | 1;  // codec 1: zstd, magicless, dictionary 1
constexpr int level = 19;
constexpr std::size_t most_spare_packers = 4, most_spare_unpackers = 16;  // up to 13 and about 0.5 MB each
constexpr std::size_t small_stream = 128'000;
constexpr std::size_t tiny_stream = 3'000;  // for which no trees are built of what both ends have: a fifth of the time, for as many bytes
constexpr unsigned unprimed_window_log = 15;  // of what is no frame: acknowledgements, in small tables
constexpr unsigned searches_small = 5;  // log; more of them cost time and save no bytes
constexpr unsigned most_hash_log = 17, most_chain_log = 21;  // of large streams: 13 MB of memory in the place of 37, for 0.15 % more bytes

// Digested once a process, for streams that are not worth more: they search the dictionary beside their own text. The tables are no
// larger than it needs, since each stream clears as many of its own.
ZSTD_CDict* digested() {
  static ZSTD_CDict* const made = [] {
    auto words = dictionary();
    auto params = ZSTD_getCParams(level, small_stream, words.size());
    params.hashLog = 15;
    params.chainLog = 18;
    params.searchLog = searches_small;
    return ZSTD_createCDict_advanced(words.data(), words.size(), ZSTD_dlm_byRef, ZSTD_dct_auto, params, ZSTD_defaultCMem);
  }();
  if (!made) throw std::bad_alloc();
  return made;
}

const ZSTD_DDict* digested_for_reading() {
  static const ZSTD_DDict* const made = ZSTD_createDDict_byReference(dictionary().data(), dictionary().size());
  return made;
}

// Those that nobody uses just now, a few of them: of any thread.
template <class Context, std::size_t most, Context* (*make)(), std::size_t (*end)(Context*), std::size_t (*reset)(Context*, ZSTD_ResetDirective)>
class Spare {
 public:
  Context* take() {
    std::lock_guard lock(mutex_);
    if (free_.empty()) return make();
    auto* context = free_.back();
    free_.pop_back();
    return context;
  }
  void give_back(Context* context) {
    reset(context, ZSTD_reset_session_and_parameters);
    std::lock_guard lock(mutex_);
    if (free_.size() < most) free_.push_back(context);
    else end(context);
  }

 private:
  std::mutex mutex_;
  std::vector<Context*> free_;
};

auto& packers() {
  static auto& spare = *new Spare<ZSTD_CCtx, most_spare_packers, ZSTD_createCCtx, ZSTD_freeCCtx, ZSTD_CCtx_reset>;  // used until the process ends
  return spare;
}
auto& unpackers() {
  static auto& spare = *new Spare<ZSTD_DCtx, most_spare_unpackers, ZSTD_createDCtx, ZSTD_freeDCtx, ZSTD_DCtx_reset>;
  return spare;
}

// What both ends have, behind the dictionary; empty where that is nothing.
std::string words_behind_dictionary(std::string_view text) {
  std::string words;
  if (text.empty()) return words;
  words.reserve(dictionary().size() + text.size());
  return words.append(dictionary()).append(text);
}

void check(std::size_t code) {
  if (ZSTD_isError(code)) throw std::runtime_error(std::string("compression failed: ") + ZSTD_getErrorName(code));
}

}  // namespace

void GiveBack::operator()(ZSTD_CCtx* context) const { packers().give_back(context); }
void GiveBack::operator()(ZSTD_DCtx* context) const { unpackers().give_back(context); }

void Packing::prime(std::string_view text, std::size_t expected_bytes) {
  if (!context_) begin(plain_.size());
  compress(ZSTD_e_end);
  context_.reset();
  words_ = words_behind_dictionary(text);
  expected_bytes_ = expected_bytes;
  primed_ = true;
}

// `bytes`: of the stream, where that is known.
void Packing::begin(std::optional<std::size_t> bytes) {
  context_.reset(packers().take());
  if (!context_) throw std::bad_alloc();
  auto set = [&](ZSTD_cParameter parameter, unsigned value) { check(ZSTD_CCtx_setParameter(context_.get(), parameter, static_cast<int>(value))); };
  set(ZSTD_c_format, ZSTD_f_zstd1_magicless);
  set(ZSTD_c_contentSizeFlag, 0);
  set(ZSTD_c_checksumFlag, 0);
  set(ZSTD_c_dictIDFlag, 0);
  bool small = expected_bytes_ <= small_stream;
  if (small && words_.empty()) {
    set(ZSTD_c_windowLog, primed_ ? first_window_log : unprimed_window_log);
    check(ZSTD_CCtx_refCDict(context_.get(), digested()));
    if (bytes) check(ZSTD_CCtx_setPledgedSrcSize(context_.get(), *bytes));
    return;
  }
  // Large streams load it as their own past: 10 ms more, and 7 % smaller on a first sync. (As a prefix: zstd would digest a dictionary
  // first, and load it then all the same. Without a known size of the source: with one, zstd 1.5.4 ignores it here.) Small ones,
  // with tables no larger than they need: clearing them takes time.
  auto words = words_.empty() ? dictionary() : std::string_view(words_);
  auto params = ZSTD_getCParams(level, small ? small_stream + words.size() : std::size_t{1} << max_window_log, 0);
  set(ZSTD_c_compressionLevel, level);
  set(ZSTD_c_windowLog, params.windowLog);
  set(ZSTD_c_hashLog, std::min(params.hashLog, most_hash_log));
  set(ZSTD_c_chainLog, std::min(params.chainLog, most_chain_log));
  set(ZSTD_c_searchLog, small ? searches_small : params.searchLog);
  if (expected_bytes_ <= tiny_stream) set(ZSTD_c_strategy, ZSTD_lazy2);
  else if (hurries_) set(ZSTD_c_strategy, ZSTD_btlazy2);
  check(ZSTD_CCtx_refPrefix_advanced(context_.get(), words.data(), words.size(), ZSTD_dct_auto));
}

void Packing::compress(ZSTD_EndDirective directive) {
  if (!std::exchange(prefaced_, true)) out_ += static_cast<char>(preface);
  ZSTD_inBuffer in{plain_.data(), plain_.size(), 0};
  std::size_t left = 0;
  do {
    char buffer[16'384];
    ZSTD_outBuffer out{buffer, sizeof buffer, 0};
    left = ZSTD_compressStream2(context_.get(), &out, &in, directive);
    check(left);
    out_.append(buffer, out.pos);
  } while (in.pos < in.size || left > 0);
  plain_.clear();
}

void Packing::put(std::string_view message) { plain_.append(leb128(message.size())).append(message).append(check_of(message)); }

std::string Packing::flush(bool last) {
  if (plain_.empty() && prefaced_) return std::exchange(out_, {});
  if (!context_) begin(last ? std::optional(plain_.size()) : std::nullopt);
  compress(ZSTD_e_flush);
  if (last) context_.reset();
  return std::exchange(out_, {});
}

void Unpacking::begin() {
  context_.reset(unpackers().take());
  if (!context_) throw std::bad_alloc();
  check(ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_format, ZSTD_f_zstd1_magicless));
  check(ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, first_window_log));
  check(ZSTD_DCtx_refDDict(context_.get(), digested_for_reading()));
}

void Unpacking::prime(std::string_view text) { words_ = words_behind_dictionary(text); }

void Unpacking::end() {
  context_.reset();
  words_.reset();
  for (auto* held : {&packed_, &plain_, &reads_with_}) *held = std::string();
}

Result<void> Unpacking::feed(std::string_view bytes) {
  if (!prefaced_ && !bytes.empty()) {
    auto first = static_cast<unsigned char>(bytes.front());
    if (first >> 4 > wire_version)
      return Error{Code::newer_version, "the other side speaks wire format " + std::to_string(first >> 4) + ", this side " +
                                            std::to_string(wire_version) + ": upgrade this side"};
    if (first != preface) return Error{Code::malformed, "this is no Carnet stream: it starts with byte " + std::to_string(first)};
    bytes.remove_prefix(1);
    prefaced_ = true;
  }
  packed_ += bytes;
  bytes_in_ += bytes.size();
  return {};
}

Result<std::optional<std::string>> Unpacking::next() {
  ZSTD_inBuffer in{packed_.data(), packed_.size(), 0};
  for (;;) {
    // A whole message already?
    std::size_t length = 0, at = taken_;
    int shift = 0;
    bool whole = false;
    for (; at < plain_.size() && shift <= 21; shift += 7) {
      auto byte = static_cast<unsigned char>(plain_[at++]);
      length |= static_cast<std::size_t>(byte & 0x7f) << shift;
      if (byte < 0x80) {
        if (byte == 0 && shift > 0) return Error{Code::malformed, "message length in a longer form than needed"};
        whole = true;
        break;
      }
    }
    if (shift > 21 || (whole && length > most_))
      return Error{Code::too_large, "message of more than " + std::to_string(most_) + " bytes; send smaller frames"};
    if (whole && plain_.size() - at >= length + check_bytes) {
      auto message = plain_.substr(at, length);
      if (plain_.compare(at + length, check_bytes, check_of(message)) != 0)
        return Error{Code::malformed, "message damaged on the way: its check does not fit"};
      taken_ = at + length + check_bytes;
      packed_.erase(0, in.pos);
      return std::optional(std::move(message));
    }
    if (taken_ > 0) { plain_.erase(0, taken_); taken_ = 0; continue; }
    if (drained_ && in.pos == in.size) {  // zstd takes it for damage where it is asked again and again
      packed_.clear();
      return std::optional<std::string>();
    }
    if (!context_) begin();
    if (over_) {
      if (!words_) return Error{Code::malformed, "the stream ends before the exchange does"};
      check(ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, max_window_log));
      reads_with_ = std::move(*words_);
      words_.reset();
      if (reads_with_.empty()) check(ZSTD_DCtx_refDDict(context_.get(), digested_for_reading()));
      else check(ZSTD_DCtx_loadDictionary_byReference(context_.get(), reads_with_.data(), reads_with_.size()));
      over_ = false;
    }
    char buffer[65'536];
    ZSTD_outBuffer out{buffer, sizeof buffer, 0};
    auto left = ZSTD_decompressStream(context_.get(), &out, &in);
    if (ZSTD_isError(left)) return Error{Code::malformed, "damaged stream: " + std::string(ZSTD_getErrorName(left))};
    plain_.append(buffer, out.pos);
    bytes_out_ += out.pos;
    if (bytes_out_ > free_unpacked_bytes && (bytes_out_ - free_unpacked_bytes) / most_unpacked_ratio > bytes_in_)
      return Error{Code::busy, "the stream unpacks to more than " + std::to_string(most_unpacked_ratio) + " times its size; send the rest in another exchange"};
    over_ = left == 0;
    drained_ = out.pos < sizeof buffer;
  }
}

}  // namespace carnet
