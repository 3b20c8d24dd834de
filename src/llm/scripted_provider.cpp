#include "llm/scripted_provider.hpp"

#include "base/signal.hpp"
#include "llm/words.hpp"

namespace convoke {

void ScriptedProvider::will_reply(Reply reply) { script_.emplace_back(std::move(reply)); }

void ScriptedProvider::will_say(std::string text) { will_reply({.message = assistant_message(std::move(text))}); }

void ScriptedProvider::will_think_and_say(std::string reasoning, std::string text) {
  will_reply({.message = {Role::assistant, {Reasoning{std::move(reasoning), {}}, Text{std::move(text)}}}});
}

void ScriptedProvider::will_call(std::string tool, json::object arguments) {
  will_call_all({{"call_" + std::to_string(++calls_), std::move(tool), json::serialize(arguments)}});
}

void ScriptedProvider::will_call_all(std::vector<ToolCall> calls) {
  Reply reply{.finish_reason = FinishReason::tool_calls};
  for (ToolCall& call : calls) reply.message.parts.emplace_back(std::move(call));
  will_reply(std::move(reply));
}

void ScriptedProvider::will_fail(ReplyError error) { script_.emplace_back(std::move(error)); }

void ScriptedProvider::will_fail(Errc code, std::string message) {
  will_fail(ReplyError{.error = {code, std::move(message)}});
}

void ScriptedProvider::will_hang() { script_.emplace_back(Hang{}); }

void ScriptedProvider::will_say_and_hang(std::string text) { script_.emplace_back(Hang{std::move(text)}); }

Task<ReplyResult> ScriptedProvider::reply(Prompt prompt, ShowDelta on_delta) {
  prompts_.push_back(std::move(prompt));
  if (script_.empty()) {
    co_return std::unexpected(ReplyError{.error = {Errc::internal, "the script of the fake model is at its end"}});
  }
  Step step = std::move(script_.front());
  script_.pop_front();
  if (const Hang* hang = std::get_if<Hang>(&step)) {
    co_await show_message(assistant_message(hang->text), on_delta);
    co_await sleep_until(Deadline::max());
  }
  if (ReplyError* error = std::get_if<ReplyError>(&step)) {
    co_await show_message(error->partial, on_delta);
    co_return std::unexpected(std::move(*error));
  }
  Reply& reply = std::get<Reply>(step);
  if (reply.model.empty()) reply.model = prompts_.back().model;
  co_await show_message(reply.message, on_delta);
  co_return std::move(reply);
}

Task<> ScriptedProvider::show_message(Message message, ShowDelta on_delta) {
  for (const Part& part : message.parts) {
    if (const Reasoning* reasoning = std::get_if<Reasoning>(&part)) on_delta(ReasoningDelta{reasoning->text});
    if (const ToolCall* call = std::get_if<ToolCall>(&part)) on_delta(ToolCallStarted{call->name});
    const Text* text = std::get_if<Text>(&part);
    if (!text) continue;
    for (const std::string_view word : words_of(text->text)) {
      if (pause_ > pause_.zero()) co_await sleep_for(pause_);
      on_delta(TextDelta{word});
    }
  }
}

}  // namespace convoke
