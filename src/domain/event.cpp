#include "domain/event.hpp"

#include <fmt/format.h>

#include <charconv>

namespace convoke {
namespace {
constexpr EventType all_types[] = {EventType::user_message,    EventType::regeneration, EventType::assistant_message,
                                   EventType::tool_call,       EventType::tool_result,  EventType::summary,
                                   EventType::turn_completed,  EventType::turn_failed,  EventType::turn_cancelled,
                                   EventType::turn_interrupted};

std::optional<int> number(std::string_view text, std::size_t at, std::size_t length) {
  int value = 0;
  const char* end = text.data() + at + length;
  const auto [stop, error] = std::from_chars(text.data() + at, end, value);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return value;
}

}  // namespace

Result<WallTime> from_iso8601(std::string_view text) {
  const auto wrong = [&] { return fail(Errc::internal, fmt::format("not a time: '{}'", text)); };
  if (text.size() != 24) return wrong();
  const auto year = number(text, 0, 4), month = number(text, 5, 2), day = number(text, 8, 2);
  const auto hour = number(text, 11, 2), minute = number(text, 14, 2), second = number(text, 17, 2);
  const auto millisecond = number(text, 20, 3);
  if (!year || !month || !day || !hour || !minute || !second || !millisecond) return wrong();
  const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return wrong();
  return std::chrono::sys_days(date) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
         std::chrono::seconds(*second) + std::chrono::milliseconds(*millisecond);
}

std::string_view name_of(EventType type) {
  switch (type) {
    case EventType::user_message: return "user_message";
    case EventType::regeneration: return "regeneration";
    case EventType::assistant_message: return "assistant_message";
    case EventType::tool_call: return "tool_call";
    case EventType::tool_result: return "tool_result";
    case EventType::summary: return "summary";
    case EventType::turn_completed: return "turn_completed";
    case EventType::turn_failed: return "turn_failed";
    case EventType::turn_cancelled: return "turn_cancelled";
    case EventType::turn_interrupted: return "turn_interrupted";
  }
  std::unreachable();
}

std::optional<EventType> event_type_of(std::string_view name) {
  for (const EventType type : all_types) {
    if (name_of(type) == name) return type;
  }
  return std::nullopt;
}

bool opens_turn(EventType type) { return type == EventType::user_message || type == EventType::regeneration; }

bool closes_turn(EventType type) {
  return type == EventType::turn_completed || type == EventType::turn_failed || type == EventType::turn_cancelled ||
         type == EventType::turn_interrupted;
}

json::object to_json(const Event& event) {
  json::object object{{"id", event.id},
                      {"conversation_id", event.conversation_id},
                      {"seq", event.seq},
                      {"parent", event.parent},
                      {"branch", event.branch},
                      {"timestamp", to_iso8601(event.timestamp)},
                      {"type", name_of(event.type)},
                      {"request_id", event.request_id}};
  if (!event.message.parts.empty()) {
    object["role"] = name_of(event.message.role);
    object["content"] = event.message.text();
    object["parts"] = to_json(event.message.parts);
  }
  if (!event.model.empty()) object["model"] = event.model;
  if (event.usage) object["usage"] = to_json(*event.usage);
  if (event.token_count) object["token_count"] = event.token_count;
  if (!event.details.empty()) object["details"] = event.details.object();
  return object;
}

json::object to_json(const ConversationSummary& summary) {
  json::object object{{"id", summary.id},
                      {"title", summary.title},
                      {"created", to_iso8601(summary.created)},
                      {"updated", to_iso8601(summary.updated)},
                      {"events", summary.events}};
  if (summary.archived) object["archived"] = true;
  if (!summary.forked_from.empty()) object["forked_from"] = summary.forked_from;
  if (summary.retention) object["retention"] = to_json(*summary.retention);
  return object;
}

}  // namespace convoke
