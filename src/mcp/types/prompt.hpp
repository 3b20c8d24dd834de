#pragma once
#include <map>
#include <string>
#include <vector>

#include "mcp/types/content.hpp"

namespace convoke::mcp {

struct PromptArgument {
  std::string name;
  std::string title{};
  std::string description{};
  bool required = false;
  bool operator==(const PromptArgument&) const = default;
};

/// A prompt as its server lists it.
struct Prompt {
  std::string name;
  std::string title{};
  std::string description{};
  std::vector<PromptArgument> arguments{};
  std::vector<Icon> icons{};
  bool operator==(const Prompt&) const = default;
};

using PromptArguments = std::map<std::string, std::string>;

struct PromptMessage {
  std::string role;  ///< "user" or "assistant"
  ContentBlock content;
  bool operator==(const PromptMessage&) const = default;
};

struct GetPromptResult {
  std::string description{};
  std::vector<PromptMessage> messages{};
  bool operator==(const GetPromptResult&) const = default;
};

/// Values that would complete an argument, best first, at most 100.
struct Completion {
  std::vector<std::string> values{};
  std::optional<std::int64_t> total{};
  std::optional<bool> has_more{};
  bool operator==(const Completion&) const = default;
};

/// What is being completed: an argument of a prompt, or a variable of a resource template.
struct CompletionRequest {
  enum class Of { prompt, resource_template };
  Of of = Of::prompt;
  std::string name;  ///< the prompt's name or the URI template, as listed
  std::string argument;
  std::string value{};         ///< what was typed so far
  PromptArguments resolved{};  ///< the other arguments, where already known
};

json::object to_json(const PromptArguments& arguments);
json::object to_json(const Prompt& prompt);
json::object to_json(const GetPromptResult& result);
json::object to_json(const Completion& completion);
json::object to_json(const CompletionRequest& request);
Result<Prompt> prompt_from(const json::value& value);
Result<GetPromptResult> get_prompt_result_from(const json::object& result);
Result<Completion> completion_from(const json::object& result);
/// `invalid_input` when the reference or the argument is missing or of an unknown type.
Result<CompletionRequest> completion_request_from(const json::object& params);

}  // namespace convoke::mcp
