#include "llm/openai_responses/request_encoder.hpp"

#include <algorithm>
#include <array>

#include "llm/json_text.hpp"
#include "llm/openai_responses/input_items.hpp"
#include "llm/schema_encoder.hpp"

namespace convoke::openai_responses {
namespace {

constexpr std::int64_t least_max_output_tokens = 16;

class RequestWriter {
 public:
  RequestWriter(std::string& out, const Prompt& prompt, const ModelTraits& traits)
      : body_(out), prompt_(prompt), traits_(traits) {}

  void write() {
    body_.text("model", prompt_.model);
    const bool has_instructions = !prompt_.messages.empty() && prompt_.messages.front().role == Role::system;
    if (has_instructions) body_.text("instructions", prompt_.messages.front().text());
    if (!prompt_.tools.empty()) write_tools();
    body_.member("stream") += "true";
    body_.member("store") += "false";
    if (may("stream_options")) body_.member("stream_options") += R"({"include_obfuscation":false})";
    if (traits_.model.reasons) write_reasoning();
    write_limits();
    if (prompt_.response_format && may("text")) write_format(*prompt_.response_format);
    ArrayWriter input(body_.member("input"));
    for (const Message& message : std::span(prompt_.messages).subspan(has_instructions ? 1 : 0)) {
      for (const std::string& item : input_items(message, prompt_.model, traits_.model.sees)) input.item() += item;
    }
  }

 private:
  bool may(std::string_view member) const { return !traits_.refused.contains(member); }

  void write_tools() {
    {
      ArrayWriter array(body_.member("tools"));
      for (const ToolDefinition& tool : prompt_.tools) {
        ObjectWriter object(array.item());
        object.text("type", "function");
        object.text("name", tool.name);
        object.text("description", tool.description.empty() ? tool.name : tool.description);
        append_schema(object.member("parameters"), tool.parameters);
        object.member("strict") += "false";  // left out it would mean: strict where the schema allows
      }
    }
    if (prompt_.tool_choice == ToolChoice::none && may("tool_choice")) body_.text("tool_choice", "none");
  }

  void write_reasoning() {
    if (may("include")) body_.member("include") += R"(["reasoning.encrypted_content"])";
    const bool effort = prompt_.reasoning_effort && may("reasoning.effort");
    const bool summary = may("reasoning.summary");
    if ((!effort && !summary) || !may("reasoning")) return;
    ObjectWriter reasoning(body_.member("reasoning"));
    if (effort) reasoning.text("effort", name_of(*prompt_.reasoning_effort));
    if (summary) reasoning.text("summary", "auto");
  }

  void write_limits() {
    const bool sampling = !traits_.model.reasons;
    if (sampling && prompt_.temperature && may("temperature"))
      append_number(body_.member("temperature"), *prompt_.temperature);
    if (sampling && prompt_.top_p && may("top_p")) append_number(body_.member("top_p"), *prompt_.top_p);
    if (prompt_.max_output_tokens && may("max_output_tokens")) {
      append_number(body_.member("max_output_tokens"),
                    std::max(least_max_output_tokens, std::int64_t{*prompt_.max_output_tokens}));
    }
  }

  void write_format(const ResponseFormat& format) {
    ObjectWriter text(body_.member("text"));
    ObjectWriter object(text.member("format"));
    object.text("type", format.schema.empty() ? "json_object" : "json_schema");
    if (format.schema.empty()) return;
    object.text("name", format.name);
    object.member("strict") += format.strict ? "true" : "false";
    append_value(object.member("schema"), format.schema);
  }

  ObjectWriter body_;
  const Prompt& prompt_;
  const ModelTraits& traits_;
};

}  // namespace

ModelTraits traits_of(std::string_view model) { return {.model = openai_model(model)}; }

bool adapt_to_refusal(ModelTraits& traits, std::string_view parameter) {
  constexpr std::array<std::string_view, 10> members{
      "reasoning.summary", "reasoning.effort",  "reasoning", "include", "stream_options", "temperature", "top_p",
      "tool_choice",       "max_output_tokens", "text"};
  const auto named = std::ranges::find_if(members, [&](std::string_view member) {
    return parameter.starts_with(member) &&
           (parameter.size() == member.size() || parameter[member.size()] == '.' || parameter[member.size()] == '[');
  });
  return named != members.end() && traits.refused.emplace(*named).second;
}

std::string encode_request(const Prompt& prompt, const ModelTraits& traits) {
  std::string out;
  out.reserve(16 * 1024);
  RequestWriter(out, prompt, traits).write();
  return out;
}

}  // namespace convoke::openai_responses
