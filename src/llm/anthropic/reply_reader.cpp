#include "llm/anthropic/reply_reader.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "llm/anthropic/request_encoder.hpp"
#include "llm/replay.hpp"

namespace convoke::anthropic {
namespace {

using Kind = ReplyDraft::Kind;

std::string_view text_at(const json::value& value, std::string_view key) {
  return find_string(value, key).value_or(std::string_view());
}

Kind kind_of_block(std::string_view type) {
  if (type == "text") return Kind::text;
  if (type == "thinking" || type == "redacted_thinking") return Kind::reasoning;
  if (type == "tool_use") return Kind::tool_call;
  return Kind::other;
}

FinishReason finish_reason_of(std::string_view stop_reason) {
  if (stop_reason == "max_tokens" || stop_reason == "model_context_window_exceeded") return FinishReason::length;
  if (stop_reason == "tool_use") return FinishReason::tool_calls;
  if (stop_reason == "refusal") return FinishReason::refusal;
  if (stop_reason == "pause_turn") return FinishReason::paused;
  return FinishReason::stop;  // end_turn, stop_sequence, and what may come
}

void append_member(json::object& object, std::string_view key, std::string_view piece) {
  json::value& member = object[key];
  if (!member.is_string()) member = json::string();
  member.get_string() += piece;
}

}  // namespace

void take_usage(Usage& counted, const json::value& usage) {
  const auto number = [](const json::value& object, std::string_view key) {
    return std::max<std::int64_t>(0, find_integer(object, key).value_or(0));
  };
  const std::int64_t uncached = counted.input_tokens - counted.cached_tokens - counted.cache_write_tokens;
  // Proxies leave some counts out of one of the two places; none of them ever falls.
  const auto at_least = [](std::int64_t& count, std::int64_t now) { count = std::max(count, now); };
  at_least(counted.cached_tokens, number(usage, "cache_read_input_tokens"));
  at_least(counted.cache_write_tokens, number(usage, "cache_creation_input_tokens"));
  if (const json::value* creation = find(usage, "cache_creation")) {
    at_least(counted.cache_write_1h_tokens, number(*creation, "ephemeral_1h_input_tokens"));
  }
  counted.input_tokens =
      std::max(uncached, number(usage, "input_tokens")) + counted.cached_tokens + counted.cache_write_tokens;
  at_least(counted.output_tokens, number(usage, "output_tokens"));
  if (const json::value* details = find(usage, "output_tokens_details")) {
    at_least(counted.reasoning_tokens, number(*details, "thinking_tokens"));
  }
  counted.total_tokens = counted.input_tokens + counted.output_tokens;
}

Wanted ReplyReader::take(std::string_view event, std::string_view data, const ShowDelta& show) {
  if (draft_.is_over()) return Wanted::done;
  if (data.empty()) return Wanted::more;
  const auto parsed = parse_json(data);
  if (!parsed) {
    return draft_.fail_protocol(
        fmt::format("sent {} bytes that are not JSON: {}", data.size(), parsed.error().message));
  }
  const std::string_view type = text_at(*parsed, "type");
  return take_event(type.empty() ? event : type, *parsed, show);
}

Wanted ReplyReader::take_event(std::string_view type, const json::value& event, const ShowDelta& show) {
  const std::int64_t number = find_integer(event, "index").value_or(0);
  const json::value* error = find(event, "error");
  if (type == "error" || (error && !error->is_null())) return draft_.fail_inside(event);
  if (type == "message_start") {
    if (const json::value* message = find(event, "message")) take_envelope(*message);
  } else if (type == "content_block_start") {
    if (const json::value* block = find(event, "content_block")) begin_block(number, *block, show);
  } else if (type == "content_block_delta") {
    if (const json::value* delta = find(event, "delta")) take_delta(number, *delta, show);
  } else if (type == "content_block_stop") {
    end_block(number);
  } else if (type == "message_delta") {
    if (const json::value* usage = find(event, "usage")) take_usage(draft_.reply().usage, *usage);
    if (const json::value* delta = find(event, "delta")) take_stop(*delta, show);
  } else if (type == "message_stop") {
    return draft_.complete(stop_.value_or(FinishReason::stop));
  }
  return draft_.is_over() ? Wanted::done : Wanted::more;  // pings and what may come
}

void ReplyReader::take_envelope(const json::value& message) {
  Reply& reply = draft_.reply();
  if (reply.model.empty()) reply.model = text_at(message, "model");
  if (reply.provider_request_id.empty()) reply.provider_request_id = text_at(message, "id");
  if (const json::value* usage = find(message, "usage")) take_usage(reply.usage, *usage);
}

void ReplyReader::begin_block(std::int64_t number, const json::value& block, const ShowDelta& show) {
  if (!block.is_object()) return;
  if (ReplyDraft::Block* known = draft_.find(number)) {
    if (!known->is_whole) return;
    put_aside(*known);  // some proxies give every block the same number
  }
  const Kind kind = kind_of_block(text_at(block, "type"));
  ReplyDraft::Block& opened = draft_.open(number, kind);
  if (kind == Kind::reasoning || kind == Kind::other) raw_[number] = block.get_object();
  if (kind == Kind::text) draft_.say(opened, text_at(block, "text"), show);
  if (kind == Kind::reasoning) draft_.say(opened, text_at(block, "thinking"), show);
  if (kind != Kind::tool_call) return;
  opened.call = {.id = string_or_empty(block, "id"), .name = string_or_empty(block, "name"), .arguments = {}};
  // A stream begins with {} and sends the arguments piece by piece; some proxies send them here at once.
  const json::object* input = find_object(block, "input");
  if (input && !input->empty()) draft_.add_arguments(opened, json::serialize(*input));
  show(ToolCallStarted{opened.call.name});
}

void ReplyReader::put_aside(ReplyDraft::Block& block) {
  raw_.erase(block.number);
  block.number = --put_aside_;
}

void ReplyReader::take_delta(std::int64_t number, const json::value& delta, const ShowDelta& show) {
  const std::string_view type = text_at(delta, "type");
  if (type == "text_delta") {
    draft_.say(draft_.open(number, Kind::text), text_at(delta, "text"), show);
    return;
  }
  if (type == "thinking_delta") {
    if (!draft_.find(number)) begin_block(number, json::object{{"type", "thinking"}}, show);
    draft_.say(*draft_.find(number), text_at(delta, "thinking"), show);
    append_member(raw_[number], "thinking", text_at(delta, "thinking"));
    return;
  }
  ReplyDraft::Block* block = draft_.find(number);
  if (!block) return;
  if (type == "input_json_delta") {
    draft_.add_arguments(*block, text_at(delta, "partial_json"));
  } else if (type == "signature_delta") {
    append_member(raw_[number], "signature", text_at(delta, "signature"));
  }
}

void ReplyReader::end_block(std::int64_t number) {
  ReplyDraft::Block* block = draft_.find(number);
  if (!block || block->is_whole) return;
  block->is_whole = true;
  const auto raw = raw_.find(number);
  if (raw == raw_.end()) return;
  json::object& whole = raw->second;
  const bool is_unsigned = text_at(whole, "type") == "thinking" && text_at(whole, "signature").empty();
  if (is_unsigned) return;  // without its signature it would be refused
  if (!block->call.arguments.empty()) {
    if (auto input = parse_json(block->call.arguments)) whole["input"] = *std::move(input);
  }
  block->replay = tied_replay(replay_wire, draft_.asked().model, json::serialize(whole));
}

void ReplyReader::take_stop(const json::value& where, const ShowDelta& show) {
  const std::string_view reason = text_at(where, "stop_reason");
  if (reason.empty()) return;
  stop_ = finish_reason_of(reason);
  const json::value* details = find(where, "stop_details");
  const bool is_wordless = draft_.is_empty();
  if (*stop_ == FinishReason::refusal && is_wordless && details) {
    draft_.say(draft_.open(0, Kind::refusal), text_at(*details, "explanation"), show);
  }
}

void ReplyReader::take_body(std::string_view body, const ShowDelta& show) {
  const auto parsed = parse_json(body);
  if (!parsed) {
    draft_.fail_protocol("answered with something else: " + parsed.error().message);
    return;
  }
  const json::value* error = find(*parsed, "error");
  if (error && !error->is_null()) {
    draft_.fail_inside(*parsed);
    return;
  }
  const json::array* content = find_array(*parsed, "content");
  if (!content) {
    draft_.fail_protocol("answered with JSON that is no message");
    return;
  }
  take_envelope(*parsed);
  std::int64_t number = 0;
  for (const json::value& block : *content) {
    begin_block(number, block, show);
    end_block(number++);
  }
  take_stop(*parsed, show);
  draft_.complete(stop_.value_or(FinishReason::stop));
}

ReplyResult ReplyReader::finish(const ShowDelta&) {
  // A stop reason is the end of the answer, whether message_stop follows or not.
  if (!draft_.is_over() && stop_) draft_.complete(*stop_);
  return draft_.finish();
}

}  // namespace convoke::anthropic
