#pragma once
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "llm/wire.hpp"

namespace convoke {

/// An answer that is being written, for wires that send it as numbered blocks: thoughts, words and tool calls, in the
/// order in which they were opened.
class ReplyDraft {
 public:
  enum class Kind { text, refusal, reasoning, tool_call, other };
  struct Block {
    std::int64_t number = 0;
    Kind kind = Kind::other;
    std::string text{};
    std::string replay{};  ///< of reasoning and other: the provider's own JSON for it, to be sent back
    ToolCall call{};
    bool is_whole = false;  ///< the provider has said that it is
  };

  ReplyDraft(Asked asked, WallTime now) : asked_(std::move(asked)), now_(now) {}

  const Asked& asked() const { return asked_; }
  Reply& reply() { return reply_; }
  bool is_over() const { return is_finished_ || failure_.has_value(); }
  bool is_failed() const { return failure_.has_value(); }
  bool is_empty() const { return blocks_.empty(); }

  Block* find(std::int64_t number);
  /// The block of this number; a new one where there is none.
  Block& open(std::int64_t number, Kind kind);
  /// Adds words to a block and shows them.
  void say(Block& block, std::string_view words, const ShowDelta& show);
  /// Adds a piece of a call's arguments.
  void add_arguments(Block& block, std::string_view piece);

  /// The answer is complete.
  Wanted complete(FinishReason reason);
  Wanted fail(WireError error);
  /// The provider broke off, with its own error: an object or a text.
  Wanted fail_inside(const json::value& error) { return fail(wire_error_inside(asked_, error, now_)); }
  /// The provider sent something that cannot be understood.
  Wanted fail_protocol(std::string_view what);
  void interrupt(Error error);

  /// The whole. A call that is cut off is never handed out: to run it would be to guess.
  ReplyResult finish();

 private:
  void grow(std::size_t bytes);
  std::vector<Part> parts() const;

  Asked asked_;
  WallTime now_;
  Reply reply_{};
  std::deque<Block> blocks_{};
  std::size_t bytes_ = 0;
  std::optional<ReplyError> failure_{};
  bool is_finished_ = false;
};

}  // namespace convoke
