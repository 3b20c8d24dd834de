// The end of an answer: how llm/openai_chat/reply_accumulator.hpp makes a Reply or an error of what it has.
#include <algorithm>

#include "llm/number_text.hpp"
#include "llm/openai_chat/reply_accumulator.hpp"
#include "llm/replay.hpp"

namespace convoke::openai_chat {

Usage usage_of(const json::value& usage) {
  const auto number = [](const json::value* object, std::string_view key) {
    return std::max<std::int64_t>(0, object ? find_integer(*object, key).value_or(0) : 0);
  };
  const json::value* input = find(usage, "prompt_tokens_details");
  const json::value* output = find(usage, "completion_tokens_details");
  Usage counted{.input_tokens = number(&usage, "prompt_tokens"),
                .output_tokens = number(&usage, "completion_tokens"),
                .total_tokens = number(&usage, "total_tokens"),
                .cached_tokens = std::max(number(input, "cached_tokens"), number(&usage, "prompt_cache_hit_tokens")),
                .cache_write_tokens = number(input, "cache_write_tokens"),
                .reasoning_tokens = number(output, "reasoning_tokens"),
                .audio_input_tokens = number(input, "audio_tokens"),
                .audio_output_tokens = number(output, "audio_tokens")};
  // xAI counts reasoning only in the total.
  counted.output_tokens = std::max(counted.output_tokens, counted.total_tokens - counted.input_tokens);
  counted.total_tokens = counted.input_tokens + counted.output_tokens;
  return counted;
}

std::optional<Money> stated_cost(std::string_view chunk) {
  if (!chunk.contains(R"("cost")")) return std::nullopt;
  constexpr std::array<std::string_view, 2> cost{"usage", "cost"};
  constexpr std::array<std::string_view, 3> upstream{"usage", "cost_details", "upstream_inference_cost"};
  const auto money_at = [&](std::span<const std::string_view> path) {
    const auto digits = number_text(chunk, path);
    return digits ? parse_money(*digits) : std::nullopt;
  };
  auto stated = money_at(cost);
  const json::value whole = parse_json(chunk).value_or(json::value());
  const json::value* usage = find(whole, "usage");
  const bool own_key = usage && find_bool(*usage, "is_byok").value_or(false);
  const auto at_the_vendor = own_key ? money_at(upstream) : std::nullopt;
  if (stated && at_the_vendor) *stated += *at_the_vendor;
  return stated && *stated >= Money{} ? stated : std::nullopt;
}

void ReplyAccumulator::take_body(std::string_view body, const ShowDelta& show) {
  auto parsed = parse_json(body);
  if (!parsed) {
    fail_with(
        {.reply_error = protocol_error(options_.asked, "answered with something else: " + parsed.error().message)});
    return;
  }
  const json::value& completion = the_one_in(*parsed);
  take_chunk(completion, false, show);
  take_cost(body);
  if (!failure_ && !find_array(completion, "choices")) {
    fail_with({.reply_error = protocol_error(options_.asked, "answered with JSON that is no completion")});
  }
  finished_ = finished_ || !failure_;
  ended_ = true;
}

void ReplyAccumulator::interrupt(Error error) {
  if (finished_ || failure_) return;
  fail_with({.reply_error = transport_error(options_.asked, std::move(error))});
}

std::vector<Part> ReplyAccumulator::spoken_parts() const {
  std::vector<Part> parts;
  if (!reasoning_.empty() || !reasoning_details_.empty()) {
    std::string replay;
    if (!reasoning_details_.empty()) {
      replay = tied_replay(replay_wire, options_.asked.model, json::serialize(reasoning_details_));
    }
    parts.emplace_back(Reasoning{reasoning_, std::move(replay)});
  }
  if (!text_.empty()) parts.emplace_back(Text{text_});
  return parts;
}

/// Some templates put `<think>` into the prompt, so that only its end arrives. It was shown as text by then; what is
/// remembered is put right.
void ReplyAccumulator::move_unopened_thoughts() {
  if (!options_.think_tags || !reasoning_.empty()) return;
  const UnopenedThoughts found = find_unopened_thoughts(text_);
  reasoning_ = text_.substr(0, found.thoughts);
  text_.erase(0, found.with_tag);
}

ReplyResult ReplyAccumulator::finish(const ShowDelta& show) {
  think_tags_.finish([&](bool is_reasoning, std::string_view text) { add_piece(is_reasoning, text, show); });
  move_unopened_thoughts();
  reply_.message.parts = spoken_parts();
  if (!failure_ && !finished_) interrupt({Errc::unavailable, "the answer ended in the middle"});
  if (!failure_) {
    const bool cut_short = reply_.finish_reason == FinishReason::length;
    const auto on_started = [&show](std::string_view name) { show(ToolCallStarted{name}); };
    if (auto calls = tool_calls_.finish(cut_short, on_started)) {
      if (!calls->empty()) reply_.finish_reason = FinishReason::tool_calls;
      std::ranges::move(*calls, std::back_inserter(reply_.message.parts));
    } else {
      fail_with({.reply_error = protocol_error(options_.asked, "sent a broken answer: " + calls.error().message)});
    }
  }
  if (failure_) {
    failure_->partial = std::move(reply_.message);
    failure_->usage = reply_.usage;
    return std::unexpected(std::move(*failure_));
  }
  if (is_refusal_) reply_.finish_reason = FinishReason::refusal;
  if (reply_.model.empty()) reply_.model = options_.asked.model;
  return std::move(reply_);
}

}  // namespace convoke::openai_chat
