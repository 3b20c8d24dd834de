// What a server may ask of the host while it answers: a model's words, a person's input, the folders it may work in.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "mcp/types/content.hpp"

namespace convoke::mcp {

/// One thing a server wants to know before it can go on: the request it would send if it could.
struct InputRequest {
  std::string method;
  json::object params{};
};

struct SamplingMessage {
  std::string role;  ///< "user" or "assistant"
  std::vector<ContentBlock> content;
  bool operator==(const SamplingMessage&) const = default;
};

/// `sampling/createMessage`: the server would like a model to answer.
struct SamplingRequest {
  std::vector<SamplingMessage> messages{};
  std::int64_t max_tokens = 0;
  std::string system_prompt{};
  std::optional<double> temperature{};
  std::vector<std::string> stop_sequences{};
  std::vector<std::string> model_hints{};  ///< names or parts of names, most wanted first
  json::array tools{};                     ///< raw tool definitions; only with the capability
  json::object raw{};                      ///< the parameters as they came
  std::string key{};                       ///< modern: what the server calls this question among those of a call
};

struct SamplingResult {
  std::string role = "assistant";
  std::vector<ContentBlock> content{};
  std::string model{};
  std::string stop_reason{};  ///< "endTurn", "stopSequence", "maxTokens", "toolUse" or another
};

/// `elicitation/create`: the server needs something from the person. `form` never asks for secrets; `url` sends the
/// person to a page, which the host shows in full and opens only after consent.
struct ElicitRequest {
  enum class Mode { form, url };
  Mode mode = Mode::form;
  std::string message;
  json::object requested_schema{};  ///< form: an object of flat primitive properties
  std::string url{};
  std::string elicitation_id{};  ///< url, legacy
  std::string key{};             ///< modern: what the server calls this question among those of a call
};

struct ElicitResult {
  enum class Action { accept, decline, cancel };
  Action action = Action::cancel;
  std::optional<json::object> content{};  ///< only with `accept` in form mode
};

/// The answer a person gives by leaving every field as it is: the schema's defaults.
json::object defaults_of(const json::object& requested_schema);

struct Root {
  std::string uri;  ///< file://
  std::string name{};
  bool operator==(const Root&) const = default;
};

json::object to_json(const std::map<std::string, InputRequest>& requests);
json::object to_json(const SamplingRequest& request);
/// A single block goes as an object, several as an array: older revisions know only the former.
json::object to_json(const SamplingResult& result);
json::object to_json(const ElicitRequest& request);
json::object to_json(const ElicitResult& result);
json::object to_json(const Root& root);

/// The `inputRequests` of a result or task; empty without. `protocol` when one has no method.
Result<std::map<std::string, InputRequest>> input_requests_from(const json::object& owner);
Result<SamplingRequest> sampling_request_from(const json::object& params);
Result<SamplingResult> sampling_result_from(const json::object& result);
Result<ElicitRequest> elicit_request_from(const json::object& params);
Result<ElicitResult> elicit_result_from(const json::object& result);
Result<std::vector<Root>> roots_from(const json::object& result);

}  // namespace convoke::mcp
