#include "llm/output_limit.hpp"

#include <algorithm>

namespace convoke {
namespace {

constexpr std::int64_t always_allowed = 64;  // providers count what opens and ends an answer, too
constexpr std::int64_t shortest_step = 256;  // bytes

}  // namespace

OutputLimit::OutputLimit(std::int64_t tokens, bool is_exact, Count count)
    : reserved_(tokens),
      most_(tokens + (is_exact ? tokens / 10 : tokens) + always_allowed),
      count_(std::move(count)),
      next_look_(static_cast<std::size_t>(most_)) {}

void OutputLimit::hear(const Delta& delta) {
  if (is_passed_) return;
  if (const TextDelta* text = std::get_if<TextDelta>(&delta)) heard_ += text->text;
  if (const ReasoningDelta* thought = std::get_if<ReasoningDelta>(&delta)) heard_ += thought->text;
  if (heard_.size() > next_look_) look();
}

/// A token has a byte at least, so that as many bytes may come unseen as tokens are left: few looks at a long answer.
void OutputLimit::look() {
  counted_ = count_(assistant_message(heard_));
  is_passed_ = counted_ > most_;
  next_look_ = heard_.size() + static_cast<std::size_t>(std::max(most_ - counted_, shortest_step));
}

}  // namespace convoke
