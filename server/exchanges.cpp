#include "server/exchanges.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/http/read.hpp>

#include <fmt/format.h>
#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>

#include "server/log.hpp"

namespace carnet {

namespace http = boost::beast::http;

namespace {

constexpr std::size_t most_framing = 16;  // bytes of chunk heads for each byte of a body, beside as many as a head has
constexpr std::size_t many_at_once = 8;   // that pack or wait to
constexpr std::size_t most_gathered = 65'536;  // bytes that are here already, before they are unpacked: what is answered to a part takes a megabyte to pack until the end
constexpr std::size_t most_prepared = 64;  // that wait with what is to be packed, up to 1 MB each
constexpr int packing_niceness = 10;  // of threads, as nice(1) counts
constexpr std::chrono::milliseconds slow_write{250};
constexpr std::chrono::seconds long_turn{1};

using Clock = std::chrono::steady_clock;

template <class Session>
constexpr bool unpacks = std::is_same_v<Session, RelaySession>;

std::int64_t unix_now() { return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count(); }

}  // namespace

// One request of a device for the log and the counts, however it ends.
template <class Session>
struct Exchanges::Record {
  Metrics& metrics;
  const Session& session;
  const Answer& answer;
  const char* result = "cut";
  int error = 0;
  std::uint64_t bytes_in = 0;
  Clock::time_point began = Clock::now();

  Record(Metrics& m, const Session& s, const Answer& a) : metrics(m), session(s), answer(a) {}
  Record(const Record&) = delete;
  ~Record() { note(session.tally()); }

