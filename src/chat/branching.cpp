#include "chat/branching.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>

namespace convoke {
namespace {

constexpr int max_turn_events = 1000;

std::unexpected<Error> no_event(const std::string& conversation_id, Sequence seq) {
  return fail(Errc::not_found, fmt::format("conversation '{}' has no event {}", conversation_id, seq));
}

Sequence or_the_start(Sequence parent) { return parent == 0 ? from_the_start : parent; }

Task<Result<Event>> event_at(ConversationStore& store, std::string conversation_id, Sequence seq) {
  CO_TRY(std::vector<Event> events, co_await store.path(conversation_id, seq, 1));
  if (events.empty()) co_return no_event(conversation_id, seq);
  co_return std::move(events.front());
}

/// The question that the event at `seq` belongs to, or is.
Task<Result<Event>> question_at(ConversationStore& store, std::string conversation_id, Sequence seq) {
  CO_TRY(std::vector<Event> events, co_await store.path(conversation_id, seq, max_turn_events));
  if (events.empty()) co_return no_event(conversation_id, seq);
  for (Event& event : events | std::views::reverse) {
    if (event.type == EventType::user_message) co_return std::move(event);
  }
  co_return fail(Errc::invalid_input, fmt::format("event {} answers no question", seq));
}

}  // namespace

Task<Result<QuestionPlace>> place_of(ConversationStore& store, std::string conversation_id, BranchPoint where) {
  if (where.kind == BranchPoint::Kind::after && where.seq == 0)
    co_return QuestionPlace{from_the_start, from_the_start, {}, {}};
  if (where.kind == BranchPoint::Kind::after) {
    CO_TRY(const Sequence end, co_await end_of_turn(store, conversation_id, where.seq));
    co_return QuestionPlace{end, end, {}, {}};
  }
  if (where.kind == BranchPoint::Kind::again) {
    CO_TRY(const Event question, co_await question_at(store, conversation_id, where.seq));
    co_return QuestionPlace{question.seq, or_the_start(question.parent), question.message.text(),
                            question.message.parts};
  }
  CO_TRY(const Event edited, co_await event_at(store, conversation_id, where.seq));
  if (edited.type != EventType::user_message) {
    co_return fail(Errc::invalid_input, fmt::format("event {} is no question; only questions are edited", where.seq));
  }
  QuestionPlace place{or_the_start(edited.parent), or_the_start(edited.parent), {}, {}};
  // Pictures of prompts and attachments are read again, if they are named again.
  const bool has_materials =
      edited.details.object().contains("prompt") || edited.details.object().contains("attachments");
  for (const Part& part : edited.message.parts) {
    if (!has_materials && std::holds_alternative<Image>(part)) place.parts.push_back(part);
  }
  co_return place;
}

Task<Result<Sequence>> end_of_turn(ConversationStore& store, std::string conversation_id, Sequence event) {
  CO_TRY(const Event start, co_await event_at(store, conversation_id, event));
  if (closes_turn(start.type)) co_return event;
  // Events from before a fork are found in the conversation they name.
  CO_TRY(const std::vector<Event> later, co_await store.after(start.conversation_id, event, max_turn_events));
  const auto closing = std::ranges::find_if(later, [&](const Event& candidate) {
    return closes_turn(candidate.type) && candidate.request_id == start.request_id && candidate.branch == start.branch;
  });
  if (closing == later.end()) co_return fail(Errc::conflict, fmt::format("the turn of event {} is not over", event));
  co_return closing->seq;
}

Sequence question_seq(const Event& opening) {
  return opening.type == EventType::regeneration ? opening.parent : opening.seq;
}

}  // namespace convoke
