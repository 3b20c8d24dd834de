#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/json.hpp"
#include "base/money.hpp"
#include "base/result.hpp"

namespace convoke {

enum class Role { system, user, assistant, tool };
std::string_view name_of(Role role);
std::optional<Role> role_of(std::string_view name);

/// Words for people.
struct Text {
  std::string text;
  bool operator==(const Text&) const = default;
};

/// What the model thought before it spoke. `replay` is the provider's own JSON for it (signatures, encrypted content),
/// sent back unchanged where a provider demands it; empty where none does.
struct Reasoning {
  std::string text;
  std::string replay;
  bool operator==(const Reasoning&) const = default;
};

/// A picture, either inline (base64 in `data`) or by address (`url`); exactly one of the two is set.
struct Image {
  std::string media_type;
  std::string data;
  std::string url;
  bool operator==(const Image&) const = default;
};

/// The model asks for a tool. `arguments` is the JSON text of an object, kept as the model wrote it.
struct ToolCall {
  std::string id;
  std::string name;
  std::string arguments;
  bool operator==(const ToolCall&) const = default;
};

/// What a tool answered. A failure is also an answer: the model reads it and goes on.
struct ToolResult {
  std::string call_id;
  std::string name;
  std::string text;
  std::vector<Image> images{};
  bool is_error = false;
  bool operator==(const ToolResult&) const = default;
};

using Part = std::variant<Text, Reasoning, Image, ToolCall, ToolResult>;

/// One contribution to a conversation. A value: copy it, compare it.
struct Message {
  Role role = Role::user;
  std::vector<Part> parts{};
  bool operator==(const Message&) const = default;

  /// All its Text parts, joined.
  std::string text() const;
  std::vector<ToolCall> tool_calls() const;
};

Message system_message(std::string text);
Message user_message(std::string text);
Message assistant_message(std::string text);
Message tool_message(ToolResult result);

/// Tokens of one or more model calls, as the provider counts them. All are sums; `total` is what it billed.
struct Usage {
  std::int64_t input_tokens = 0;  ///< the whole prompt, with what came from and went into the prompt cache
  std::int64_t output_tokens = 0;
  std::int64_t total_tokens = 0;
  std::int64_t cached_tokens = 0;          ///< part of input_tokens that came from the provider's prompt cache
  std::int64_t cache_write_tokens = 0;     ///< part of input_tokens that was written to it
  std::int64_t cache_write_1h_tokens = 0;  ///< part of cache_write_tokens that is kept for an hour, which costs more
  std::int64_t reasoning_tokens = 0;       ///< part of output_tokens the user does not see
  std::int64_t audio_input_tokens = 0;     ///< part of input_tokens
  std::int64_t audio_output_tokens = 0;    ///< part of output_tokens
  /// What the provider itself says these calls cost; nothing if it did not say so of every one of them.
  std::optional<Money> cost{};
  bool estimated = false;  ///< true when the provider sent no figures and these are our own count

  Usage& operator+=(const Usage& other);
  bool operator==(const Usage&) const = default;
};

json::object to_json(const Usage& usage);
Usage usage_from_json(const json::value& value);

/// A message's parts as JSON, and back; what the store keeps. Unknown part types are skipped, so that an older program
/// reads what a newer one wrote.
json::array to_json(const std::vector<Part>& parts);
std::vector<Part> parts_from_json(const json::value& value);

/// Tool calls in the form providers and the `tool_calls` column use:
/// `[{"id":"…","type":"function","function":{"name":"…","arguments":"…"}}]`.
json::array to_json(const std::vector<ToolCall>& calls);

}  // namespace convoke
