#include "llm/openai_chat/reply_accumulator.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>

namespace convoke::openai_chat {
namespace {

constexpr std::size_t max_reply_bytes = 16 * 1024 * 1024;

json::parse_options deep() {
  json::parse_options options;
  options.max_depth = max_json_depth;
  return options;
}

/// The member unless it is missing or null.
const json::value* find_present(const json::value& value, std::string_view key) {
  const json::value* member = find(value, key);
  return member && !member->is_null() ? member : nullptr;
}

std::string_view find_text(const json::value& value, std::string_view key) {
  return find_string(value, key).value_or(std::string_view());
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

const json::value* first_choice(const json::value& chunk) {
  const json::array* choices = find_array(chunk, "choices");
  return choices && !choices->empty() ? &choices->front() : nullptr;
}

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::ranges::find(words, word) != words.end();
}

}  // namespace

const json::value& the_one_in(const json::value& document) {
  const json::array* array = document.if_array();
  return array && array->size() == 1 ? array->front() : document;
}

ReplyAccumulator::ReplyAccumulator(ReplyOptions options) : options_(std::move(options)), parser_({}, deep()) {
  reply_.message.role = Role::assistant;
}

Wanted ReplyAccumulator::fail_with(WireError error) {
  failure_ = std::move(error.reply_error);
  ended_ = true;
  return Wanted::done;
}

Wanted ReplyAccumulator::take(std::string_view event, std::string_view data, const ShowDelta& show) {
  data = trimmed(data);
  if (ended_) return Wanted::done;
  if (data.empty()) return Wanted::more;
  if (data.starts_with("[DONE]")) {
    finished_ = ended_ = true;
    return Wanted::done;
  }
  json::monotonic_resource memory(arena_.data(), arena_.size());
  parser_.reset(&memory);
  boost::system::error_code error;
  parser_.write(data.data(), data.size(), error);
  if (error) {
    parser_.reset();
    const auto what = fmt::format("sent {} bytes that are not JSON: {}", data.size(), error.message());
    return fail_with({.reply_error = protocol_error(options_.asked, what)});
  }
  const json::value chunk = parser_.release();
  const Wanted wanted = take_chunk(the_one_in(chunk), event == "error", show);
  take_cost(data);
  return wanted;
}

void ReplyAccumulator::take_cost(std::string_view chunk) {
  if (const auto cost = stated_cost(chunk)) reply_.usage.cost = cost;
}

Wanted ReplyAccumulator::take_chunk(const json::value& chunk, bool is_error, const ShowDelta& show) {
  const bool flat_error = is_error || find_text(chunk, "object") == "error" || find_text(chunk, "type") == "error";
  if (flat_error || find_present(chunk, "error"))
    return fail_with(wire_error_inside(options_.asked, chunk, options_.now));
  take_envelope(chunk);
  const json::value* choice = first_choice(chunk);
  if (!choice) return Wanted::more;
  const Wanted wanted = take_choice(*choice, chunk, show);
  if (text_.size() + reasoning_.size() + tool_calls_.size_bytes() > max_reply_bytes) {
    const auto what = fmt::format("wrote more than {} MB in one answer", max_reply_bytes >> 20);
    auto failure = protocol_error(options_.asked, what);
    failure.retry = RetryAdvice::never;
    return fail_with({.reply_error = std::move(failure)});
  }
  return wanted;
}

void ReplyAccumulator::take_envelope(const json::value& chunk) {
  if (reply_.model.empty()) reply_.model = find_text(chunk, "model");
  if (reply_.provider_request_id.empty()) reply_.provider_request_id = find_text(chunk, "id");
  const json::value* usage = find_present(chunk, "usage");
  if (!usage) {
    const json::value* groq = find(chunk, "x_groq");
    usage = groq ? find_present(*groq, "usage") : nullptr;
  }
  if (!usage) {
    const json::value* choice = first_choice(chunk);
    usage = choice ? find_present(*choice, "usage") : nullptr;
  }
  if (usage && usage->is_object()) {
    const auto cost = reply_.usage.cost;
    reply_.usage = usage_of(*usage);  // cumulative where repeated: the last one counts
    reply_.usage.cost = cost;
  }
}

Wanted ReplyAccumulator::take_choice(const json::value& choice, const json::value& chunk, const ShowDelta& show) {
  if (const json::value* error = find_present(choice, "error")) {
    return fail_with(wire_error_inside(options_.asked, *error, options_.now));
  }
  const json::value* delta = find_present(choice, "delta");
  // Some end a stream with the whole message: that has been said already.
  if (!delta && !has_said_anything()) delta = find_present(choice, "message");
  if (delta) take_delta(*delta, show);
  return take_finish_reason(find_text(choice, "finish_reason"), chunk);
}

bool ReplyAccumulator::has_said_anything() const {
  return !text_.empty() || !reasoning_.empty() || !tool_calls_.empty();
}

/// The stream goes on after it: the usage comes last.
Wanted ReplyAccumulator::take_finish_reason(std::string_view reason, const json::value& chunk) {
  if (reason.empty()) return Wanted::more;
  // The server stopped, not the model: DeepSeek's word and vLLM's.
  if (is_one_of(reason, {"insufficient_system_resource", "abort"})) {
    return fail_with(wire_error_inside(options_.asked, json::value(reason), options_.now));
  }
  if (reason == "error") return fail_with(wire_error_inside(options_.asked, chunk, options_.now));
  finished_ = true;
  if (is_one_of(reason, {"length", "max_tokens", "model_length", "max_output_tokens", "MAX_TOKENS"})) {
    reply_.finish_reason = FinishReason::length;
  } else if (is_one_of(reason, {"content_filter", "safety", "SAFETY", "RECITATION", "PROHIBITED_CONTENT"})) {
    reply_.finish_reason = FinishReason::content_filter;
  } else if (reason == "refusal") {
    reply_.finish_reason = FinishReason::refusal;
  } else {
    reply_.finish_reason = FinishReason::stop;  // whether tools were called is read from the calls themselves
  }
  return Wanted::more;
}

void ReplyAccumulator::take_delta(const json::value& delta, const ShowDelta& show) {
  take_reasoning(delta, show);
  if (const json::value* content = find_present(delta, "content")) take_content(*content, show);
  if (const std::string_view refusal = find_text(delta, "refusal"); !refusal.empty()) {
    is_refusal_ = true;
    add_piece(false, refusal, show);
  }
  const auto on_started = [&show](std::string_view name) { show(ToolCallStarted{name}); };
  if (const json::array* calls = find_array(delta, "tool_calls")) tool_calls_.take(*calls, on_started);
  if (const json::value* call = find_present(delta, "function_call")) tool_calls_.take_function_call(*call, on_started);
}

void ReplyAccumulator::take_content(const json::value& content, const ShowDelta& show) {
  if (const json::string* text = content.if_string()) return add_text(*text, show);
  const json::array* parts = content.if_array();
  if (!parts) return;
  for (const json::value& part : *parts) {
    const std::string_view type = find_text(part, "type");
    if (type == "text" || type == "output_text") add_text(find_text(part, "text"), show);
    const json::array* thoughts = type == "thinking" ? find_array(part, "thinking") : nullptr;  // Mistral's
    if (!thoughts) continue;
    for (const json::value& thought : *thoughts) add_piece(true, find_text(thought, "text"), show);
  }
}

void ReplyAccumulator::add_text(std::string_view text, const ShowDelta& show) {
  if (text.empty()) return;
  if (!options_.think_tags || think_tags_.is_past()) return add_piece(false, text, show);
  think_tags_.feed(text, [&](bool is_reasoning, std::string_view piece) { add_piece(is_reasoning, piece, show); });
}

void ReplyAccumulator::add_piece(bool is_reasoning, std::string_view text, const ShowDelta& show) {
  if (text.empty()) return;
  if (is_reasoning) {
    reasoning_ += text;
    show(ReasoningDelta{text});
  } else {
    text_ += text;
    show(TextDelta{text});
  }
}

void ReplyAccumulator::take_reasoning(const json::value& delta, const ShowDelta& show) {
  const json::array* details = find_array(delta, "reasoning_details");
  if (details) merge_reasoning_details(*details);
  for (const std::string_view key : {"reasoning_content", "reasoning", "reasoning_text", "thinking"}) {
    const std::string_view text = find_text(delta, key);
    if (text.empty()) continue;
    return add_piece(true, text, show);  // some gateways send the same words under two names
  }
  if (!details) return;
  for (const json::value& piece : *details) {
    for (const std::string_view key : {"text", "summary"}) add_piece(true, find_text(piece, key), show);
  }
}

/// OpenRouter wants these back unmodified; the pieces of one entry share type and index.
void ReplyAccumulator::merge_reasoning_details(const json::array& details) {
  for (const json::value& piece : details) {
    if (!piece.is_object()) continue;
    const bool continues = !reasoning_details_.empty() &&
                           find_text(reasoning_details_.back(), "type") == find_text(piece, "type") &&
                           find_integer(reasoning_details_.back(), "index") == find_integer(piece, "index");
    if (!continues) {
      reasoning_details_.emplace_back(json::value(piece, reasoning_details_.storage()));
      continue;
    }
    json::object& whole = reasoning_details_.back().get_object();
    for (const auto& [key, value] : piece.get_object()) {
      const bool is_text = key == "text" || key == "summary" || key == "data";
      if (value.is_null()) continue;
      json::value& member = whole[key];
      if (is_text && member.is_string() && value.is_string()) {
        member.get_string() += value.get_string();
      } else {
        member = value;
      }
    }
  }
}

}  // namespace convoke::openai_chat
