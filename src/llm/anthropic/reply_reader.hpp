#pragma once
#include <map>
#include <optional>

#include "llm/reply_draft.hpp"

namespace convoke::anthropic {

/// The answers of Anthropic Messages: numbered blocks of thoughts, words and tool calls, and a stop reason. Blocks of a
/// kind we do not know are kept, to be sent back as they came.
class ReplyReader final : public ReplyBuilder {
 public:
  ReplyReader(Asked asked, WallTime now) : draft_(std::move(asked), now) {}

  Wanted take(std::string_view event, std::string_view data, const ShowDelta& show) override;
  void take_body(std::string_view body, const ShowDelta& show) override;
  void interrupt(Error error) override { draft_.interrupt(std::move(error)); }
  void set_request_id(std::string id) override { draft_.reply().provider_request_id = std::move(id); }
  ReplyResult finish(const ShowDelta& show) override;

 private:
  Wanted take_event(std::string_view type, const json::value& event, const ShowDelta& show);
  void take_envelope(const json::value& message);
  void begin_block(std::int64_t number, const json::value& block, const ShowDelta& show);
  void put_aside(ReplyDraft::Block& block);
  void take_delta(std::int64_t number, const json::value& delta, const ShowDelta& show);
  void end_block(std::int64_t number);
  void take_stop(const json::value& where, const ShowDelta& show);

  ReplyDraft draft_;
  std::map<std::int64_t, json::object> raw_;  ///< blocks that are sent back as they came, by number
  std::int64_t put_aside_ = 0;  ///< the number given to the last block that was put aside; they are below 0
  std::optional<FinishReason> stop_;
};

/// The tokens of an answer from a `usage` object. A later one of the same answer replaces what it names.
void take_usage(Usage& counted, const json::value& usage);

}  // namespace convoke::anthropic
