#pragma once
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "llm/openai_chat/dialect.hpp"
#include "llm/openai_chat/think_tags.hpp"
#include "llm/openai_chat/tool_call_accumulator.hpp"
#include "llm/provider.hpp"
#include "llm/wire.hpp"

namespace convoke::openai_chat {

struct ReplyOptions {
  Asked asked;
  /// Take `<think>` at the start of the text for reasoning. Hosted models do not write it, local ones do.
  bool think_tags = false;
  WallTime now{};  ///< what dates in an error are counted from
};

/// The answers of chat completions: members missing or null, errors inside a success, no end marker, usage in several
/// places.
class ReplyAccumulator final : public ReplyBuilder {
 public:
  explicit ReplyAccumulator(ReplyOptions options);

  Wanted take(std::string_view event, std::string_view data, const ShowDelta& show) override;
  void take_body(std::string_view body, const ShowDelta& show) override;
  void interrupt(Error error) override;
  void set_request_id(std::string id) override { reply_.provider_request_id = std::move(id); }

  /// An end without a finish reason and without the end marker is an answer cut off.
  ReplyResult finish(const ShowDelta& show) override;

 private:
  Wanted fail_with(WireError error);
  Wanted take_chunk(const json::value& chunk, bool is_error, const ShowDelta& show);
  void take_envelope(const json::value& chunk);
  void take_cost(std::string_view chunk);
  Wanted take_choice(const json::value& choice, const json::value& chunk, const ShowDelta& show);
  void take_delta(const json::value& delta, const ShowDelta& show);
  void take_content(const json::value& content, const ShowDelta& show);
  void add_text(std::string_view text, const ShowDelta& show);
  void add_piece(bool is_reasoning, std::string_view text, const ShowDelta& show);
  void take_reasoning(const json::value& delta, const ShowDelta& show);
  void merge_reasoning_details(const json::array& details);
  Wanted take_finish_reason(std::string_view reason, const json::value& chunk);
  bool has_said_anything() const;
  std::vector<Part> spoken_parts() const;
  void move_unopened_thoughts();

  ReplyOptions options_;
  Reply reply_;
  std::string text_;
  std::string reasoning_;
  json::array reasoning_details_;
  ToolCallAccumulator tool_calls_;
  ThinkTags think_tags_;
  std::optional<ReplyError> failure_;
  bool is_refusal_ = false;
  bool finished_ = false;  ///< a finish reason or the end marker was seen
  bool ended_ = false;     ///< nothing more is taken

  json::parser parser_;                        ///< kept for its buffers
  std::array<unsigned char, 8 * 1024> arena_;  ///< one chunk's values; a longer chunk takes more from the heap
};

/// An old habit of gateways: an array with the one object in it.
const json::value& the_one_in(const json::value& document);

/// The provider's count of tokens, from a `usage` object. Where a provider leaves reasoning out of the output, it is
/// added: what counts is what is billed.
Usage usage_of(const json::value& usage);

/// What an event or a completion (its JSON text) says in `usage.cost` that the answer cost, to the digit. With a key of
/// one's own OpenRouter's `cost` is only its fee: what the vendor charges is added.
std::optional<Money> stated_cost(std::string_view chunk);

}  // namespace convoke::openai_chat
