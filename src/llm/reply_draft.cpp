#include "llm/reply_draft.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "llm/tool_arguments.hpp"

namespace convoke {
namespace {

constexpr std::size_t max_reply_bytes = 16 * 1024 * 1024;
constexpr std::size_t max_blocks = 10'000;

/// A call that can be run: it has a name, an id, and arguments that are all there. Where the answer was `cut_short`,
/// the provider's word that the block is whole means nothing.
std::optional<ToolCall> runnable(const ReplyDraft::Block& block, bool cut_short) {
  ToolCall call = block.call;
  if (call.name.empty() || call.id.empty()) return std::nullopt;
  if (cut_short && call.arguments.empty()) return std::nullopt;
  call.arguments = repaired_arguments(std::move(call.arguments));
  const bool is_cut = (cut_short || !block.is_whole) && !is_complete_json(call.arguments);
  return is_cut ? std::nullopt : std::optional(std::move(call));
}

}  // namespace

ReplyDraft::Block* ReplyDraft::find(std::int64_t number) {
  const auto found = std::ranges::find(blocks_, number, &Block::number);
  return found == blocks_.end() ? nullptr : &*found;
}

ReplyDraft::Block& ReplyDraft::open(std::int64_t number, Kind kind) {
  if (Block* known = find(number)) return *known;
  if (blocks_.size() >= max_blocks) grow(max_reply_bytes);
  return blocks_.emplace_back(Block{.number = number, .kind = kind});
}

void ReplyDraft::say(Block& block, std::string_view words, const ShowDelta& show) {
  if (words.empty()) return;
  grow(words.size());
  block.text += words;
  if (block.kind == Kind::reasoning) {
    show(ReasoningDelta{words});
  } else {
    show(TextDelta{words});
  }
}

void ReplyDraft::add_arguments(Block& block, std::string_view piece) {
  grow(piece.size());
  block.call.arguments += piece;
}

void ReplyDraft::grow(std::size_t bytes) {
  bytes_ += bytes;
  if (bytes_ <= max_reply_bytes || failure_) return;
  fail_protocol(fmt::format("wrote more than {} MB in one answer", max_reply_bytes >> 20));
  failure_->retry = RetryAdvice::never;
}

Wanted ReplyDraft::complete(FinishReason reason) {
  reply_.finish_reason = reason;
  is_finished_ = true;
  return Wanted::done;
}

Wanted ReplyDraft::fail(WireError error) {
  if (!is_over()) failure_ = std::move(error.reply_error);
  return Wanted::done;
}

Wanted ReplyDraft::fail_protocol(std::string_view what) { return fail({.reply_error = protocol_error(asked_, what)}); }

void ReplyDraft::interrupt(Error error) { fail({.reply_error = transport_error(asked_, std::move(error))}); }

std::vector<Part> ReplyDraft::parts() const {
  std::vector<Part> parts;
  const bool cut_short = reply_.finish_reason == FinishReason::length;
  for (const Block& block : blocks_) {
    switch (block.kind) {
      case Kind::text:
      case Kind::refusal:
        if (!block.text.empty()) parts.emplace_back(Text{block.text});
        break;
      case Kind::reasoning:
      case Kind::other:
        if (!block.text.empty() || !block.replay.empty()) parts.emplace_back(Reasoning{block.text, block.replay});
        break;
      case Kind::tool_call:
        if (failure_) break;
        // Only what came last can have been cut.
        if (auto call = runnable(block, cut_short && &block == &blocks_.back())) parts.emplace_back(*std::move(call));
        break;
    }
  }
  return parts;
}

ReplyResult ReplyDraft::finish() {
  if (!is_over()) interrupt({Errc::unavailable, "the answer ended in the middle"});
  reply_.message = {Role::assistant, parts()};
  if (failure_) {
    failure_->partial = std::move(reply_.message);
    failure_->usage = reply_.usage;
    return std::unexpected(std::move(*failure_));
  }
  const auto is_refusal = [](const Block& block) { return block.kind == Kind::refusal && !block.text.empty(); };
  const auto is_call = [](const Part& part) { return std::holds_alternative<ToolCall>(part); };
  if (std::ranges::any_of(reply_.message.parts, is_call)) {
    reply_.finish_reason = FinishReason::tool_calls;
  } else if (reply_.finish_reason == FinishReason::tool_calls) {
    reply_.finish_reason = FinishReason::stop;
  }
  if (std::ranges::any_of(blocks_, is_refusal)) reply_.finish_reason = FinishReason::refusal;
  if (reply_.model.empty()) reply_.model = asked_.model;
  return std::move(reply_);
}

}  // namespace convoke
