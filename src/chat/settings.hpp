#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "chat/turn_guard.hpp"
#include "domain/frames.hpp"
#include "hub/approvals.hpp"

namespace convoke {

/// How much of a conversation the model sees.
struct ContextLimits {
  std::int64_t max_tokens = 64'000;          ///< of the model's window that we use
  std::int64_t reserve_tokens = 4'000;       ///< of these, kept free for the answer
  int preserve_recent = 5;                   ///< this many of the newest messages stay, even when they do not fit
  std::size_t max_result_bytes = 16 * 1024;  ///< of one tool's result; the rest is read page by page
  /// Share of max_tokens that tool definitions may take; when they are more, the model searches them. 100: never.
  int max_tools_percent = 20;
  bool operator==(const ContextLimits&) const = default;
};

/// What servers that may ask the model get (`mcp.sampling` in config.yaml).
struct SamplingLimits {
  bool ask = true;         ///< the user is asked every time
  int max_tokens = 2'000;  ///< of one answer
  int max_per_turn = 10;   ///< answers, over all servers
  bool operator==(const SamplingLimits&) const = default;
};

/// What becomes of turns that do not fit any more.
struct SummarySettings {
  bool enabled = false;
  std::string model{};     ///< who writes it, as clients name models; empty: whoever answers
  int max_tokens = 1'000;  ///< of one summary
  bool operator==(const SummarySettings&) const = default;
};

/// Who gives conversations their titles.
struct TitleSettings {
  bool by_model = false;  ///< false: their first words are
  std::string model{};    ///< who does, as clients name models; empty: whoever answered
  bool operator==(const TitleSettings&) const = default;
};

/// How a turn goes. A value, shared by all turns; a reload makes a new one for the turns that follow.
struct ChatSettings {
  std::string system_prompt = "You are a helpful assistant. Use the tools you are given when they help.";
  TurnLimits limits;
  bool streaming = true;  ///< what a request that does not say gets
  ContextLimits context;
  SummarySettings summary;
  TitleSettings titles;
  bool notify_tools = true;         ///< tell the client about tool calls
  bool show_tool_arguments = true;  ///< with their arguments
  std::optional<double> temperature;
  std::optional<double> top_p;
  std::optional<int> max_output_tokens;
  ApprovalSettings approvals;  ///< which tools may be called without asking
  SamplingLimits sampling;
  QuestionPriority max_priority = QuestionPriority::normal;  ///< that a client may ask for
};

}  // namespace convoke
