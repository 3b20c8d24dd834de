#pragma once
#include <string>
#include <vector>

#include "chat/settings.hpp"
#include "chat/token_count.hpp"

namespace convoke {

/// What a message is in the prompt of a turn.
enum class Place {
  fixed,    ///< it stays: the system prompt, a summary, the question
  past,     ///< of an earlier turn
  present,  ///< of this turn, after its question
};

/// The prompt of a turn, which grows by each reply and its results and is kept within its room.
class TurnPrompt {
 public:
  /// `frame` is the prompt without messages, its tools take `tools_tokens`.
  TurnPrompt(const MessageCounter& counter, Executor workers, const ContextLimits& limits);
  void begin(Prompt frame, std::int64_t tools_tokens);

  /// Adds a message. `result_id`: how a tool's result can be read again, if it can.
  Task<> add(Place place, Message message, std::string result_id = {});
  /// The same for one that is known to take so many `tokens`.
  void add_counted(Place place, Message message, std::int64_t tokens, std::string result_id = {});

  /// Makes room if there is more than fits: first by leaving out whole turns of the past, the oldest first, but not the
  /// newest `preserve_recent` messages; then by cutting the longest results to a few words, those of this turn before
  /// those of the past.
  void make_room();

  const Prompt& value() const { return prompt_; }
  std::int64_t tokens() const { return tokens_; }

 private:
  struct Size {
    Place place;
    std::int64_t tokens;
    std::string result_id;
  };
  bool leave_out_oldest_turn();
  bool shrink_longest_result(Place place);

  MessageCounter counter_;
  Executor workers_;
  ContextLimits limits_;
  Prompt prompt_;
  std::vector<Size> sizes_;  ///< of the prompt's messages
  std::int64_t tokens_ = 0;
};

}  // namespace convoke
