#include "base/metrics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "base/result.hpp"

namespace convoke {
namespace {

std::string escaped(std::string_view value) {
  std::string out;
  for (const char c : value) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out;
}

std::string encode(const Metrics::Labels& labels) {
  std::string out;
  for (const auto& [name, value] : labels) {
    out += fmt::format("{}{}=\"{}\"", out.empty() ? "" : ",", name, escaped(value));
  }
  return out;
}

std::string in_braces(std::string_view labels) { return labels.empty() ? "" : fmt::format("{{{}}}", labels); }

}  // namespace

void Histogram::observe(std::chrono::nanoseconds duration) {
  const double seconds = static_cast<double>(duration.count()) * 1e-9;
  const auto bucket = static_cast<std::size_t>(std::ranges::lower_bound(bounds, seconds) - bounds.begin());
  if (bucket < buckets_.size()) buckets_[bucket].fetch_add(1, std::memory_order_relaxed);
  count_.fetch_add(1, std::memory_order_relaxed);
  sum_nanoseconds_.fetch_add(static_cast<std::uint64_t>(std::max<std::int64_t>(duration.count(), 0)),
                             std::memory_order_relaxed);
}

template <class T>
T& Metrics::instrument(std::string_view name, std::string_view help, const Labels& labels) {
  const std::lock_guard lock(mutex_);
  auto family = families_.find(name);
  if (family == families_.end()) family = families_.emplace(std::string(name), Family{std::string(help), {}}).first;
  auto& slot = family->second.by_labels.try_emplace(encode(labels), std::make_unique<T>()).first->second;
  const auto* owned = std::get_if<std::unique_ptr<T>>(&slot);
  if (!owned) throw std::logic_error(fmt::format("metric '{}' has two kinds", name));
  return **owned;
}

Counter& Metrics::counter(std::string_view name, std::string_view help, Labels labels) {
  return instrument<Counter>(name, help, labels);
}
Gauge& Metrics::gauge(std::string_view name, std::string_view help, Labels labels) {
  return instrument<Gauge>(name, help, labels);
}
Histogram& Metrics::histogram(std::string_view name, std::string_view help, Labels labels) {
  return instrument<Histogram>(name, help, labels);
}

std::string Metrics::exposition() const {
  const std::lock_guard lock(mutex_);
  std::string out;
  for (const auto& [short_name, family] : families_) {
    const std::string name = "convoke_" + short_name;
    constexpr std::string_view kinds[] = {"counter", "gauge", "histogram"};
    const auto kind = kinds[family.by_labels.begin()->second.index()];
    out += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, family.help, name, kind);
    for (const auto& [labels, instrument] : family.by_labels) {
      std::visit(
          Overloaded{
              [&](const std::unique_ptr<Histogram>& h) {
                std::uint64_t below = 0;
                const std::string comma = labels.empty() ? "" : labels + ",";
                for (std::size_t i = 0; i < Histogram::bounds.size(); ++i) {
                  below += h->buckets_[i].load(std::memory_order_relaxed);
                  out += fmt::format("{}_bucket{{{}le=\"{}\"}} {}\n", name, comma, Histogram::bounds[i], below);
                }
                const auto sum = static_cast<double>(h->sum_nanoseconds_.load(std::memory_order_relaxed)) * 1e-9;
                out += fmt::format("{}_bucket{{{}le=\"+Inf\"}} {}\n", name, comma, h->count());
                out += fmt::format("{}_sum{} {:.9f}\n{}_count{} {}\n", name, in_braces(labels), sum, name,
                                   in_braces(labels), h->count());
              },
              [&](const auto& scalar) { out += fmt::format("{}{} {}\n", name, in_braces(labels), scalar->value()); },
          },
          instrument);
    }
  }
  return out;
}

}  // namespace convoke
