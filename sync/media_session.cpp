#include "sync/media_session.hpp"

#include <algorithm>

namespace carnet {

namespace {

// How much is on its way follows LEDBAT (RFC 6817): delay beyond the link's own means that a queue grows, on whatever machine: words
// that are written now would have to wait behind it, and where the link is cut all of it is sent, and paid, again.
constexpr double target_delay = 0.25;      // seconds
constexpr std::size_t recent_delays = 3;   // of which the least counts: a link's delay jumps about
constexpr double least_window = 5'000, first_window = 8'000, most_window = 1'000'000;
constexpr std::int64_t around_part = 20;   // bytes: its message, and HTTP's
constexpr std::size_t most_open = 4;   // blobs that are named ahead, so that no round trip is lost between them
constexpr std::int64_t least_part = 2'500;
constexpr std::int64_t most_bytes = 32'000'000;  // of one request

}  // namespace

MediaSession::MediaSession(MediaPlan& plan, DeviceId device, Options options)
    : plan_(plan), device_(device), options_(std::move(options)), began_(options_.seconds()),
      window_(std::clamp(options_.bytes_a_second * target_delay, first_window, most_window)) {
  if (options_.window > 0) window_ = std::clamp(options_.window, least_window, window_);
}

std::string MediaSession::produce() {
  if (outcome_ != Outcome::going_on || ended_) return {};
  std::string out;
  if (!said_hello_) {
    out = media_preface() + pack(MediaHello{device_, options_.bearer});
    said_hello_ = true;
  }
  bool ends = plan_.words_wait() || options_.seconds() - began_ >= options_.most_seconds || report_.bytes_up + report_.bytes_down >= most_bytes;
  for (;;) {
    if (!ends) open_more(out);
    if (ends || (open_.empty() && plan_is_empty_)) {
      ended_ = true;
      return out + pack(MediaEnd{});
    }
    auto open = open_.size();
    if (on_its_way() < static_cast<std::int64_t>(window_) && !put_part(out)) ask(out);
    if (open_.size() == open) return out;  // else one was left out, and another may take its place
  }
}

std::size_t MediaSession::most_at_once() const {
  return piece_of(static_cast<std::size_t>(part_bytes() + around_part), options_.bytes_before + report_.bytes_up + report_.bytes_down);
}

void MediaSession::open_more(std::string& out) {
  while (open_.size() < most_open && !plan_is_empty_) {
    auto job = named_ < max_blobs_a_request ? plan_.next() : std::nullopt;
    if (!job) {
      plan_is_empty_ = true;
      return;
    }
    auto held = job->up ? 0 : plan_.blobs().held(job->hash, {});
    if (!job->up && held >= job->bytes) {  // all of it came, and then the power went
      if (plan_.blobs().finish(job->hash, {})) {
        plan_.arrived(*job);
        continue;
      }
      held = 0;
    }
    open_.push_back({*job, named_++, held, held, false});
    if (job->up) out += pack(Offer{open_.back().number, job->space, job->hash, job->bytes});
  }
}

bool MediaSession::put_part(std::string& out) {
  auto at = std::find_if(open_.begin(), open_.end(), [](auto& open) { return open.job.up && open.answered && open.asked < open.job.bytes; });
  if (at == open_.end()) return false;
  auto bytes = piece_to_give(plan_.blobs(), at->job.hash, at->asked, static_cast<std::size_t>(std::min(part_bytes(), at->job.bytes - at->asked)));
  if (!bytes || bytes->empty()) {  // it was thrown away here, or cut short
    plan_.declined(at->job, bytes ? Error{Code::not_found, "what is here of it is shorter than it was"} : bytes.error());
    close(at->number);
    return false;
  }
  auto size = static_cast<std::int64_t>(bytes->size());
  at->asked += size;
  flights_.push_back({at->number, at->asked, size, options_.seconds()});
  out += pack(Part{at->number, size}) + *bytes;
  return true;
}

bool MediaSession::ask(std::string& out) {
  auto at = std::find_if(open_.begin(), open_.end(), [](auto& open) { return !open.job.up && open.asked < open.job.bytes; });
  if (at == open_.end()) return false;
  auto length = std::min(part_bytes(), at->job.bytes - at->asked);
  if (!std::exchange(at->answered, true)) out += pack(Ask{at->number, at->job.space, at->job.hash, at->asked, length});
  else out += pack(AskOn{at->number, length});
  at->asked += length;
  flights_.push_back({at->number, at->asked, length, options_.seconds()});
  return true;
}

std::int64_t MediaSession::on_its_way() const {
  std::int64_t bytes = 0;
  for (auto& flight : flights_) bytes += flight.bytes;
  return bytes;
}

std::int64_t MediaSession::part_bytes() const { return std::clamp(static_cast<std::int64_t>(window_ / 2) - around_part, least_part, std::max(least_part, static_cast<std::int64_t>(options_.most_part_bytes))); }

// So far it has come. Where all that might be on its way was, there may be more of it the next time, unless a queue has grown.
void MediaSession::landed(std::uint32_t number, std::int64_t upto) {
  auto now = options_.seconds();
  bool was_full = on_its_way() + part_bytes() > static_cast<std::int64_t>(window_);
  std::erase_if(flights_, [&](const Flight& flight) {
    if (flight.number != number || flight.upto > upto) return false;
    delays_.push_back(now - flight.put);
    if (delays_.size() > recent_delays) delays_.pop_front();
    auto delay = *std::min_element(delays_.begin(), delays_.end());
    least_delay_ = least_delay_ > 0 ? std::min(least_delay_, delay) : delay;
    auto below = std::clamp((target_delay - (delay - least_delay_)) / target_delay, -1.0, 1.0);
    grows_fast_ = grows_fast_ && below > 0.5 && (options_.window == 0 || window_ < options_.window);
    auto bytes = static_cast<double>(flight.bytes);
    auto change = grows_fast_ ? bytes : below * bytes / 3;
    if (change < 0 || was_full) window_ = std::clamp(window_ + change, least_window, most_window);
    return true;
  });
}

MediaSession::Open* MediaSession::find(std::uint32_t number) {
  auto at = std::find_if(open_.begin(), open_.end(), [&](auto& open) { return open.number == number; });
  return at == open_.end() ? nullptr : &*at;
}

void MediaSession::close(std::uint32_t number) {
  std::erase_if(open_, [&](auto& open) { return open.number == number; });
  std::erase_if(flights_, [&](auto& flight) { return flight.number == number; });
}

void MediaSession::consume(std::string_view bytes) {
  in_.feed(bytes);
  while (outcome_ == Outcome::going_on) {
    auto item = in_.next();
    if (!item) return fail(item.error());
    if (!*item) return;
    if (auto* data = std::get_if<MediaData>(&**item)) take(*data);
    else take(std::get<MediaMessage>(**item));
  }
}

void MediaSession::take(const MediaMessage& message) {
  if (auto* held = std::get_if<Held>(&message)) return take(*held);
  if (auto* failure = std::get_if<MediaFailure>(&message)) return fail(failure->error);
  if (auto* declined = std::get_if<Declined>(&message)) {
    auto* open = find(declined->blob);
    if (!open) return;  // of a blob that was done with
    plan_.declined(open->job, declined->error);
    return close(declined->blob);
  }
  if (auto* part = std::get_if<Part>(&message)) {
    auto* open = find(part->blob);
    bool asked = open && !open->job.up && open->held + part->length <= open->asked;
    if (!asked) fail({Code::malformed, "the relay sends what nobody asked for"});
    return;
  }
  bool over = std::holds_alternative<MediaEnd>(message) && ended_;
  if (!over) return fail({Code::malformed, "the relay sent what only a device sends, or ended early"});
  outcome_ = plan_is_empty_ && open_.empty() ? Outcome::done : Outcome::again;
}

void MediaSession::take(const Held& held) {
  auto* open = find(held.blob);
  if (!open && held.blob < named_) return;  // of a blob that was left out half-way
  bool fits = open && open->job.up && held.bytes >= open->held && held.bytes <= open->job.bytes && (!open->answered || held.bytes <= open->asked);
  if (!fits) return fail({Code::malformed, "the relay says that it has what nobody sent"});
  if (open->answered) report_.bytes_up += held.bytes - open->held;
  else open->asked = held.bytes;
  open->answered = true;
  open->held = held.bytes;
  landed(held.blob, held.bytes);
  if (held.bytes < open->job.bytes) return;
  ++report_.up;
  plan_.arrived(open->job);
  close(held.blob);
}

void MediaSession::take(const MediaData& data) {
  auto* open = find(data.blob);
  if (!open) return fail({Code::malformed, "the relay sends what nobody asked for"});
  plan_.blobs().append(open->job.hash, {}, data.bytes);
  open->held += static_cast<std::int64_t>(data.bytes.size());
  report_.bytes_down += static_cast<std::int64_t>(data.bytes.size());
  landed(data.blob, open->held);
  if (open->held < open->job.bytes) return;
  if (plan_.blobs().finish(open->job.hash, {})) {
    ++report_.down;
    plan_.arrived(open->job);
  } else {
    plan_.declined(open->job, {Code::malformed, "what came is not what its name says: it comes again from the start"});
  }
  close(data.blob);
}

void MediaSession::fail(Error error) {
  error_ = std::move(error);
  outcome_ = Outcome::failed;
}

}  // namespace carnet
