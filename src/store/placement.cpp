#include "store/placement.hpp"

#include <fmt/format.h>

namespace convoke {
namespace {

// Times are kept as ISO 8601 with four digits for the year.
constexpr WallTime first_time = std::chrono::sys_days{std::chrono::year{0} / 1 / 1};
constexpr WallTime end_of_time = std::chrono::sys_days{std::chrono::year{10000} / 1 / 1};

std::size_t size_of(const ToolResult& result) {
  std::size_t bytes = result.text.size();
  for (const Image& image : result.images) bytes += image.data.size();
  return bytes;
}

std::size_t size_of(const Message& message) {
  std::size_t bytes = 0;
  for (const Part& part : message.parts) {
    bytes += std::visit(Overloaded{
                            [](const Text& p) { return p.text.size(); },
                            [](const Reasoning& p) { return p.text.size() + p.replay.size(); },
                            [](const Image& p) { return p.data.size(); },
                            [](const ToolCall& p) { return p.arguments.size(); },
                            [](const ToolResult& p) { return size_of(p); },
                        },
                        part);
  }
  return bytes;
}

Result<void> check(const Event& event) {
  if (event.conversation_id.empty()) return fail(Errc::invalid_input, "an event needs a conversation id");
  if (event.conversation_id.size() > max_id_bytes || event.request_id.size() > max_id_bytes) {
    return fail(Errc::invalid_input, fmt::format("an id is longer than {} bytes", max_id_bytes));
  }
  if (event.timestamp < first_time || event.timestamp >= end_of_time) {
    return fail(Errc::invalid_input, "an event's time is outside the years 0 to 9999");
  }
  if (size_of(event.message) > max_event_bytes) {
    return fail(Errc::invalid_input, fmt::format("an event is larger than {} bytes", max_event_bytes));
  }
  return {};
}

Result<Sequence> parent_of(const Event& event, Sequence seq) {
  if (event.parent == 0) return seq - 1;
  if (event.parent == from_the_start) return 0;
  if (event.parent < 0 || event.parent >= seq) {
    return fail(Errc::invalid_input, fmt::format("event {} of '{}' cannot follow {}, which is not before it", seq,
                                                 event.conversation_id, event.parent));
  }
  return event.parent;
}

}  // namespace

Result<std::vector<Placement>> place(const std::vector<Event>& events, const LastSequence& last_sequence) {
  std::vector<Placement> placements;
  placements.reserve(events.size());
  std::unordered_map<std::string_view, Sequence> last;  // of the conversations met so far
  for (const Event& event : events) {
    CHECK_OK(check(event));
    auto known = last.find(event.conversation_id);
    if (known == last.end()) {
      TRY(const Sequence stored, last_sequence(event.conversation_id));
      known = last.emplace(event.conversation_id, stored).first;
    }
    const Sequence seq = ++known->second;
    TRY(const Sequence parent, parent_of(event, seq));
    placements.push_back({seq, parent});
  }
  return placements;
}

}  // namespace convoke
