#include "llm/provider.hpp"

#include <utility>

namespace convoke {

std::string_view name_of(FinishReason reason) {
  switch (reason) {
    case FinishReason::stop: return "stop";
    case FinishReason::length: return "length";
    case FinishReason::tool_calls: return "tool_calls";
    case FinishReason::content_filter: return "content_filter";
    case FinishReason::refusal: return "refusal";
    case FinishReason::paused: return "paused";
    case FinishReason::cut_off: return "cut_off";
  }
  std::unreachable();
}

std::string_view name_of(ReasoningEffort effort) {
  switch (effort) {
    case ReasoningEffort::none: return "none";
    case ReasoningEffort::minimal: return "minimal";
    case ReasoningEffort::low: return "low";
    case ReasoningEffort::medium: return "medium";
    case ReasoningEffort::high: return "high";
    case ReasoningEffort::xhigh: return "xhigh";
    case ReasoningEffort::max: return "max";
  }
  std::unreachable();
}

std::optional<ReasoningEffort> reasoning_effort_of(std::string_view name) {
  using enum ReasoningEffort;
  for (const ReasoningEffort effort : {none, minimal, low, medium, high, xhigh, max}) {
    if (name_of(effort) == name) return effort;
  }
  return std::nullopt;
}

bool is_of_answer(const Delta& delta) {
  return std::holds_alternative<TextDelta>(delta) || std::holds_alternative<ReasoningDelta>(delta) ||
         std::holds_alternative<ToolCallStarted>(delta);
}

std::string_view name_of(FailureKind kind) {
  switch (kind) {
    case FailureKind::authentication: return "authentication";
    case FailureKind::billing: return "billing";
    case FailureKind::too_dear: return "too_dear";
    case FailureKind::permission: return "permission";
    case FailureKind::model_not_found: return "model_not_found";
    case FailureKind::context_overflow: return "context_overflow";
    case FailureKind::too_large_for_rate: return "too_large_for_rate";
    case FailureKind::rate_limit: return "rate_limit";
    case FailureKind::overloaded: return "overloaded";
    case FailureKind::bad_tool_schema: return "bad_tool_schema";
    case FailureKind::bad_tool_call: return "bad_tool_call";
    case FailureKind::unsupported_parameter: return "unsupported_parameter";
    case FailureKind::content_filter: return "content_filter";
    case FailureKind::invalid_request: return "invalid_request";
    case FailureKind::server: return "server";
    case FailureKind::network: return "network";
    case FailureKind::protocol: return "protocol";
  }
  std::unreachable();
}

}  // namespace convoke