  double seconds() const { return std::chrono::duration<double>(Clock::now() - began).count(); }
  void note(const RelaySession::Tally& tally) {
    metrics.exchange({result, seconds(), bytes_in, answer.bytes, tally.rows_in, tally.rows_out, tally.refused, tally.conflicts});
    log("exchange", {{"frames_in", tally.frames_in}, {"frames_out", tally.frames_out}, {"rows_in", tally.rows_in}, {"rows_out", tally.rows_out},
                     {"refused", tally.refused}, {"conflicts", tally.conflicts}});
  }
  void note(const MediaRelay::Tally& tally) {
    metrics.media({result, bytes_in, answer.bytes, tally.up, tally.down});
    log("media", {{"blobs_in", tally.up}, {"blobs_out", tally.down}});
  }
  void log(const char* event, const std::vector<LogField>& counts) {
    std::vector<LogField> fields{{"result", result}, {"device", session.device().value}, {"ms", static_cast<std::int64_t>(seconds() * 1'000)}, {"bytes_in", bytes_in},
                                 {"bytes_out", answer.bytes}};
    fields.insert(fields.end(), counts.begin(), counts.end());
    fields.push_back({"error", error});
    log_info(event, fields);
  }
};

asio::awaitable<void> Exchanges::run(Connection& connection, Parser& parser, const std::string& pin) {
  RelaySession session(keys_, connection.peer, pin);
  co_await converse(connection, parser, session);
  co_await read_end(connection, parser);
}

asio::awaitable<void> Exchanges::carry_media(Connection& connection, Parser& parser) {
  MediaRelay session(keys_, connection.peer);
  connection.carries_media = true;
  co_await converse(connection, parser, session);
  connection.carries_media = false;
  co_await read_end(connection, parser);
}

// Who is being written about by somebody else just now stays for the next time.
asio::awaitable<void> Exchanges::note_visits() {
  if (visits_.empty()) co_return;
  auto visits = std::exchange(visits_, {});
  try {
    StorePool::Job job = [&visits](SqlStore& open) { open.note(visits); };
    co_await writer_.run(std::move(job));
  } catch (const std::exception& fault) {
    log_error("visits_not_noted", {{"why", fault.what()}});
  }
  for (auto& [device, left] : visits) {
    auto& visit = visits_[device];
    visit = {std::max(visit.generation, left.generation), std::max(visit.at, left.at), visit.traffic + left.traffic};
  }
}

// The buffers of connections that stay would keep megabytes from being given back.
void Exchanges::tidy() {
  if (!std::exchange(tidied_, true)) asio::post(packers_, [] { malloc_trim(0); });
}

void Exchanges::close() {
  readers_.close();
  large_.close();
  small_.close();
  packers_.stop();
  packers_.join();
}

// Logged and counted when the answer is written, before what the same device or another asks next.
template <class Session>
asio::awaitable<void> Exchanges::converse(Connection& connection, Parser& parser, Session& session) {
  Answer answer;
  Record<Session> record(metrics_, session, answer);
  std::optional<Error> error;
  bool at_fault = false;  // we are
  try {
    while (!session.finished()) {
      if (!co_await work(connection, session, answer)) {
        if (parser.is_done()) { error = Error{Code::malformed, "the exchange breaks off before its end message"}; break; }
        if (!answer.body.empty()) co_await send_chunk(connection, answer);  // acknowledge before waiting for more
        auto bytes = co_await read_more(connection, parser, answer);
        if (unpacks<Session> && record.bytes_in == 0) answer.reading = std::make_shared<Turns::Turn>(co_await readers_.take());
        while (unpacks<Session> && connection.peer && !parser.is_done() && bytes.size() < most_gathered && connection.stream.has_bytes()) bytes += co_await read_some(connection, parser);
        record.bytes_in += bytes.size();
        if (auto fed = session.feed(bytes); !fed) { error = fed.error(); break; }
      }
    }
  } catch (const Error& refused) {
    error = refused;
  } catch (const StoreFault& fault) {
    at_fault = true;
    auto why = fault.kind == StoreFault::Kind::full ? "its disk is full: its operator must make room" : "a fault of its disk, or a moment too busy";
    error = Error{Code::busy, std::string("the relay cannot write just now (") + why + "); nothing is lost, the rest follows at a later sync"};
  } catch (const boost::system::system_error&) {  // the link's
    throw;
  } catch (const std::exception& fault) {
    at_fault = true;
    log_error("exchange_fault", {{"device", session.device().value}, {"why", fault.what()}});
    error = Error{Code::busy, "the relay met a fault of its own in this exchange, which its operator finds in the log; nothing is lost, the rest follows at a later sync"};
  }
  if (error) {
    answer.body += session.failure(*error);
    connection.keep_alive = false;
  }
  if (!session.welcomed() && !(error && error->code == Code::busy)) guard_.rubbish(connection.entrance.party, Clock::now());
  if (session.failed() && !parser.is_done()) connection.keep_alive = false;
  if (session.has_new_key()) {
    meet(session, 0);
    co_await note_visits();
  }
  co_await send_rest(connection, answer);
  record.result = at_fault ? "fault" : session.failed() ? "refused" : "complete";
  record.error = static_cast<int>(session.failed().value_or(Code{}));
  if (session.welcomed()) meet(session, static_cast<std::int64_t>(record.bytes_in + answer.bytes));
}

// The last chunk, which holds nothing, follows the end message: with it read the connection serves the device's next request.
asio::awaitable<void> Exchanges::read_end(Connection& connection, Parser& parser) {
  if (connection.keep_alive && !parser.is_done()) connection.keep_alive = (co_await read_some(connection, parser)).empty() && parser.is_done();
}

template <class Session>
void Exchanges::meet(const Session& session, std::int64_t traffic) {
  auto& visit = visits_[session.device()];
  visit = {std::max(visit.generation, session.generation()), unix_now(), visit.traffic + traffic};
}

// Does what the session asks for until it needs more bytes (false) or has finished (true).
template <class Session>
asio::awaitable<bool> Exchanges::work(Connection& connection, Session& session, Answer& answer) {
  while (!session.finished()) {
    auto task = session.next();
    if (!task) throw Error(task.error());
    if (!*task) co_return false;
    co_await prepare(session, **task, answer);
    auto& store = (*task)->writes ? writer_ : reader_;
    bool dispensable = (*task)->is_dispensable();
    auto holds = (*task)->holds();
    // Named, since GCC 12 destroys a closure twice that is a temporary of a co_await expression.
    StorePool::Job job = [&session, todo = std::move(**task)](SqlStore& open) { session.work(todo, open, unix_now()); };
    try {
      co_await store.run(std::move(job), holds);
    } catch (const StoreFault&) {
      if (!dispensable) throw;
    }
    if (!answer.greeted && session.welcomed()) greet(connection, session.device(), answer);
    co_await pack(session, answer);
    if (answer.body.size() <= portion) continue;
    auto began = Clock::now();
    co_await send_chunk(connection, answer);
    answer.is_slow = Clock::now() - began > slow_write;
  }
  co_return true;
}

// Before anything is done for it, and in a crowd before what it is sent is read out of the store.
asio::awaitable<void> Exchanges::prepare(RelaySession& session, const RelaySession::Task& task, Answer& answer) {
  if (!answer.greeted && session.is_proved()) turn_away_if_often(session.device(), answer, guard_.wait_of(session.device().value, Clock::now()));
  if (large_.busy() + small_.busy() > most_prepared) session.hurry();
  if (task.kind == RelaySession::Task::Kind::serve) co_await take_turn(session.foreseen(), answer);
}

asio::awaitable<void> Exchanges::prepare(const MediaRelay&, const MediaRelay::Task&, Answer&) { co_return; }

asio::awaitable<void> Exchanges::take_turn(RelaySession::Effort effort, Answer& answer) {
  if (effort == RelaySession::Effort::little || answer.turn) co_return;
  auto& turns = effort == RelaySession::Effort::most ? large_ : small_;
  answer.turn = co_await turns.take();
}

// Media are packed already.
asio::awaitable<void> Exchanges::pack(MediaRelay& session, Answer& answer) {
  answer.body += session.answer();
  co_return;
}

// On the network's thread, or on another where everybody else would wait. When many do, all hurry.
asio::awaitable<void> Exchanges::pack(RelaySession& session, Answer& answer) {
  using Effort = RelaySession::Effort;
  tidied_ = false;
  auto effort = session.effort();
  if (session.has_read_all()) answer.reading.reset();
  co_await take_turn(effort, answer);
  if (large_.busy() + small_.busy() > many_at_once) session.hurry();
  if (effort == Effort::little) co_await pack_now(session, answer);
  else co_await asio::co_spawn(packers_, pack_beside(session, answer), use_awaitable);
  if (answer.turn.is_wanted() && (answer.is_slow || answer.turn.age() > long_turn)) session.rest();
  answer.body += session.answer();
  if (!session.has_memory()) answer.turn.end();
}

// On a thread that gives way to the network's and the store's: what is small is answered first, however many pack.
asio::awaitable<void> Exchanges::pack_beside(RelaySession& session, Answer& answer) {
  thread_local const int gives_way = setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), packing_niceness);  // of this thread alone, on Linux
  static_cast<void>(gives_way);  // where it may not, it is slower for others
  co_await pack_now(session, answer);
}

asio::awaitable<void> Exchanges::pack_now(RelaySession& session, Answer& answer) {
  answer.body += session.answer();
  co_return;
}

// Now it is known who speaks.
void Exchanges::greet(Connection& connection, DeviceId device, Answer& answer) {
  answer.greeted = true;
  connection.patience = Patience(std::chrono::seconds(options_.stall_seconds));
  turn_away_if_often(device, answer, guard_.exchange(device.value, Clock::now()));
}

void Exchanges::turn_away_if_often(DeviceId device, Answer& answer, std::chrono::seconds wait) {
  if (wait.count() == 0) return;
  metrics_.turned_away(Metrics::Away::often);
  answer.status = fmt::format("429 Too Many Requests\r\nRetry-After: {}", wait.count());
  throw Error{Code::busy, fmt::format("device {} comes too often; come again in {} s, nothing is lost", device.value, wait.count())};
}

// While others wait for their turn, what they send gathers in the system's buffers: it is mostly there when their turn comes. Who waits for
// the link all the same goes on without a turn after a second, with the memory that it has.
asio::awaitable<std::string> Exchanges::read_more(Connection& connection, Parser& parser, Answer& answer) {
  asio::steady_timer passes_on(co_await asio::this_coro::executor);
  if (answer.reading) {
    passes_on.expires_after(long_turn - answer.reading->age());
    passes_on.async_wait([turn = answer.reading](boost::system::error_code ended) { if (!ended) turn->end(); });
  }
  co_return co_await read_some(connection, parser);
}

asio::awaitable<std::string> Exchanges::read_some(Connection& connection, Parser& parser) {
  std::string bytes(portion, '\0');
  auto& body = parser.get().body();
  body.data = bytes.data();
  body.size = bytes.size();
  boost::system::error_code fault;
  auto began = Clock::now();
  connection.may_take(connection.patience.left());
  auto taken = co_await http::async_read_some(connection.stream, connection.buffer, parser, asio::redirect_error(use_awaitable, fault));
  if (fault == http::error::body_limit)
    throw Error{Code::too_large, "more than " + std::to_string(options_.max_body) + " bytes in one exchange; send the rest in another"};
  if (fault && fault != http::error::need_buffer) throw boost::system::system_error(fault);
  bytes.resize(bytes.size() - body.size);
  connection.body_bytes += bytes.size();
  connection.framing_bytes += taken - std::min(taken, bytes.size());
  if (connection.framing_bytes > max_head_bytes + most_framing * connection.body_bytes)  // chunk extensions, trailers
    throw Error{Code::too_large, "more than " + std::to_string(max_head_bytes) + " bytes of HTTP around a body of few"};
  connection.patience.waited(Clock::now() - began, bytes.size());
  co_return bytes;
}

}  // namespace carnet
