#pragma once
#include "domain/event.hpp"
#include "llm/provider.hpp"
#include "tokens/models.hpp"
#include "tokens/picture_tokens.hpp"
#include "tokens/token_counts.hpp"

namespace convoke {

/// Counts what one model is given, by its own tokenizer where that is known, with what a provider adds around messages
/// and tool definitions. A value; may be used from any thread.
class MessageCounter {
 public:
  /// Both must outlive it.
  MessageCounter(TokenCounts& counts, const Tokenizer& tokenizer, PictureRule pictures = {})
      : counts_(counts), tokenizer_(tokenizer), overhead_(overhead_of(tokenizer)), pictures_(pictures) {}

  /// What a message takes in a prompt. Thoughts are not counted: those of an earlier turn are not sent again.
  std::int64_t count(const Message& message) const;
  /// What its thoughts take while their own turn goes on, if they are sent back. Encrypted ones are reckoned by their
  /// length.
  std::int64_t count_thoughts_sent(const Message& message) const;
  /// What the model wrote, its thoughts included.
  std::int64_t count_written(const Message& answer) const;
  std::int64_t count(const std::vector<ToolDefinition>& tools) const;
  std::int64_t count(const Prompt& prompt) const;
  /// Our own figures, for a provider that sends none.
  Usage usage(const Prompt& prompt, const Message& answer) const;

  /// Whether counting belongs on another thread: see TokenCounts::takes_long.
  bool takes_long(const Message& message) const;

  /// What opens the answer, once per request.
  std::int64_t reply_overhead() const { return overhead_.reply; }
  const Tokenizer& tokenizer() const { return tokenizer_; }

 private:
  std::int64_t count(std::string_view text) const { return counts_.count(tokenizer_, text); }
  std::int64_t count(const Image& image) const;
  std::int64_t count_schema(const json::object& schema) const;

  TokenCounts& counts_;
  const Tokenizer& tokenizer_;
  ChatOverhead overhead_;
  PictureRule pictures_;
};

/// Where turns count, and which threads do so for texts that would keep a loop busy.
struct Counting {
  TokenCounts& counts;
  Executor workers;
};

/// What `message` takes, counted here or, where that would take long, on another thread.
Task<std::int64_t> count_tokens(const MessageCounter& counter, Executor workers, const Message& message);
/// What a prompt shows of `event` takes, counted in the same way: of a long result a page of `page_bytes`.
Task<std::int64_t> count_tokens(const MessageCounter& counter, Executor workers, const Event& event,
                                std::size_t page_bytes);
/// Fills in `token_count` of `events`.
Task<> count_tokens(const MessageCounter& counter, Executor workers, std::vector<Event>& events,
                    std::size_t page_bytes);

}  // namespace convoke
