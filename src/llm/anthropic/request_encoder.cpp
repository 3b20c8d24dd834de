#include "llm/anthropic/request_encoder.hpp"

#include <algorithm>
#include <array>

#include "llm/anthropic/message_blocks.hpp"
#include "llm/json_text.hpp"
#include "llm/schema_encoder.hpp"

namespace convoke::anthropic {
namespace {

constexpr std::string_view cache_mark = R"({"type":"ephemeral"})";

/// What the system says before anybody else.
std::string system_text(const Prompt& prompt) {
  std::string text;
  for (const Message& message : prompt.messages) {
    if (message.role != Role::system) break;
    if (!text.empty()) text += "\n\n";
    text += message.text();
  }
  return text;
}

/// The words of Anthropic's scale.
std::string_view effort_word(ReasoningEffort effort) {
  return effort <= ReasoningEffort::low ? "low" : name_of(effort);
}

/// Tokens to think with, for models that want a number: a share of the answer's limit, at least the smallest allowed.
std::int64_t thinking_budget(ReasoningEffort effort, int max_tokens) {
  constexpr std::array<int, 7> percent{0, 10, 20, 50, 80, 95, 95};
  const std::int64_t share = std::int64_t{max_tokens} * percent[static_cast<std::size_t>(effort)] / 100;
  return std::max<std::int64_t>(share, 1024);
}

class RequestWriter {
 public:
  RequestWriter(std::string& out, const Prompt& prompt, const ClaudeModel& model)
      : body_(out), prompt_(prompt), model_(model), may_cache_(may("cache_control")) {}

  void write() {
    body_.text("model", prompt_.model);
    append_number(body_.member("max_tokens"), std::int64_t{max_tokens()});
    body_.member("stream") += "true";
    const std::string system = system_text(prompt_);
    if (!prompt_.tools.empty()) write_tools(system.empty());
    if (!system.empty()) write_system(system);
    write_thinking();
    write_output();
    write_sampling();
    write_messages();
  }

 private:
  bool may(std::string_view member) const { return !model_.refused.contains(member); }
  int max_tokens() const { return prompt_.max_output_tokens.value_or(model_.max_tokens); }

  void write_tools(bool is_end_of_prefix) {
    {
      ArrayWriter array(body_.member("tools"));
      for (const ToolDefinition& tool : prompt_.tools) {
        ObjectWriter object(array.item());
        object.text("name", tool.name);
        object.text("description", tool.description.empty() ? tool.name : tool.description);
        append_schema(object.member("input_schema"), tool.parameters);
        const bool is_last = &tool == &prompt_.tools.back();
        if (is_last && is_end_of_prefix && may_cache_) object.member("cache_control") += cache_mark;
      }
    }
    const bool calls_none = prompt_.tool_choice == ToolChoice::none;
    if (calls_none && may("tool_choice")) body_.member("tool_choice") += R"({"type":"none"})";
  }

  void write_system(std::string_view text) {
    ArrayWriter blocks(body_.member("system"));
    ObjectWriter block(blocks.item());
    block.text("type", "text");
    block.text("text", text);
    if (may_cache_) block.member("cache_control") += cache_mark;
  }

  bool thinks() const {
    if (!may("thinking") || prompt_.reasoning_effort == ReasoningEffort::none) return false;
    if (model_.thinking == Thinking::adaptive) return true;
    return model_.thinking == Thinking::budget && prompt_.reasoning_effort && max_tokens() > 1024;
  }

  void write_thinking() {
    const bool is_refused_sort = model_.thinking == Thinking::none || !may("thinking");
    if (is_refused_sort) return;
    if (prompt_.reasoning_effort == ReasoningEffort::none) {
      body_.member("thinking") += R"({"type":"disabled"})";
    } else if (model_.thinking == Thinking::adaptive) {
      body_.member("thinking") += R"({"type":"adaptive","display":"summarized"})";
    } else if (thinks()) {
      ObjectWriter thinking(body_.member("thinking"));
      thinking.text("type", "enabled");
      const std::int64_t budget = thinking_budget(*prompt_.reasoning_effort, max_tokens());
      append_number(thinking.member("budget_tokens"), std::min<std::int64_t>(budget, max_tokens() - 1));
    }
  }

  void write_output() {
    const bool effort = model_.effort && prompt_.reasoning_effort && *prompt_.reasoning_effort != ReasoningEffort::none;
    const bool format = model_.formats && prompt_.response_format && !prompt_.response_format->schema.empty();
    if ((!effort && !format) || !may("output_config")) return;
    ObjectWriter output(body_.member("output_config"));
    if (effort) output.text("effort", effort_word(*prompt_.reasoning_effort));
    if (!format) return;
    ObjectWriter object(output.member("format"));
    object.text("type", "json_schema");
    append_value(object.member("schema"), prompt_.response_format->schema);
  }

  /// With thinking on, only the default values are taken.
  void write_sampling() {
    if (!model_.sampling || thinks()) return;
    if (prompt_.temperature && may("temperature"))
      append_number(body_.member("temperature"), std::min(*prompt_.temperature, 1.0));
    else if (prompt_.top_p && may("top_p"))  // newer ones refuse both at once
      append_number(body_.member("top_p"), *prompt_.top_p);
  }

  void write_messages() {
    std::vector<BlockMessage> messages = block_messages(prompt_);
    if (may_cache_) mark_newest(messages);
    ArrayWriter array(body_.member("messages"));
    for (const BlockMessage& message : messages) {
      ObjectWriter object(array.item());
      object.text("role", message.is_user ? "user" : "assistant");
      ArrayWriter content(object.member("content"));
      for (const std::string& block : message.blocks) content.item() += block;
    }
  }

  /// The newest mark lets the next request find this one, the one before finds the request before.
  static void mark_newest(std::vector<BlockMessage>& messages) {
    int marks = 2;
    for (auto message = messages.rbegin(); message != messages.rend() && marks > 0; ++message) {
      if (!message->is_user) continue;
      std::string& block = message->blocks.back();
      block.insert(block.size() - 1, R"(,"cache_control":)" + std::string(cache_mark));
      --marks;
    }
  }

  ObjectWriter body_;
  const Prompt& prompt_;
  const ClaudeModel& model_;
  bool may_cache_;
};

}  // namespace

std::string unmet_format(const Prompt& prompt, const ClaudeModel& model) {
  if (!prompt.response_format) return {};
  if (!model.formats || model.refused.contains("output_config")) return "response_format";
  return prompt.response_format->schema.empty() ? "response_format without a schema" : "";
}

std::string encode_request(const Prompt& prompt, const ClaudeModel& model) {
  std::string out;
  out.reserve(16 * 1024);
  RequestWriter(out, prompt, model).write();
  return out;
}

}  // namespace convoke::anthropic
