#include "chat/turn_record.hpp"

namespace convoke {
TurnRecord::TurnRecord(Executor executor, ConversationStore& store, const Clock& clock, TaskScope& scope,
                       const Question& question, Counting counting, const Tokenizer& tokenizer, std::size_t page_bytes,
                       std::chrono::milliseconds patience)
    : store_(store),
      clock_(clock),
      scope_(scope),
      question_(question),
      workers_(std::move(counting.workers)),
      counter_(counting.counts, tokenizer),
      page_bytes_(page_bytes),
      patience_(patience),
      wanted_(executor),
      written_(std::move(executor)) {}

void TurnRecord::question(Sequence parent) {
  next_parent_ = parent;
  if (question_.where.kind == BranchPoint::Kind::again) return record(EventType::regeneration, {});
  record(EventType::user_message, message_of(question_), question_.described);
}

void TurnRecord::reply(const Reply& reply) {
  record(EventType::assistant_message, reply.message, {{"finish_reason", name_of(reply.finish_reason)}}, reply.model,
         reply.usage);
}

void TurnRecord::partial(Message message, const std::string& model) {
  // A call that was cut off was never made; only words are kept.
  std::erase_if(message.parts, [](const Part& part) { return std::holds_alternative<ToolCall>(part); });
  if (message.parts.empty()) return;
  record(EventType::assistant_message, std::move(message), {{"partial", true}}, model);
}

void TurnRecord::call(const ToolCall& call, const std::string& server, bool by_user) {
  json::object details{{"server", server}};
  if (by_user) details["approved_by"] = "user";
  record(EventType::tool_call, {Role::assistant, {call}}, std::move(details));
}

void TurnRecord::result(const ToolResult& result, const std::string& server, std::int64_t duration_ms,
                        const std::string& result_id) {
  json::object details{{"server", server}, {"duration_ms", duration_ms}};
  if (!result_id.empty()) details["result_id"] = result_id;
  record(EventType::tool_result, tool_message(result), std::move(details));
}

void TurnRecord::summary(const Summary& summary, const Reply& written) {
  record(EventType::summary, assistant_message(summary.text), {{"covers", summary.covers}}, written.model,
         written.usage);
}

void TurnRecord::close(EventType how, json::object details, std::optional<Usage> usage, const std::string& model) {
  record(how, {}, std::move(details), model, std::move(usage));
}

void TurnRecord::record(EventType type, Message message, json::object details, const std::string& model,
                        std::optional<Usage> usage) {
  Event event;
  event.conversation_id = question_.conversation_id;
  event.parent = std::exchange(next_parent_, 0);
  event.timestamp = clock_.wall();
  event.type = type;
  event.request_id = question_.request_id;
  event.message = std::move(message);
  event.model = model;
  event.usage = std::move(usage);
  event.details = std::move(details);
  waiting_.push_back(std::move(event));
  if (writing_) return;
  writing_ = true;
  scope_.spawn("recording a turn", write());
}

Task<> TurnRecord::write() {
  while (!waiting_.empty()) {
    if (!is_wanted_) (void)co_await wanted_.wait_until(SteadyClock::now() + patience_);
    std::vector<Event> events = std::exchange(waiting_, {});
    co_await count_tokens(counter_, workers_, events, page_bytes_);
    // Whatever people do meanwhile, a turn stays on the branch its question went to.
    for (Event& event : events) event.branch = event.parent == 0 ? opening_.branch : 0;
    auto stored = co_await store_.append(std::move(events));
    if (stored && opening_.seq == 0) opening_ = stored->front();
    if (!stored && !problem_) problem_ = std::move(stored).error();
  }
  writing_ = is_wanted_ = false;
  written_.notify();
}

Task<Result<void>> TurnRecord::durable() {
  while (writing_) {
    is_wanted_ = true;
    wanted_.notify();
    co_await written_.wait();
  }
  if (problem_) co_return fail(*problem_);
  co_return Result<void>{};
}

}  // namespace convoke
