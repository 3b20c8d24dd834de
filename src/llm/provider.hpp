#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/task.hpp"
#include "domain/message.hpp"

namespace convoke {

/// A tool as the model sees it. `parameters` is a JSON Schema of an object, kept as its server sent it.
struct ToolDefinition {
  std::string name;
  std::string description;
  json::object parameters;
  bool operator==(const ToolDefinition&) const = default;
};

/// One request to a model: everything it will see, in a stable order, so that the provider's prompt cache stays warm.
struct Prompt {
  std::string model;
  std::vector<Message> messages;  ///< a system message first, if any
  std::vector<ToolDefinition> tools;
  std::optional<double> temperature;
  std::optional<double> top_p;
  std::optional<int> max_output_tokens;
};

/// A piece of an answer, as it arrives. Shown and forgotten; the whole comes in the Reply.
struct TextDelta {
  std::string_view text;
};
struct ReasoningDelta {
  std::string_view text;
};
/// The model has begun to write a call of this tool; its arguments are not complete yet.
struct ToolCallStarted {
  std::string_view name;
};
/// Nothing arrived, the provider is asked again. Only before the first word was shown.
struct Retrying {
  int attempt;  ///< 2 for the second
  std::chrono::milliseconds wait;
  std::string_view reason;
};
using Delta = std::variant<TextDelta, ReasoningDelta, ToolCallStarted, Retrying>;

enum class FinishReason { stop, length, tool_calls, content_filter, refusal, cut_off };
std::string_view name_of(FinishReason reason);

/// A whole answer. `message` has the role assistant.
struct Reply {
  Message message;
  FinishReason finish_reason = FinishReason::stop;
  std::string model;  ///< as the provider names it; may be more precise than the one asked for
  Usage usage;
  std::string provider_request_id;
};

/// A failed call, with what had already arrived when it failed. `partial` has no parts if nothing had.
struct ReplyError {
  Error error;
  Message partial{Role::assistant, {}};
};

/// A model that answers. One call is one reply: when it returns, no work of it is left. Cancelling the caller ends the
/// request at the provider. `on_delta` runs on the calling loop, in order, not after the call has returned, and must
/// not block. Used from one loop only: each loop has its own.
class Provider {
 public:
  virtual ~Provider() = default;
  virtual Task<std::expected<Reply, ReplyError>> reply(Prompt prompt, std::function<void(const Delta&)> on_delta) = 0;
};

}  // namespace convoke
