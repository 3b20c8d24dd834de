#include "chat/turn_sampling.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace convoke {
namespace {

InputRequest question_about(const SamplingQuestion& question, const ModelChoice& model, std::int64_t max_tokens) {
  json::array messages;
  for (const Message& message : question.messages) {
    messages.push_back({{"role", name_of(message.role)}, {"text", message.text()}});
  }
  InputRequest request{InputKind::sampling, question.server,
                       fmt::format("May {} ask the model {}?", question.server, model.model)};
  request.details = {{"messages", std::move(messages)}, {"max_tokens", max_tokens}, {"model", model.model}};
  return request;
}

/// Cuts at the first of the sequences that occurs; our providers are not told of them.
bool cut_at(std::string& text, const std::vector<std::string>& sequences) {
  std::size_t end = std::string::npos;
  for (const std::string& sequence : sequences) {
    if (!sequence.empty()) end = std::min(end, text.find(sequence));
  }
  if (end == std::string::npos) return false;
  text.resize(end);
  return true;
}

}  // namespace

ModelChoice model_for(const std::vector<std::string>& hints, const Models& models,
                      const std::optional<std::string>& usual) {
  const std::vector<std::string> names = models.names();
  for (const std::string& hint : hints) {
    const auto named = std::ranges::find_if(names, [&](const std::string& name) { return name.contains(hint); });
    if (!hint.empty() && named != names.end()) return models.choose(*named);
  }
  return models.choose(usual);
}

Task<Result<TurnSampling::Sampled>> TurnSampling::answer(SamplingQuestion question, CallAccount account) {
  if (answered_ >= limits_.max_per_turn) {
    co_return fail(Errc::exhausted, fmt::format("the model was asked {} times in this turn already", answered_));
  }
  ++answered_;
  const ModelChoice model = model_for(question.model_hints, models_, model_);
  const std::int64_t wanted = question.max_tokens > 0 ? question.max_tokens : limits_.max_tokens;
  const auto max_tokens = std::min<std::int64_t>(wanted, limits_.max_tokens);
  if (limits_.ask) {
    const InputAnswer consent = co_await inputs_.ask(question_about(question, model, max_tokens));
    if (consent.decision != InputDecision::accepted) co_return fail(Errc::denied, "the user did not allow it");
  }
  Prompt prompt{.model = model.model,
                .messages = std::move(question.messages),
                .temperature = question.temperature,
                .max_output_tokens = static_cast<int>(max_tokens),
                .account = std::move(account)};
  auto reply = co_await model.provider->reply(std::move(prompt), [](const Delta&) {});
  if (!reply) co_return fail(std::move(reply.error().error));
  Sampled sampled{{.text = reply->message.text(), .model = reply->model.empty() ? model.model : reply->model},
                  reply->usage};
  const bool stopped = cut_at(sampled.reply.text, question.stop_sequences);
  sampled.reply.stop_reason = stopped                                        ? "stopSequence"
                              : reply->finish_reason == FinishReason::length ? "maxTokens"
                                                                             : "endTurn";
  co_return sampled;
}

}  // namespace convoke
