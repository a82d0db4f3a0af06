#include "client/transport.hpp"

#include <fmt/format.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace carnet {

namespace {
constexpr long connect_seconds = 60;  // a link that answers in 1,500 ms and loses a tenth still gets through
constexpr long stall_seconds = 60;    // no byte either way for so long: the link is gone
constexpr std::chrono::seconds last_answer{3};  // the relay's commit and half a bad round trip, once all that was sent has arrived
constexpr std::size_t head_bytes = 300;         // of a request and the first line of its answer
constexpr std::size_t handshake_bytes = 1'200;  // of TLS, with our own certificate
constexpr long piece_bytes = 16'384;            // of one write to the socket where bytes are limited: libcurl's least

template <class Argument>
void set(CURL* curl, CURLoption option, Argument argument) {
  if (curl_easy_setopt(curl, option, argument) != CURLE_OK) throw std::runtime_error("libcurl lacks an option we need");
}
}  // namespace

Transport::Transport(const Address& address, Credentials credentials, Watch watch, std::chrono::milliseconds patience)
    : url_(address.url()), plain_(address.way == Address::Way::plain),
      tls_(address.way, std::move(credentials), {[this] { ++traffic_.connections; }, [this](std::int64_t up, std::int64_t down) { moved(up, down); }}),
      watch_(std::move(watch)), curl_(curl_easy_init()), patience_(patience) {
  if (!curl_) throw std::runtime_error("libcurl did not start");
  // Every head that HTTP can do without is left out: they would weigh more than a small frame.
  for (auto* head : {"Accept:", "Expect:", "Content-Type:", "User-Agent:"})
    heads_.reset(curl_slist_append(heads_.release(), head));
  auto* curl = curl_.get();
  if (!plain_) tls_.prepare(curl);
  set(curl, CURLOPT_POST, 1L);
  set(curl, CURLOPT_READFUNCTION, &Transport::give);
  set(curl, CURLOPT_READDATA, this);
  set(curl, CURLOPT_WRITEFUNCTION, &Transport::take);
  set(curl, CURLOPT_WRITEDATA, this);
  set(curl, CURLOPT_DEBUGFUNCTION, &Transport::count);
  set(curl, CURLOPT_DEBUGDATA, this);
  set(curl, CURLOPT_VERBOSE, 1L);  // without it the bytes are not counted
  set(curl, CURLOPT_XFERINFOFUNCTION, &Transport::look_up);
  set(curl, CURLOPT_XFERINFODATA, this);
  set(curl, CURLOPT_NOPROGRESS, 0L);
  if (watch_.left) set(curl, CURLOPT_UPLOAD_BUFFERSIZE, piece_bytes);
  set(curl, CURLOPT_CONNECTTIMEOUT, connect_seconds);
  set(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
  set(curl, CURLOPT_LOW_SPEED_TIME, stall_seconds);
  set(curl, CURLOPT_NOSIGNAL, 1L);
  set(curl, CURLOPT_MAXCONNECTS, 1L);
  set(curl, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
}

// The channel proves who we are: another takes another connection, and the one before goes, as no more than one is kept.
void Transport::speak_as(Credentials credentials) {
  if (credentials.peer == tls_.credentials().peer) return;
  tls_.speak_as(std::move(credentials));
  set(curl_.get(), CURLOPT_FRESH_CONNECT, 1L);
}

Result<void> Transport::run(Conversation& session) {
  tls_.begin();
  session_ = &session;
  set(curl_.get(), CURLOPT_URL, (url_ + session.path()).c_str());
  paused_ = counted_ = false;
  lacked_ = 0;
  mute_ = stranger_ = false;
  heard_ = std::chrono::steady_clock::now();
  ready_ = session.produce();
  bool shakes_hands = !plain_ && traffic_.connections == 0;
  if (!fits(head_bytes + (shakes_hands ? handshake_bytes : 0) + ready_.size())) return why_not(CURLE_OK);
  auto* curl = curl_.get();
  auto* heads = heads_.get();
  std::unique_ptr<curl_slist, FreeList> chunked;
  if (session.sent_all()) {  // a known length costs less than chunks
    set(curl, CURLOPT_POSTFIELDS, ready_.data());
    set(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(ready_.size()));
  } else {
    set(curl, CURLOPT_POSTFIELDS, nullptr);
    set(curl, CURLOPT_POST, 1L);
    set(curl, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t{-1});
    for (auto* head = heads_.get(); head; head = head->next) chunked.reset(curl_slist_append(chunked.release(), head->data));
    chunked.reset(curl_slist_append(chunked.release(), "Transfer-Encoding: chunked"));
    heads = chunked.get();
    ++traffic_.round_trips;  // it waits for the welcome, or streams frames
  }
  set(curl, CURLOPT_HTTPHEADER, heads);
  auto code = curl_easy_perform(curl);
  tls_.end(code);
  set(curl, CURLOPT_HTTPHEADER, nullptr);
  set(curl, CURLOPT_FRESH_CONNECT, 0L);
  long connections = 0;
  curl_easy_getinfo(curl, CURLINFO_NUM_CONNECTS, &connections);
  traffic_.round_trips += static_cast<int>(connections) * (plain_ ? 1 : 2) + (session.sent_all() && chunked ? 0 : 1);
  session_ = nullptr;
  if (fault_) std::rethrow_exception(std::exchange(fault_, nullptr));
  if (session.outcome() != Conversation::Outcome::going_on) return {};
  return why_not(code);
}

Error Transport::why_not(CURLcode code) const {
  if (lacked_) return Error{Code::busy, fmt::format("the budget is used up: the next {} bytes have no room", lacked_)};
  if (watch_.stop && watch_.stop()) return Error{Code::busy, "the exchange was ended here; the rest follows"};
  if (mute_)
    return Error{Code::busy, fmt::format("{} took what was sent and has said nothing for {} s: the relay hangs, or its operator should look at it; the rest follows at the next sync",
                                    url_, std::chrono::ceil<std::chrono::seconds>(patience_).count())};
  if (stranger_) {
    long status = 0;
    curl_easy_getinfo(curl_.get(), CURLINFO_RESPONSE_CODE, &status);
    return Error{Code::busy, fmt::format("not the relay answers at {}, but something before it (HTTP {}): a proxy without its relay, or a network that wants a login first; the rest follows at the next sync", url_, status)};
  }
  if (code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_HOST)
    return Error{Code::busy, fmt::format("the relay at {} cannot be reached ({}): look whether this machine has a connection, and try again; where it has one, the relay is down, tell whoever runs it", url_, curl_easy_strerror(code))};
  std::string why = code == CURLE_OK ? "the relay's answer ended early" : curl_easy_strerror(code);
  return Error{Code::busy, fmt::format("the link to {} was lost: {}", url_, why)};
}

bool Transport::fits(std::size_t bytes) {
  auto needed = static_cast<std::int64_t>(bytes);
  lacked_ = watch_.left && watch_.left() < needed ? needed : 0;
  return lacked_ == 0;
}

// How long nothing was heard since all that was sent has arrived. Closing before would throw away what still waits in this
// machine's socket, though it was counted.
std::chrono::nanoseconds Transport::silence() {
  curl_socket_t socket = CURL_SOCKET_BAD;
  curl_easy_getinfo(curl_.get(), CURLINFO_ACTIVESOCKET, &socket);
  int waiting = 0;
  if (socket != CURL_SOCKET_BAD) ioctl(socket, SIOCOUTQ, &waiting);
  auto now = std::chrono::steady_clock::now();
  if (waiting > 0) heard_ = now;
  return now - heard_;
}

// Nothing may be thrown through libcurl and OpenSSL, which would keep the connection for ever: it waits until they have ended.
template <class What>
auto Transport::guarded(What what, decltype(what()) otherwise) noexcept {
  try {
    if (!fault_) return what();
  } catch (...) {
    fault_ = std::current_exception();
  }
  return otherwise;
}

int Transport::look_up(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  auto& transport = *static_cast<Transport*>(self);
  if (transport.guarded([&] { return transport.watch_.stop && transport.watch_.stop(); }, true)) return 1;
  auto silence = transport.silence();
  transport.mute_ = silence >= transport.patience_ && transport.counted_;
  return transport.mute_ || (transport.lacked_ && silence >= last_answer) ? 1 : 0;
}

std::size_t Transport::give(char* to, std::size_t size, std::size_t count, void* self) {
  auto& transport = *static_cast<Transport*>(self);
  return transport.guarded([&] { return transport.give_next(to, size * count); }, CURL_READFUNC_ABORT);
}

std::size_t Transport::give_next(char* to, std::size_t most) {
  if (ready_.empty()) {
    ready_ = session_->produce();
    heard_ = std::chrono::steady_clock::now();
  }
  if (ready_.empty()) {
    if (session_->outcome() != Conversation::Outcome::going_on) return CURL_READFUNC_ABORT;
    if (session_->sent_all()) return 0;
  }
  if (ready_.empty() || !fits(ready_.size())) {  // until the relay answers; where there is no room, until it has done so to all
    paused_ = true;
    return CURL_READFUNC_PAUSE;
  }
  auto bytes = std::min({most, ready_.size(), session_->most_at_once()});
  std::memcpy(to, ready_.data(), bytes);
  ready_.erase(0, bytes);
  return bytes;
}

std::size_t Transport::take(char* from, std::size_t size, std::size_t count, void* self) {
  auto& transport = *static_cast<Transport*>(self);
  return transport.guarded([&] { return transport.take_next({from, size * count}); }, 0);
}

std::size_t Transport::take_next(std::string_view bytes) {
  char* type = nullptr;  // which the relay leaves out
  curl_easy_getinfo(curl_.get(), CURLINFO_CONTENT_TYPE, &type);
  if ((stranger_ = type != nullptr)) return 0;
  session_->consume(bytes);
  heard_ = std::chrono::steady_clock::now();  // to apply may take its time
  auto outcome = session_->outcome();
  if (outcome == Conversation::Outcome::failed) return 0;
  if (outcome == Conversation::Outcome::going_on && !fits(1)) return 0;
  if (paused_) {
    paused_ = false;
    curl_easy_pause(curl_.get(), CURLPAUSE_CONT);
  }
  return bytes.size();
}

// Without TLS, libcurl tells all that passes.
int Transport::count(CURL* curl, curl_infotype type, char*, std::size_t size, void* self) {
  bool up = type == CURLINFO_HEADER_OUT || type == CURLINFO_DATA_OUT;
  auto& transport = *static_cast<Transport*>(self);
  if (!transport.plain_ || (!up && type != CURLINFO_HEADER_IN && type != CURLINFO_DATA_IN)) return 0;
  if (!transport.counted_) {
    long connections = 0;
    curl_easy_getinfo(curl, CURLINFO_NUM_CONNECTS, &connections);
    transport.traffic_.connections += static_cast<int>(connections);
  }
  auto bytes = static_cast<std::int64_t>(size);
  transport.moved(up ? bytes : 0, up ? 0 : bytes);
  return 0;
}

void Transport::moved(std::int64_t up, std::int64_t down) {
  traffic_.up += up;
  traffic_.down += down;
  counted_ = true;
  heard_ = std::chrono::steady_clock::now();
  if (watch_.moved) guarded([&] { return watch_.moved(traffic_), true; }, false);
}

}  // namespace carnet
