#include "store/known_requests.hpp"

#include <algorithm>
#include <functional>

namespace convoke {
namespace {

constexpr std::size_t bits_per_request = 10;

/// Spreads the bits of a hash (the finalizer of SplitMix64).
std::uint64_t spread(std::uint64_t x) {
  x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31U);
}

}  // namespace

KnownRequests::KnownRequests(std::size_t expected)
    : words_(std::max<std::size_t>(expected * bits_per_request / 64, 1024)),
      bits_(std::make_unique<std::atomic<std::uint64_t>[]>(words_)) {}

/// Two hashes make all probes (Kirsch and Mitzenmacher, 2006).
template <class Visit>
void KnownRequests::visit_bits(std::string_view request_id, Visit visit) const {
  const std::uint64_t first = spread(std::hash<std::string_view>()(request_id));
  const std::uint64_t step = spread(first) | 1U;
  for (std::uint64_t probe = 0; probe < probes; ++probe) {
    const std::uint64_t bit = (first + probe * step) % (words_ * 64);
    if (!visit(bits_[bit / 64], std::uint64_t{1} << (bit % 64))) return;
  }
}

void KnownRequests::add(std::string_view request_id) {
  visit_bits(request_id, [](std::atomic<std::uint64_t>& word, std::uint64_t bit) {
    word.fetch_or(bit, std::memory_order_relaxed);
    return true;
  });
}

bool KnownRequests::may_contain(std::string_view request_id) const {
  if (!is_complete_.load(std::memory_order_acquire)) return true;
  bool all = true;
  visit_bits(request_id, [&](const std::atomic<std::uint64_t>& word, std::uint64_t bit) {
    all = (word.load(std::memory_order_relaxed) & bit) != 0;
    return all;
  });
  return all;
}

}  // namespace convoke
