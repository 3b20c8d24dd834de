#include "llm/resuming_provider.hpp"

#include <algorithm>

#include "llm/overlap.hpp"

namespace convoke {
namespace {

/// A provider that pauses for ever is stopped.
constexpr int max_pauses = 8;

constexpr std::string_view please_continue =
    "Your last message was cut off by a lost connection. Continue it exactly where it stops. Do not repeat anything of "
    "it, do not greet, do not comment.";

bool has_calls(const Message& message) {
  return std::ranges::any_of(message.parts, [](const Part& part) { return std::holds_alternative<ToolCall>(part); });
}

/// Adds what came later to what came before; words that meet become one text.
void append(Message& message, const Message& rest) {
  for (const Part& part : rest.parts) {
    const Text* more = std::get_if<Text>(&part);
    Text* last = message.parts.empty() ? nullptr : std::get_if<Text>(&message.parts.back());
    if (more && last) {
      last->text += more->text;
    } else {
      message.parts.push_back(part);
    }
  }
}

/// The same for an answer that others may have gone on with: thoughts stand before the words, where every wire wants
/// them, and the words are one text as if there had been no break.
void append_rest(Message& message, const Message& rest) {
  const auto is_thought = [](const Part& part) { return std::holds_alternative<Reasoning>(part); };
  auto place = std::ranges::find_if_not(message.parts, is_thought);
  Message words{Role::assistant, {}};
  for (const Part& part : rest.parts) {
    if (is_thought(part)) {
      place = message.parts.insert(place, part) + 1;
    } else {
      words.parts.push_back(part);
    }
  }
  append(message, words);
}

/// Takes from the front of a message's words those that were said before.
void remove_repetition(Message& rest, const std::string& said) {
  for (Part& part : rest.parts) {
    Text* text = std::get_if<Text>(&part);
    if (!text) continue;
    text->text.erase(0, overlap(said, text->text));
    break;
  }
  std::erase_if(rest.parts, [](const Part& part) {
    const Text* text = std::get_if<Text>(&part);
    return text && text->text.empty();
  });
}

}  // namespace

ResumingProvider::ResumingProvider(std::unique_ptr<Provider> inner, ResumeOptions options, Log log)
    : inner_(std::move(inner)), options_(options), log_(std::move(log)) {}

Task<ReplyResult> ResumingProvider::reply(Prompt prompt, ShowDelta on_delta) {
  Message so_far{Role::assistant, {}};
  Usage used;
  int resumes = 0, pauses = 0;
  for (bool is_paused = false;;) {
    Prompt asked = prompt;
    if (is_paused) asked.messages.push_back(so_far);
    const bool is_rest = !is_paused && !so_far.text().empty();
    ReplyResult result =
        is_rest ? co_await ask_for_rest(prompt, so_far, on_delta) : co_await inner_->reply(std::move(asked), on_delta);
    used += result ? result->usage : result.error().usage;
    const Message& rest = result ? result->message : result.error().partial;
    is_rest ? append_rest(so_far, rest) : append(so_far, rest);
    if (result && result->finish_reason == FinishReason::paused && ++pauses <= max_pauses) {
      is_paused = true;
      continue;
    }
    const bool is_begun = !so_far.text().empty();
    if (!result && is_begun && resumes < options_.max_resumes && may_resume(result.error())) {
      is_paused = false;
      on_delta(Resuming{++resumes, result.error().error.message});
      log_.warning("llm.resuming", {{"attempt", resumes}, {"kind", name_of(result.error().kind)}});
      continue;
    }
    (result ? result->message : result.error().partial) = std::move(so_far);
    (result ? result->usage : result.error().usage) = used;
    if (result) result->resumed = resumes;
    co_return std::move(result);
  }
}

/// The words of the answer are held back while they may be a repetition; the message that comes back is without it.
Task<ReplyResult> ResumingProvider::ask_for_rest(const Prompt& prompt, const Message& so_far,
                                                 const ShowDelta& on_delta) {
  const std::string said = so_far.text();
  Prompt asked = prompt;
  asked.messages.push_back(assistant_message(said));
  asked.messages.push_back(user_message(std::string(please_continue)));
  OverlapFilter filter(said);
  const auto show_words = [&](const std::string& words) {
    if (!words.empty()) on_delta(TextDelta{words});
  };
  const ShowDelta show = [&](const Delta& delta) {
    if (const TextDelta* text = std::get_if<TextDelta>(&delta)) return show_words(filter.feed(text->text));
    on_delta(delta);
  };
  ReplyResult result = co_await inner_->reply(std::move(asked), show);
  if (!result && filter.only_repeats()) {  // it broke off, too, and whoever goes on says it again
    result.error().partial = assistant_message("");
    co_return std::move(result);
  }
  show_words(filter.finish());
  remove_repetition(result ? result->message : result.error().partial, said);
  co_return std::move(result);
}

/// Only what somebody else, or the same one a moment later, can do better; and only once words were shown: before that
/// asking again is the business of others, and has been tried.
bool ResumingProvider::may_resume(const ReplyError& error) const {
  const bool is_passing = error.kind == FailureKind::network || error.kind == FailureKind::server ||
                          error.kind == FailureKind::overloaded || error.kind == FailureKind::rate_limit ||
                          error.kind == FailureKind::protocol;
  return options_.resume_partial && is_passing && !error.partial.parts.empty() && !has_calls(error.partial);
}

}  // namespace convoke
