// What a turn may need of its user before it can go on: consent to a tool call, or something a tool's server asks.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "domain/message.hpp"

namespace convoke {

enum class InputKind {
  approval,     ///< may this tool be called? `details`: tool, arguments, schema, …
  elicitation,  ///< a form of a server. `details`: requested_schema
  url,          ///< a page a server wants opened. `details`: url, host
  sampling,     ///< may this server ask the model? `details`: messages, max_tokens
};
std::string_view name_of(InputKind kind);

/// A question to the person whose turn it is.
struct InputRequest {
  InputKind kind = InputKind::approval;
  std::string server;      ///< on whose behalf
  std::string message;     ///< for people; a server's own words are untrusted text
  json::object details{};  ///< by kind; docs/websocket-api.md lists the members
  bool operator==(const InputRequest&) const = default;
};

enum class InputDecision {
  accepted,
  declined,
  cancelled,  ///< the person neither agreed nor refused
  expired,    ///< no answer came in time
};
std::string_view name_of(InputDecision decision);

struct InputAnswer {
  InputDecision decision = InputDecision::cancelled;
  /// With `accepted`: the arguments as the person changed them, or what they filled in.
  std::optional<json::object> content{};
  bool remember = false;  ///< an approval that holds for the rest of the conversation
  bool operator==(const InputAnswer&) const = default;
};

/// A tool's server would like a model to answer.
struct SamplingQuestion {
  std::string server;
  std::vector<Message> messages{};  ///< a system message first, if any
  std::int64_t max_tokens = 0;
  std::optional<double> temperature{};
  std::vector<std::string> stop_sequences{};
  std::vector<std::string> model_hints{};  ///< names or parts of names, most wanted first
};

struct SampledReply {
  std::string text;
  std::string model{};
  std::string stop_reason{};  ///< in the protocol's words: "endTurn", "maxTokens", "stopSequence"
};

}  // namespace convoke
