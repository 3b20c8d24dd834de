#pragma once
#include "llm/reply_draft.hpp"

namespace convoke::openai_responses {

/// The answers of the Responses API: items, numbered by their place in the output. What an item holds at its end
/// counts; the pieces before it are shown as they come.
class ReplyReader final : public ReplyBuilder {
 public:
  ReplyReader(Asked asked, WallTime now) : draft_(std::move(asked), now) {}

  Wanted take(std::string_view event, std::string_view data, const ShowDelta& show) override;
  void take_body(std::string_view body, const ShowDelta& show) override;
  void interrupt(Error error) override { draft_.interrupt(std::move(error)); }
  void set_request_id(std::string id) override { draft_.reply().provider_request_id = std::move(id); }
  ReplyResult finish(const ShowDelta&) override { return draft_.finish(); }

 private:
  Wanted take_event(std::string_view type, const json::value& event, const ShowDelta& show);
  void take_envelope(const json::value& response);
  ReplyDraft::Block* begin_item(std::int64_t number, const json::value& item, const ShowDelta& show);
  void take_words(const json::value& event, std::int64_t number, std::string_view type, const ShowDelta& show);
  void take_whole_arguments(const json::value& event, std::int64_t number);
  void end_item(std::int64_t number, const json::value& item, const ShowDelta& show);
  Wanted end_response(const json::value& response, const ShowDelta& show);

  ReplyDraft draft_;
  std::int64_t summary_ = 0;  ///< which part of the thoughts is being written
};

/// The tokens of an answer, from a `usage` object.
Usage usage_of(const json::value& usage);

}  // namespace convoke::openai_responses
