#include "limits/window.hpp"

#include <algorithm>

namespace convoke::limits {

namespace {
constexpr int spare_slots = 2;  // the one that is being filled, and the one that allows for jitter
constexpr int doubtful_slots = spare_slots + 1;
}  // namespace

Window::Window(Duration span, int slots)
    : span_(span), slot_length_(span / slots), slots_(static_cast<std::size_t>(slots + spare_slots)) {}

std::int64_t& Window::in_slot(std::int64_t slot) { return slots_[static_cast<std::size_t>(slot) % slots_.size()]; }

void Window::advance(Instant now) {
  const std::int64_t slot = slot_of(now);
  const auto count = static_cast<std::int64_t>(slots_.size());
  for (std::int64_t next = std::max(newest_ + 1, slot - count + 1); next <= slot; ++next) {
    total_ -= in_slot(next);
    in_slot(next) = 0;
  }
  newest_ = std::max(newest_, slot);
}

std::int64_t Window::used(Instant now) {
  advance(now);
  return total_;
}

std::int64_t Window::surely_used(Instant now) {
  advance(now);
  const std::int64_t oldest = newest_ - static_cast<std::int64_t>(slots_.size()) + 1;
  std::int64_t sum = total_;
  for (std::int64_t slot = oldest; slot < oldest + doubtful_slots; ++slot) sum -= in_slot(slot);
  return sum;
}

void Window::add(Instant now, std::int64_t amount) {
  advance(now);
  in_slot(newest_) += amount;
  total_ += amount;
}

void Window::correct(Instant now, Instant then, std::int64_t by) {
  advance(now);
  const std::int64_t slot = slot_of(then);
  if (slot <= newest_ - static_cast<std::int64_t>(slots_.size())) return;
  in_slot(slot) += by;
  total_ += by;
}

Instant Window::when_free(Instant now, std::int64_t limit, std::int64_t amount) {
  advance(now);
  const std::int64_t room = limit - total_;
  if (amount <= room) return now;
  // What there is room for goes now; from then on the window is full, and each slot makes room for as much as it held.
  const std::int64_t goes_now = std::max<std::int64_t>(room, 0);
  const std::int64_t owed = std::max<std::int64_t>(-room, 0);  // a limit that was lowered is first lived down to
  const std::int64_t waiting = amount - goes_now;
  const std::int64_t rounds = (waiting - 1) / limit;
  std::int64_t needed = waiting - rounds * limit + owed;
  const auto count = static_cast<std::int64_t>(slots_.size());
  std::int64_t slot = newest_ - count + 1;
  for (; slot < newest_; ++slot) {
    needed -= in_slot(slot);
    if (needed <= 0) break;
  }
  return Instant(slot_length_ * (slot + count * (rounds + 1)));
}

}  // namespace convoke::limits
