#include "client/near_channel.hpp"

#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>
#include <sodium.h>

#include <system_error>

#include "sync/limits.hpp"

namespace carnet {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;

namespace {

constexpr std::chrono::seconds drained{2};
constexpr std::chrono::milliseconds retry{200};
constexpr int most_retries = 100;  // while a sync of ours goes on
constexpr unsigned char aes_128_gcm_sha256[] = {0x13, 0x01};
constexpr std::string_view exporter_label = "EXPORTER-carnet-near";

int index_of_channel() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

SSL_SESSION* session_of(SSL* connection, const SpaceKey& key) {
  auto bytes = channel_key_of(key);
  std::unique_ptr<SSL_SESSION, decltype(&SSL_SESSION_free)> made(SSL_SESSION_new(), SSL_SESSION_free);
  bool is_whole = made && SSL_SESSION_set1_master_key(made.get(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()) == 1 &&
                  SSL_SESSION_set_cipher(made.get(), SSL_CIPHER_find(connection, aes_128_gcm_sha256)) == 1 && SSL_SESSION_set_protocol_version(made.get(), TLS1_3_VERSION) == 1;
  return is_whole ? made.release() : nullptr;
}

asio::ssl::context context_of(asio::ssl::context::method method) {
  asio::ssl::context made(method);
  auto* context = made.native_handle();
  SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
  SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256");
  SSL_CTX_set1_groups_list(context, "X25519");
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
  SSL_CTX_set_num_tickets(context, 0);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_quiet_shutdown(context, 1);  // the meeting says where it ends
  return made;
}

std::string text_of(const tcp::socket& socket) {
  boost::system::error_code fault;
  auto end = socket.remote_endpoint(fault);
  return fault ? std::string() : fmt::format("{}:{}", end.address().to_string(), end.port());
}

Error lost() { return {Code::busy, "the link to the other device was lost; what arrived is kept, and the rest follows at the next meeting"}; }

}  // namespace

NearTls::NearTls() : caller(context_of(asio::ssl::context::tls_client)), called(context_of(asio::ssl::context::tls_server)) {
  SSL_CTX_set_verify(caller.native_handle(), SSL_VERIFY_PEER, nullptr);  // a certificate proves nothing here, whosever it is
  SSL_CTX_set_psk_use_session_callback(caller.native_handle(), &NearChannel::use_key);
  SSL_CTX_set_psk_find_session_callback(called.native_handle(), &NearChannel::find_key);
}

NearChannel::NearChannel(tcp::socket socket, NearTls& tls, bool is_caller, const Host& host)
    : stream_(std::move(socket), is_caller ? tls.caller : tls.called), is_caller_(is_caller), host_(host), deadline_(stream_.get_executor()), silence_(stream_.get_executor()),
      retry_(stream_.get_executor()) {
  SSL_set_ex_data(stream_.native_handle(), index_of_channel(), this);
}

int NearChannel::find_key(SSL* connection, const unsigned char* identity, std::size_t size, SSL_SESSION** found) {
  auto& self = *static_cast<NearChannel*>(SSL_get_ex_data(connection, index_of_channel()));
  auto key = self.by_tag_.find(std::string_view(reinterpret_cast<const char*>(identity), size));
  *found = key == self.by_tag_.end() ? nullptr : session_of(connection, key->second);
  return 1;
}

int NearChannel::use_key(SSL* connection, const EVP_MD*, const unsigned char** identity, std::size_t* size, SSL_SESSION** session) {
  auto& self = *static_cast<NearChannel*>(SSL_get_ex_data(connection, index_of_channel()));
  *identity = reinterpret_cast<const unsigned char*>(self.tag_.data());
  *size = self.tag_.size();
  *session = session_of(connection, self.chosen_);
  return *session ? 1 : 0;
}

template <class Work>
auto NearChannel::guarded(Work work) {
  return [self = shared_from_this(), work](Fault fault, auto... more) {
    if (self->ended_) return;
    try {
      work(fault, more...);
    } catch (const std::system_error&) {  // of photos' files
      self->end(Error{Code::busy, "a photo could not be read or written here, maybe since the disk is full; the rest follows at the next meeting"});
    }
  };
}

void NearChannel::wait(asio::steady_timer& timer, std::chrono::milliseconds time, std::function<void()> what) {
  timer.expires_after(time);
  timer.async_wait(guarded([what = std::move(what)](Fault fault) {
    if (!fault) what();
  }));
}

void NearChannel::call(const tcp::endpoint& where) {
  address_ = fmt::format("{}:{}", where.address().to_string(), where.port());
  Error nobody{Code::busy, fmt::format("nobody answers at {}: is the other device on this network, and does it listen there, by its page of synchronisation or `carnet near`?", address_)};
  wait(deadline_, host_.patience.door, [this, nobody] { end(nobody); });
  stream_.next_layer().async_connect(where, guarded([this, nobody](Fault fault) {
    if (fault) end(nobody);
    else read_greeting();
  }));
}

void NearChannel::read_greeting() {
  auto size = std::min(reader_.wanted(), in_.size());
  asio::async_read(stream_.next_layer(), asio::buffer(in_.data(), size), guarded([this](Fault fault, std::size_t came) {
    if (fault || !reader_.feed({in_.data(), came})) return end(Error{Code::busy, fmt::format("what answers at {} is no device of Carnet, or has no time now", address_)});
    bytes_ += static_cast<std::int64_t>(came);
    if (reader_.wanted() > 0) return read_greeting();
    auto keys = host_.keys();
    std::reverse(keys.begin(), keys.end());
    auto key = reader_.find(keys);
    if (!key) return end(Error{Code::not_allowed, "this device and the other one have no space with the same key: they are of no space together, or one of them has not met the relay since the key changed"});
    chosen_ = *key;
    tag_ = tag_of(chosen_, reader_.salt());
    shake_hands();
  }));
}

void NearChannel::answer() {
  address_ = text_of(stream_.next_layer());
  wait(deadline_, host_.patience.door, [this] { end(lost()); });
  std::string salt(salt_bytes, '\0');
  randombytes_buf(salt.data(), salt.size());
  auto keys = host_.keys();
  for (auto& key : keys) by_tag_[tag_of(key, salt)] = key;
  greeting_ = greeting_of(keys, salt);
  bytes_ += static_cast<std::int64_t>(greeting_.size());
  asio::async_write(stream_.next_layer(), asio::buffer(greeting_), guarded([this](Fault fault, std::size_t) { fault ? end(lost()) : shake_hands(); }));
}

void NearChannel::shake_hands() {
  stream_.async_handshake(is_caller_ ? asio::ssl::stream_base::client : asio::ssl::stream_base::server, guarded([this](Fault fault) {
    if (fault || SSL_session_reused(stream_.native_handle()) != 1) return end(Error{Code::not_allowed, "the other device does not prove that it is of a space of this one"});
    wait(deadline_, host_.patience.whole, [this] { end(Error{Code::busy, "a meeting takes no longer than ten minutes; the rest follows at the next"}); });
    enter();
  }));
}

// Another process of ours may be at a sync: then a little later.
void NearChannel::enter() {
  Meeting::Channel channel{std::string(channel_bytes, '\0'), is_caller_};
  auto& to = channel.binding;
  if (SSL_export_keying_material(stream_.native_handle(), reinterpret_cast<unsigned char*>(to.data()), to.size(), exporter_label.data(), exporter_label.size(), nullptr, 0, 0) != 1) return end(lost());
  meeting_ = host_.begin(std::move(channel));
  if (meeting_) return begin();
  if (++retries_ > most_retries) return end(Error{Code::busy, "a sync of this device goes on; the other one may come again"});
  wait(retry_, retry, [this] { enter(); });
}

void NearChannel::begin() {
  be_patient();
  read();
  write();
}

void NearChannel::be_patient() {
  wait(silence_, host_.patience.silence, [this] { end(lost()); });
}

void NearChannel::read() {
  stream_.async_read_some(asio::buffer(in_), guarded([this](Fault fault, std::size_t came) {
    if (fault) return end(lost());
    bytes_ += static_cast<std::int64_t>(came);
    be_patient();
    meeting_->consume({in_.data(), came});
    write();
    if (!ended_ && meeting_->outcome() == Meeting::Outcome::going_on) read();
  }));
}

void NearChannel::write() {
  if (writing_) return;
  out_ = meeting_->produce();
  if (out_.empty()) {
    if (meeting_->outcome() != Meeting::Outcome::going_on) leave();
    return;
  }
  writing_ = true;
  asio::async_write(stream_, asio::buffer(out_), guarded([this](Fault fault, std::size_t went) {
    writing_ = false;
    if (fault) return end(lost());
    bytes_ += static_cast<std::int64_t>(went);
    be_patient();
    write();
  }));
}

// Where the other side may not have heard yet why not, the socket stays until it has.
void NearChannel::leave() {
  if (meeting_->outcome() == Meeting::Outcome::done) return end({});
  auto why = meeting_->error();
  Fault none;
  stream_.next_layer().shutdown(tcp::socket::shutdown_send, none);
  wait(silence_, drained, [this, why] { end(why); });
  stream_.next_layer().async_wait(tcp::socket::wait_read, guarded([this, why](Fault) { end(why); }));
}

void NearChannel::cut() { end(lost()); }

void NearChannel::end(std::optional<Error> error) {
  if (std::exchange(ended_, true)) return;
  auto self = shared_from_this();
  Fault none;
  for (auto* timer : {&deadline_, &silence_, &retry_}) timer->cancel(none);
  stream_.next_layer().close(none);
  Met met{address_, is_caller_, {}, bytes_, std::move(error)};
  if (meeting_) {
    meeting_->end();
    met.report = meeting_->report();
    meeting_.reset();
  }
  host_.ended(*this, met);
}

}  // namespace carnet
