#include <utility>  // Boost 1.74 forgets it

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>
#include <libpq-fe.h>

#include <atomic>
#include <fstream>
#include <mutex>
#include <stdexcept>

#include "server/tls.hpp"
#include "tests/bench/fleet_relay.hpp"

namespace carnet::bench {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;
using asio::use_awaitable;

namespace {

constexpr int postgres_connections = 8;

// Commits one row a call.
class Shelf {
 public:
  virtual ~Shelf() = default;
  virtual void put(const std::string& body) = 0;
};

class SqliteShelf final : public Shelf {
 public:
  explicit SqliteShelf(const std::string& path) : db_(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE) {
    db_.exec("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE IF NOT EXISTS taken(n INTEGER PRIMARY KEY, body BLOB)");
    insert_ = std::make_unique<SQLite::Statement>(db_, "INSERT INTO taken(body) VALUES(?)");
  }
  void put(const std::string& body) override {
    insert_->reset();
    insert_->bindNoCopy(1, body.data(), static_cast<int>(body.size()));
    insert_->exec();
  }

 private:
  SQLite::Database db_;
  std::unique_ptr<SQLite::Statement> insert_;
};

class PostgresShelf final : public Shelf {
 public:
  explicit PostgresShelf(const std::string& url) : connection_(PQconnectdb(url.c_str()), &PQfinish) {
    must(PQexec(connection_.get(), "CREATE TABLE IF NOT EXISTS taken(n BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body BYTEA)"));
    must(PQprepare(connection_.get(), "put", "INSERT INTO taken(body) VALUES($1)", 1, nullptr));
  }
  void put(const std::string& body) override {
    const char* values[] = {body.data()};
    int lengths[] = {static_cast<int>(body.size())}, formats[] = {1};
    must(PQexecPrepared(connection_.get(), "put", 1, values, lengths, formats, 1));
  }

 private:
  void must(PGresult* given) {
    std::unique_ptr<PGresult, decltype(&PQclear)> result(given, &PQclear);
    if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) throw std::runtime_error(PQerrorMessage(connection_.get()));
  }
  std::unique_ptr<PGconn, decltype(&PQfinish)> connection_;
};

class BareServer {
 public:
  BareServer(const std::string& place, const MasterKey& keys, std::size_t answer_bytes)
      : tls_(keys, {}), answer_(fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{}", answer_bytes, std::string(answer_bytes, 'x'))),
        acceptor_(context_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)), pool_(is_postgres(place) ? postgres_connections : 1) {
    for (int k = 0; k < (is_postgres(place) ? postgres_connections : 1); ++k)
      if (is_postgres(place)) free_.push_back(std::make_unique<PostgresShelf>(place));
      else free_.push_back(std::make_unique<SqliteShelf>(place));
  }
  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  void run() {
    asio::co_spawn(context_, accept_all(), asio::detached);
    context_.run();
  }

 private:
  asio::awaitable<void> accept_all() {
    for (;;) {
      auto socket = co_await acceptor_.async_accept(use_awaitable);
      asio::co_spawn(context_, serve(std::move(socket)), asio::detached);
    }
  }
  asio::awaitable<void> serve(tcp::socket socket) {
    asio::ssl::stream<tcp::socket> stream(std::move(socket), tls_.context());
    std::optional<Peer> peer;
    try {
      stream.next_layer().set_option(tcp::no_delay(true));
      ServerTls::note_in(stream.native_handle(), &peer);
      co_await stream.async_handshake(asio::ssl::stream_base::server, use_awaitable);
      boost::beast::flat_buffer buffer;
      for (;;) {
        http::request_parser<http::string_body> parser;
        co_await http::async_read(stream, buffer, parser, use_awaitable);
        auto body = std::move(parser.get().body());
        co_await commit(std::move(body));
        co_await asio::async_write(stream, asio::buffer(answer_), use_awaitable);
      }
    } catch (const boost::system::system_error&) {  // it went
    }
  }
  asio::awaitable<void> commit(std::string body) {
    auto work = put(std::move(body));
    co_await asio::co_spawn(pool_, std::move(work), use_awaitable);
  }
  // On one of the pool's threads, with a connection that is free.
  asio::awaitable<void> put(std::string body) {
    std::unique_ptr<Shelf> shelf;
    {
      std::lock_guard lock(mutex_);
      shelf = std::move(free_.back());
      free_.pop_back();
    }
    shelf->put(body);
    std::lock_guard lock(mutex_);
    free_.push_back(std::move(shelf));
    co_return;
  }

  ServerTls tls_;
  std::string answer_;
  asio::io_context context_{1};
  tcp::acceptor acceptor_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Shelf>> free_;
  asio::thread_pool pool_;
};

}  // namespace

int serve_bare(const std::string& place, const std::string& key, const std::string& port_file, std::size_t answer_bytes) {
  auto keys = MasterKey::read(key);
  BareServer server(place, keys, answer_bytes);
  std::ofstream(port_file) << server.port() << "\n";
  server.run();
  return 0;
}

}  // namespace carnet::bench
