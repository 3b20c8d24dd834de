// How a turn ends: with an answer, an error, or a stop. Every end is on record before its last frame is shown.
#include <fmt/format.h>

#include "chat/branching.hpp"
#include "chat/turn.hpp"

namespace convoke {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

/// `complete` leaves only when question and answer are on disk.
Task<> Turn::finish(Outcome outcome) {
  json::object details = summary(outcome.finish_reason);
  record_.close(EventType::turn_completed, details, figures_.usage, model_.model);
  const auto durable = co_await record_.durable();
  if (!durable) {
    first_exchange_.reset();
    co_return end(EventType::turn_failed, "failed", Failed{during("storing the answer", durable).error()});
  }
  show_withheld_text();
  details["question_seq"] = question_seq(record_.opening());
  end(EventType::turn_completed, "completed", Complete{std::move(details), {}});
}

void Turn::note_first_exchange(const Message& answer) {
  if (!is_first_ || !settings_->titles.by_model || answer.text().empty()) return;
  first_exchange_ = {.conversation_id = question_.conversation_id,
                     .request_id = question_.request_id,
                     .question = message_of(question_).text(),
                     .answer = answer.text(),
                     .model = question_.model.value_or(""),
                     .user = question_.user,
                     .client = question_.client.empty() ? question_.conversation_id : question_.client};
}

Task<> Turn::finish_failed(Error error) {
  json::object details = summary(guard_.ended_by() ? name_of(*guard_.ended_by()) : "error");
  details["error"] = {{"type", name_of(error.code)}, {"message", error.message}};
  record_.close(EventType::turn_failed, std::move(details), figures_.usage, model_.model);
  const auto durable = co_await record_.durable();
  if (!durable) error = durable.error();
  const std::string member = durable ? wrong_member_ : "";
  show_withheld_text();
  end(EventType::turn_failed, "failed", Failed{std::move(error), member, error_details()});
}

json::object Turn::error_details() const {
  json::object details{{"conversation_id", question_.conversation_id}};
  if (guard_.ended_by()) details["limit"] = name_of(*guard_.ended_by());
  return details;
}

Task<> Turn::finish_stopped() {
  // Cancelling the answer may have cut a wait of the record short, not the record itself.
  draft_.drop();
  if (!said_.empty()) record_.partial(assistant_message(said_), model_.model);
  const bool cancelled = stop_reason_ == StopReason::cancelled;
  const auto how = cancelled ? EventType::turn_cancelled : EventType::turn_interrupted;
  json::object details = summary(cancelled ? "cancelled" : "interrupted");
  record_.close(how, details, figures_.usage, model_.model);
  const auto durable = co_await record_.durable();
  show_withheld_text();
  if (!durable) co_return end(how, "failed", Failed{during("storing the answer", durable).error()});
  details["question_seq"] = question_seq(record_.opening());
  if (cancelled) co_return end(how, "cancelled", Complete{std::move(details), {}});
  const bool too_long = stop_reason_ == StopReason::too_long;
  if (too_long) guard_.end_by(TurnLimit::time);
  Error why{too_long ? Errc::timed_out : Errc::unavailable,
            too_long ? fmt::format("the answer took longer than {} s",
                                   std::chrono::duration<double>(settings_->limits.max_duration).count())
                     : "the server stopped before the answer was complete; what was said is kept",
            {}};
  end(how, "interrupted", Failed{std::move(why), "", error_details()});
}

void Turn::end(EventType how, std::string_view outcome, FrameBody last_frame) {
  const auto took = services_.clock.now() - began_;
  services_.metrics.running.add(-1);
  services_.metrics.duration.observe(took);
  services_.metrics.all
      .counter("turns_total", "Turns that have ended, by outcome.", {{"outcome", std::string(outcome)}})
      .add();
  const Failed* failed = std::get_if<Failed>(&last_frame);
  const Fields fields{{"outcome", outcome},
                      {"recorded_as", name_of(how)},
                      {"ms", elapsed_ms()},
                      {"first_chunk_ms", figures_.first_chunk_ms.value_or(-1)},
                      {"model", model_.model},
                      {"provider", model_.provider_name},
                      {"tokens", figures_.usage.total_tokens},
                      {"model_calls", figures_.model_calls},
                      {"tool_calls", figures_.tool_calls},
                      {"error", failed ? failed->error.message : std::string()}};
  if (failed) {
    log_.warning("turn.finished", fields);
  } else {
    log_.info("turn.finished", fields);
  }
  journal_.append(std::move(last_frame));
}

json::object Turn::summary(std::string_view finish_reason) const {
  json::object object{{"conversation_id", question_.conversation_id},
                      {"turn_id", id_},
                      {"model", model_.model},
                      {"provider", model_.provider_name},
                      {"finish_reason", finish_reason},
                      {"tokens", figures_.usage.total_tokens},
                      {"usage", to_json(figures_.usage)},
                      {"model_calls", figures_.model_calls},
                      {"tool_calls", figures_.tool_calls},
                      {"duration_ms", elapsed_ms()}};
  if (figures_.resumed > 0) object["resumed"] = figures_.resumed;
  if (figures_.sums.calls > 0) {
    object["cost"] = some_cost_known(figures_.sums) ? json::value(to_decimal(figures_.sums.cost)) : nullptr;
    object["cost_known"] = figures_.sums.unpriced_calls == 0;
  }
  if (figures_.first_chunk_ms) object["first_chunk_ms"] = *figures_.first_chunk_ms;
  return object;
}

std::int64_t Turn::elapsed_ms() const { return duration_cast<milliseconds>(services_.clock.now() - began_).count(); }

}  // namespace convoke
