#include "server/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

namespace carnet {

namespace {

using prometheus::Histogram;

const Histogram::BucketBoundaries exchange_seconds{0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 1'000};  // on links of minutes
const Histogram::BucketBoundaries transaction_seconds{0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10};
const Histogram::BucketBoundaries batch_jobs{1, 2, 4, 8, 16, 32, 64, 128, 256};

prometheus::Family<prometheus::Counter>& counters(prometheus::Registry& all, const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(all);
}
prometheus::Family<prometheus::Gauge>& gauges(prometheus::Registry& all, const char* name, const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(all);
}
prometheus::Family<Histogram>& histograms(prometheus::Registry& all, const char* name, const char* help) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(all);
}

double cpu_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  return static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) + static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

double resident_bytes() {
  double whole = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> whole >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

}  // namespace

struct Metrics::Families {
  prometheus::Registry all;
  prometheus::Family<prometheus::Counter>& exchanges = counters(all, "carnet_relay_exchanges_total", "Exchanges with devices, by how they ended.");
  prometheus::Family<prometheus::Counter>& bytes = counters(all, "carnet_relay_bytes_total", "Bytes of exchanges, packed, without heads and TLS.");
  prometheus::Family<prometheus::Counter>& rows = counters(all, "carnet_relay_rows_total", "Rows that were taken in and given out.");
  prometheus::Family<prometheus::Counter>& media_requests = counters(all, "carnet_relay_media_requests_total", "Requests about media, by how they ended.");
  prometheus::Family<prometheus::Counter>& media_bytes = counters(all, "carnet_relay_media_bytes_total", "Bytes of requests about media, without heads and TLS.");
  prometheus::Family<prometheus::Counter>& blobs = counters(all, "carnet_relay_blobs_total", "Blobs that came whole, and that were asked for.");
  prometheus::Counter& refusals = counters(all, "carnet_relay_refusals_total", "Frames and rows that were not taken, by reason told.").Add({});
  prometheus::Counter& conflicts = counters(all, "carnet_relay_conflicts_total", "Rows that came into conflict.").Add({});
  Histogram& duration = histograms(all, "carnet_relay_exchange_duration_seconds", "From the head of an exchange to its last byte.").Add({}, exchange_seconds);
  prometheus::Family<prometheus::Counter>& away = counters(all, "carnet_relay_turned_away_total", "Connections and requests that were told to come again, or closed.");
  Histogram& batch = histograms(all, "carnet_relay_store_batch_size", "Jobs of one writing transaction.").Add({}, batch_jobs);
  prometheus::Family<Histogram>& transactions = histograms(all, "carnet_relay_store_transaction_duration_seconds", "Transactions of the store.");
  prometheus::Gauge& connections = gauges(all, "carnet_relay_connections", "Connections of devices, now.").Add({});
  prometheus::Family<prometheus::Gauge>& queue = gauges(all, "carnet_relay_store_queue_length", "Jobs that wait for the store, now.");
  prometheus::Gauge& resident = gauges(all, "process_resident_memory_bytes", "Resident memory size in bytes.").Add({});
  prometheus::Counter& cpu = counters(all, "process_cpu_seconds_total", "Total user and system CPU time spent in seconds.").Add({});
};

Metrics::Metrics(const std::string& backend) : families_(std::make_unique<Families>()) {
  auto& f = *families_;
  gauges(f.all, "carnet_relay_build_info", "1; what runs stands in the labels.").Add({{"version", CARNET_VERSION}, {"store", backend}}).Set(1);
  for (auto* result : {"complete", "refused", "fault", "cut"}) {
    f.exchanges.Add({{"result", result}});
    f.media_requests.Add({{"result", result}});
  }
  for (auto* direction : {"in", "out"}) {
    f.bytes.Add({{"direction", direction}});
    f.rows.Add({{"direction", direction}});
    f.media_bytes.Add({{"direction", direction}});
    f.blobs.Add({{"direction", direction}});
  }
  for (auto* reason : {"full", "often"}) f.away.Add({{"reason", reason}});
  for (auto* mode : {"write", "read"}) f.transactions.Add({{"mode", mode}}, transaction_seconds);
}

Metrics::~Metrics() = default;

void Metrics::exchange(const Exchange& ended) {
  auto& f = *families_;
  f.exchanges.Add({{"result", ended.result}}).Increment();
  f.bytes.Add({{"direction", "in"}}).Increment(static_cast<double>(ended.bytes_in));
  f.bytes.Add({{"direction", "out"}}).Increment(static_cast<double>(ended.bytes_out));
  f.rows.Add({{"direction", "in"}}).Increment(static_cast<double>(ended.rows_in));
  f.rows.Add({{"direction", "out"}}).Increment(static_cast<double>(ended.rows_out));
  f.refusals.Increment(static_cast<double>(ended.refused));
  f.conflicts.Increment(static_cast<double>(ended.conflicts));
  f.duration.Observe(ended.seconds);
}

void Metrics::media(const Media& ended) {
  auto& f = *families_;
  f.media_requests.Add({{"result", ended.result}}).Increment();
  f.media_bytes.Add({{"direction", "in"}}).Increment(static_cast<double>(ended.bytes_in));
  f.media_bytes.Add({{"direction", "out"}}).Increment(static_cast<double>(ended.bytes_out));
  f.blobs.Add({{"direction", "in"}}).Increment(static_cast<double>(ended.blobs_in));
  f.blobs.Add({{"direction", "out"}}).Increment(static_cast<double>(ended.blobs_out));
}

void Metrics::turned_away(Away why) { families_->away.Add({{"reason", why == Away::full ? "full" : "often"}}).Increment(); }

void Metrics::transaction(bool writes, std::size_t jobs, double seconds) {
  if (writes) families_->batch.Observe(static_cast<double>(jobs));
  families_->transactions.Add({{"mode", writes ? "write" : "read"}}, transaction_seconds).Observe(seconds);
}

std::string Metrics::text(const Now& now) {
  auto& f = *families_;
  f.connections.Set(static_cast<double>(now.connections));
  f.queue.Add({{"mode", "write"}}).Set(static_cast<double>(now.waiting_to_write));
  f.queue.Add({{"mode", "read"}}).Set(static_cast<double>(now.waiting_to_read));
  f.resident.Set(resident_bytes());
  f.cpu.Increment(cpu_seconds() - f.cpu.Value());
  std::ostringstream text;
  prometheus::TextSerializer().Serialize(text, f.all.Collect());
  return text.str();
}

}  // namespace carnet
