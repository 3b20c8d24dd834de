#include "llm/openai_responses/reply_reader.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "llm/openai_responses/request_encoder.hpp"
#include "llm/replay.hpp"

namespace convoke::openai_responses {
namespace {

using Kind = ReplyDraft::Kind;

std::string_view text_at(const json::value& value, std::string_view key) {
  return find_string(value, key).value_or(std::string_view());
}

const json::value* find_present(const json::value& value, std::string_view key) {
  const json::value* member = find(value, key);
  return member && !member->is_null() ? member : nullptr;
}

Kind kind_of_item(std::string_view type) {
  if (type == "message") return Kind::text;
  if (type == "reasoning") return Kind::reasoning;
  if (type == "function_call") return Kind::tool_call;
  return Kind::other;
}

/// All texts of an item's `content` or `summary`.
std::string joined_texts(const json::value& item, std::string_view key, std::string_view between) {
  std::string all;
  const json::array* parts = find_array(item, key);
  if (!parts) return all;
  for (const json::value& part : *parts) {
    const bool is_refusal = text_at(part, "type") == "refusal";
    const std::string_view text = text_at(part, is_refusal ? "refusal" : "text");
    if (!all.empty() && !text.empty()) all += between;
    all += text;
  }
  return all;
}

bool has_refusal(const json::value& item) {
  const json::array* parts = find_array(item, "content");
  return parts && std::ranges::any_of(*parts, [](const json::value& p) { return text_at(p, "type") == "refusal"; });
}

/// The item as it goes back: without what only an answer has.
std::string replay_of(const json::value& item) {
  if (text_at(item, "encrypted_content").empty()) return {};
  json::object sent = item.get_object();
  sent.erase("status");
  if (const json::value* content = sent.if_contains("content"); content && content->is_null()) sent.erase("content");
  return json::serialize(sent);
}

}  // namespace

Usage usage_of(const json::value& usage) {
  const auto number = [](const json::value* object, std::string_view key) {
    return std::max<std::int64_t>(0, object ? find_integer(*object, key).value_or(0) : 0);
  };
  const json::value* input = find(usage, "input_tokens_details");
  const json::value* output = find(usage, "output_tokens_details");
  Usage counted{.input_tokens = number(&usage, "input_tokens"),
                .output_tokens = number(&usage, "output_tokens"),
                .cached_tokens = number(input, "cached_tokens"),
                .cache_write_tokens = number(input, "cache_write_tokens"),
                .reasoning_tokens = number(output, "reasoning_tokens"),
                .audio_input_tokens = number(input, "audio_tokens"),
                .audio_output_tokens = number(output, "audio_tokens")};
  counted.total_tokens = counted.input_tokens + counted.output_tokens;
  return counted;
}

Wanted ReplyReader::take(std::string_view event, std::string_view data, const ShowDelta& show) {
  if (draft_.is_over()) return Wanted::done;
  if (data.empty() || data == "[DONE]") return Wanted::more;  // gateways that know only chat completions send it
  const auto parsed = parse_json(data);
  if (!parsed) {
    return draft_.fail_protocol(
        fmt::format("sent {} bytes that are not JSON: {}", data.size(), parsed.error().message));
  }
  const std::string_view type = text_at(*parsed, "type");
  return take_event(type.empty() ? event : type, *parsed, show);
}

Wanted ReplyReader::take_event(std::string_view type, const json::value& event, const ShowDelta& show) {
  const std::int64_t number = find_integer(event, "output_index").value_or(0);
  if (type == "error" || find_present(event, "error")) return draft_.fail_inside(event);
  if (const json::value* response = find_present(event, "response")) {
    take_envelope(*response);
    const bool is_end = type == "response.completed" || type == "response.incomplete" || type == "response.failed" ||
                        type == "response.cancelled";
    if (is_end) return end_response(*response, show);
  }
  if (const json::value* item = find_present(event, "item")) {
    if (type == "response.output_item.added") begin_item(number, *item, show);
    if (type == "response.output_item.done") end_item(number, *item, show);
  }
  take_words(event, number, type, show);
  if (type == "response.function_call_arguments.done") take_whole_arguments(event, number);
  return draft_.is_over() ? Wanted::done : Wanted::more;
}

void ReplyReader::take_envelope(const json::value& response) {
  Reply& reply = draft_.reply();
  if (reply.model.empty()) reply.model = text_at(response, "model");
  if (reply.provider_request_id.empty()) reply.provider_request_id = text_at(response, "id");
  if (const json::value* usage = find_present(response, "usage")) reply.usage = usage_of(*usage);
}

ReplyDraft::Block* ReplyReader::begin_item(std::int64_t number, const json::value& item, const ShowDelta& show) {
  if (ReplyDraft::Block* known = draft_.find(number)) return known;
  const Kind kind = kind_of_item(text_at(item, "type"));
  if (kind == Kind::other) return nullptr;  // tools of the provider's own, which we never ask for
  ReplyDraft::Block& block = draft_.open(number, kind);
  summary_ = 0;
  if (kind != Kind::tool_call) return &block;
  block.call.id = string_or_empty(item, "call_id");
  block.call.name = string_or_empty(item, "name");
  show(ToolCallStarted{block.call.name});
  return &block;
}

void ReplyReader::take_words(const json::value& event, std::int64_t number, std::string_view type,
                             const ShowDelta& show) {
  const std::string_view piece = text_at(event, "delta");
  if (piece.empty()) return;
  if (type == "response.output_text.delta") {
    draft_.say(draft_.open(number, Kind::text), piece, show);
  } else if (type == "response.refusal.delta") {
    ReplyDraft::Block& block = draft_.open(number, Kind::refusal);
    block.kind = Kind::refusal;
    draft_.say(block, piece, show);
  } else if (type == "response.reasoning_summary_text.delta" || type == "response.reasoning_text.delta") {
    ReplyDraft::Block& block = draft_.open(number, Kind::reasoning);
    const std::int64_t part = find_integer(event, "summary_index").value_or(0);
    if (part != summary_ && !block.text.empty()) draft_.say(block, "\n\n", show);
    summary_ = part;
    draft_.say(block, piece, show);
  } else if (type == "response.function_call_arguments.delta") {
    if (ReplyDraft::Block* block = draft_.find(number)) draft_.add_arguments(*block, piece);
  }
}

/// They count only where no pieces of them came.
void ReplyReader::take_whole_arguments(const json::value& event, std::int64_t number) {
  ReplyDraft::Block* block = draft_.find(number);
  if (block && block->call.arguments.empty()) draft_.add_arguments(*block, text_at(event, "arguments"));
}

void ReplyReader::end_item(std::int64_t number, const json::value& item, const ShowDelta& show) {
  ReplyDraft::Block* block = begin_item(number, item, show);
  if (!block || block->is_whole) return;
  block->is_whole = text_at(item, "status") != "incomplete";
  switch (block->kind) {
    case Kind::tool_call: {
      if (block->call.id.empty()) block->call.id = string_or_empty(item, "call_id");
      const std::string whole = string_or_empty(item, "arguments");
      if (!whole.empty()) block->call.arguments.clear();
      draft_.add_arguments(*block, whole);
      return;
    }
    case Kind::reasoning: {
      const std::string_view key = find_array(item, "summary") ? "summary" : "content";
      if (block->text.empty()) draft_.say(*block, joined_texts(item, key, "\n\n"), show);
      if (const std::string replay = replay_of(item); !replay.empty()) {
        block->replay = tied_replay(replay_wire, draft_.asked().model, replay);
      }
      return;
    }
    case Kind::text:
    case Kind::refusal:
    case Kind::other:
      if (has_refusal(item)) block->kind = Kind::refusal;
      if (block->text.empty()) draft_.say(*block, joined_texts(item, "content", ""), show);
      return;
  }
}

Wanted ReplyReader::end_response(const json::value& response, const ShowDelta& show) {
  if (const json::value* error = find_present(response, "error")) return draft_.fail_inside(*error);
  const std::string_view status = text_at(response, "status");
  if (status == "failed" || status == "cancelled") return draft_.fail_inside(json::value(status));
  if (const json::array* output = find_array(response, "output")) {
    std::int64_t number = 0;
    for (const json::value& item : *output) end_item(number++, item, show);
  }
  if (draft_.is_failed()) return Wanted::done;
  const json::value* details = find_present(response, "incomplete_details");
  const std::string_view why = details ? text_at(*details, "reason") : "";
  if (why == "content_filter") return draft_.complete(FinishReason::content_filter);
  return draft_.complete(status == "incomplete" ? FinishReason::length : FinishReason::stop);
}

void ReplyReader::take_body(std::string_view body, const ShowDelta& show) {
  const auto parsed = parse_json(body);
  if (!parsed) {
    draft_.fail_protocol("answered with something else: " + parsed.error().message);
    return;
  }
  if (find_present(*parsed, "error")) {
    draft_.fail_inside(*parsed);
    return;
  }
  if (!find_array(*parsed, "output")) {
    draft_.fail_protocol("answered with JSON that is no response");
    return;
  }
  take_envelope(*parsed);
  end_response(*parsed, show);
}

}  // namespace convoke::openai_responses
