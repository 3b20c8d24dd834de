#include "chat/live_turns.hpp"

namespace convoke {

LiveTurns::Place* LiveTurns::locked_find(const std::string& request_id, const std::string& conversation_id) {
  const auto [begin, end] = by_request_.equal_range(request_id);
  for (auto entry = begin; entry != end; ++entry) {
    if (entry->second.conversation_id == conversation_id) return &entry->second;
  }
  return nullptr;
}

void LiveTurns::add(const Question& question, Turns& turns) {
  const std::lock_guard lock(mutex_);
  ++running_in_[question.conversation_id];
  Place place{&turns, question.conversation_id, question.text};
  if (Place* failed = locked_find(question.request_id, question.conversation_id)) {
    *failed = std::move(place);
  } else {
    by_request_.emplace(question.request_id, std::move(place));
  }
}

void LiveTurns::mark_ended(const std::string& request_id, const std::string& conversation_id, bool failed) {
  const std::lock_guard lock(mutex_);
  if (--running_in_[conversation_id] == 0) running_in_.erase(conversation_id);
  if (Place* place = locked_find(request_id, conversation_id)) place->failed = failed;
}

bool LiveTurns::is_running_in(const std::string& conversation_id) const {
  const std::lock_guard lock(mutex_);
  return running_in_.contains(conversation_id);
}

void LiveTurns::remove(const std::string& request_id, const std::string& conversation_id) {
  const std::lock_guard lock(mutex_);
  const auto [begin, end] = by_request_.equal_range(request_id);
  for (auto entry = begin; entry != end; ++entry) {
    if (entry->second.conversation_id != conversation_id) continue;
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
