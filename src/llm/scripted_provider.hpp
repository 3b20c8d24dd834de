#pragma once
#include <deque>
#include <string>
#include <variant>
#include <vector>

#include "llm/provider.hpp"

namespace convoke {

/// A model that answers what it was told to, in order: the room's fake, for tests of everything that talks to models.
///
///     ScriptedProvider model;
///     model.will_call("weather", {{"city", "Oslo"}});
///     model.will_say("It rains.");
class ScriptedProvider final : public Provider {
 public:
  /// One reply with these words, shown word by word.
  void will_say(std::string text);
  /// As above, thinking aloud first.
  void will_think_and_say(std::string reasoning, std::string text);
  /// One reply that calls one tool. The id is `call_1` for the first call of this provider, and so on.
  void will_call(std::string tool, json::object arguments = {});
  /// One reply that calls several tools at once.
  void will_call_all(std::vector<ToolCall> calls);
  /// A failed call, after the words of `error.partial` were shown.
  void will_fail(ReplyError error);
  void will_fail(Errc code, std::string message);
  /// Never answers; ends only when cancelled.
  void will_hang();
  /// Shows these words and then never goes on.
  void will_say_and_hang(std::string text);
  /// Any reply at all: its words are shown, then it is returned.
  void will_reply(Reply reply);
  /// The wait before each word, for tests that have to catch an answer half-way.
  void pause_between_words(std::chrono::milliseconds pause) { pause_ = pause; }

  /// What it was asked, oldest first.
  const std::vector<Prompt>& prompts() const { return prompts_; }
  const Prompt& last_prompt() const { return prompts_.at(prompts_.size() - 1); }
  /// True when every scripted answer was asked for.
  bool is_done() const { return script_.empty(); }

  /// The next answer of the script; `internal` when there is none left.
  Task<ReplyResult> reply(Prompt prompt, ShowDelta on_delta) override;

 private:
  struct Hang {
    std::string text;
  };
  using Step = std::variant<Reply, ReplyError, Hang>;

  Task<> show_message(Message message, ShowDelta on_delta);

  std::deque<Step> script_;
  std::vector<Prompt> prompts_;
  std::chrono::milliseconds pause_{0};
  int calls_ = 0;
};

}  // namespace convoke
