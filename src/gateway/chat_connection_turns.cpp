// What a client asks of turns: its frames come from their journals.
#include <fmt/format.h>

#include <algorithm>

#include "base/random.hpp"
#include "gateway/chat_connection.hpp"

namespace convoke {

/// The conversation for questions that name none. Where it takes no more of them, they begin another.
Task<std::string> ChatConnection::open_own_conversation() {
  if (std::exchange(own_is_used_, true)) {
    const std::string id = own_conversation_;
    const bool is_gone = co_await services_.queries.conversations.was_deleted(id);
    if (is_gone && own_conversation_ == id) own_conversation_ = random_id("c_");
  }
  co_return own_conversation_;
}

Task<> ChatConnection::handle(std::string request_id, Chat chat) {
  std::string conversation_id = chat.conversation_id.value_or("");
  if (!chat.conversation_id) conversation_id = co_await open_own_conversation();
  Question question{.request_id = request_id,
                    .conversation_id = std::move(conversation_id),
                    .names_conversation = chat.conversation_id.has_value(),
                    .text = std::move(chat.text),
                    .where = chat.where,
                    .model = std::move(chat.model),
                    .streaming = chat.streaming.value_or(services_.turns.settings().streaming),
                    .response_format = std::move(chat.response_format),
                    .priority = chat.priority,
                    .keeps_images = chat.keeps_images,
                    .user = user_,
                    .client = user_.empty() ? own_conversation_ : user_};
  const QuestionPriority highest = services_.turns.settings().max_priority;
  if (chat.priority > highest) {
    co_return refuse(request_id,
                     {Errc::denied, fmt::format("\"{}\" is the highest priority that chat.service.max_priority allows",
                                                name_of(highest))},
                     "payload.priority");
  }
  if (chat.prompt || !chat.attachments.empty()) {
    if (chat.prompt && question.text.empty()) {
      question.text = to_text(*chat.prompt);
      question.is_text_said = false;
    }
    auto gathered =
        co_await gather_materials(services_.queries.hub, std::move(chat.prompt), std::move(chat.attachments));
    if (!gathered) co_return refuse(request_id, std::move(gathered).error());
    question.materials = std::move(gathered->parts);
    question.described = std::move(gathered->described);
    question.described["asked"] = question.text;
  }
  question.is_text_said = question.is_text_said && (!question.text.empty() || chat.images.empty());
  std::ranges::move(chat.images, std::back_inserter(question.materials));
  auto place = co_await services_.turns.ask(std::move(question));
  read_journal(std::move(place), request_id);
}

Task<> ChatConnection::handle(std::string request_id, CancelTurn cancel) {
  auto conversation = cancel.conversation_id ? cancel.conversation_id : own_conversation_of(request_id);
  const auto cancelled = co_await services_.turns.cancel(request_id, std::move(conversation));
  if (!cancelled) refuse(request_id, cancelled.error());
}

Task<> ChatConnection::handle(std::string request_id, ResumeTurn resume) {
  auto conversation = resume.conversation_id ? resume.conversation_id : own_conversation_of(request_id);
  auto place = co_await services_.turns.resume(request_id, std::move(conversation), resume.after);
  read_journal(std::move(place), request_id);
}

/// As with `cancel`, what it leads to is told by the turn.
Task<> ChatConnection::handle(std::string request_id, AnswerInput given) {
  if (!given.conversation_id) given.conversation_id = own_conversation_of(request_id);
  const std::string input_id = given.input_id;
  const auto taken = co_await services_.turns.answer(request_id, std::move(given));
  if (!taken) send({request_id, 0, Failed{taken.error(), "", {{"input_id", input_id}}}});
}

void ChatConnection::read_journal(Result<Turns::Place> place, const std::string& request_id) {
  if (!place) return refuse(request_id, std::move(place).error());
  readers_.emplace_back(*place->journal, place->after, [this](News news) { something_waits(news); });
  something_waits(News::more);
}

/// A short request id means the connection's own conversation, unless the payload says otherwise.
std::optional<std::string> ChatConnection::own_conversation_of(const std::string& request_id) const {
  for (const JournalReader& reader : readers_) {
    if (reader.request_id() == request_id) return reader.conversation_id();
  }
  if (request_id.size() < globally_unique_id_bytes) return own_conversation_;
  return std::nullopt;
}

}  // namespace convoke
