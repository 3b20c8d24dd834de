#include "store/retention.hpp"

namespace convoke {
namespace {

bool is_message(EventType type) {
  return type == EventType::user_message || type == EventType::assistant_message || type == EventType::tool_result;
}

}  // namespace

RetentionRule rule_of(const Retention& retention, WallTime now) {
  RetentionRule rule{.now = now};
  switch (retention.policy) {
    case RetentionPolicy::unlimited: return rule;
    case RetentionPolicy::token_limit: rule.max_tokens = retention.limit; return rule;
    case RetentionPolicy::message_count: rule.max_messages = retention.limit; return rule;
    case RetentionPolicy::time_based: rule.oldest = now - std::chrono::days(retention.limit); return rule;
  }
  std::unreachable();
}

bool TrimScan::take(Sequence seq, EventType type, std::int64_t tokens, WallTime when) {
  if (is_message(type)) {
    tokens_ += tokens;
    ++messages_;
  }
  is_over_ = (rule_.max_tokens && tokens_ > *rule_.max_tokens) ||
             (rule_.max_messages && messages_ > *rule_.max_messages) || (rule_.oldest && when < *rule_.oldest);
  if (is_over_) return false;
  if (opens_turn(type)) oldest_turn_ = seq;
  return true;
}

std::optional<Sequence> TrimScan::first_kept(Sequence after_all) const {
  if (!is_over_) return std::nullopt;
  return oldest_turn_.value_or(after_all);
}

}  // namespace convoke
