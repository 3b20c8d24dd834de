#include "chat/live_turns.hpp"

namespace convoke {

void LiveTurns::add(const Question& question, Turns& turns) {
  const std::lock_guard lock(mutex_);
  by_request_.emplace(question.request_id, Place{&turns, question.conversation_id, question.text});
}

void LiveTurns::remove(const Question& question) {
  const std::lock_guard lock(mutex_);
  const auto [begin, end] = by_request_.equal_range(question.request_id);
  for (auto entry = begin; entry != end; ++entry) {
    if (entry->second.conversation_id != question.conversation_id) continue;
    by_request_.erase(entry);
    return;
  }
}

std::optional<LiveTurns::Place> LiveTurns::find(const std::string& request_id,
                                                const std::optional<std::string>& conversation_id) const {
  const std::lock_guard lock(mutex_);
  const auto [begin, end] = by_request_.equal_range(request_id);
  for (auto entry = begin; entry != end; ++entry) {
    const bool is_it = conversation_id ? entry->second.conversation_id == *conversation_id
                                       : request_id.size() >= globally_unique_id_bytes;
    if (is_it) return entry->second;
  }
  return std::nullopt;
}

}  // namespace convoke
