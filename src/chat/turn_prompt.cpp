#include "chat/turn_prompt.hpp"

#include <algorithm>

#include "chat/result_pages.hpp"

namespace convoke {

TurnPrompt::TurnPrompt(const MessageCounter& counter, Executor workers, const ContextLimits& limits)
    : counter_(counter), workers_(std::move(workers)), limits_(limits) {}

void TurnPrompt::begin(Prompt frame, std::int64_t tools_tokens) {
  prompt_ = std::move(frame);
  tokens_ = tools_tokens + counter_.reply_overhead();
}

Task<> TurnPrompt::add(Place place, Message message, std::string result_id) {
  std::int64_t tokens = co_await count_tokens(counter_, workers_, message);
  if (place == Place::present) tokens += counter_.count_thoughts_sent(message);
  add_counted(place, std::move(message), tokens, std::move(result_id));
}

void TurnPrompt::add_counted(Place place, Message message, std::int64_t tokens, std::string result_id) {
  tokens_ += tokens;
  sizes_.push_back({place, tokens, std::move(result_id)});
  prompt_.messages.push_back(std::move(message));
}

void TurnPrompt::make_room() {
  const std::int64_t room = limits_.max_tokens - limits_.reserve_tokens;
  while (tokens_ > room &&
         (leave_out_oldest_turn() || shrink_longest_result(Place::present) || shrink_longest_result(Place::past))) {
  }
}

/// A turn begins with what its user said.
bool TurnPrompt::leave_out_oldest_turn() {
  const auto is_past = [](const Size& size) { return size.place == Place::past; };
  const auto first = std::ranges::find_if(sizes_, is_past);
  const std::int64_t past = std::ranges::count_if(sizes_, is_past);
  const auto begin = first - sizes_.begin();
  auto end = begin + 1;
  while (end < begin + past && prompt_.messages[static_cast<std::size_t>(end)].role != Role::user) ++end;
  if (past == 0 || past - (end - begin) < limits_.preserve_recent) return false;
  for (auto i = begin; i < end; ++i) tokens_ -= sizes_[static_cast<std::size_t>(i)].tokens;
  sizes_.erase(sizes_.begin() + begin, sizes_.begin() + end);
  prompt_.messages.erase(prompt_.messages.begin() + begin, prompt_.messages.begin() + end);
  return true;
}

/// False when none is left that would become shorter.
bool TurnPrompt::shrink_longest_result(Place place) {
  std::size_t longest = sizes_.size();
  for (std::size_t i = 0; i < sizes_.size(); ++i) {
    const bool is_result = sizes_[i].place == place && prompt_.messages[i].role == Role::tool;
    if (is_result && (longest == sizes_.size() || sizes_[i].tokens > sizes_[longest].tokens)) longest = i;
  }
  if (longest == sizes_.size()) return false;
  for (Part& part : prompt_.messages[longest].parts) {
    if (ToolResult* result = std::get_if<ToolResult>(&part)) {
      *result = shrunk_result(std::move(*result), sizes_[longest].result_id);
    }
  }
  const std::int64_t tokens = counter_.count(prompt_.messages[longest]);
  const std::int64_t won = sizes_[longest].tokens - tokens;
  sizes_[longest].tokens = tokens;
  tokens_ -= won;
  return won > 0;
}

}  // namespace convoke
