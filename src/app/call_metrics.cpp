#include "app/call_metrics.hpp"

#include <algorithm>

namespace convoke {
namespace {

/// Clients name models and servers answer with names, so there may be any number of them.
constexpr std::size_t max_models = 200;

}  // namespace

std::string CallMetrics::label_of(const std::string& model) {
  const std::scoped_lock lock(mutex_);
  if (models_.contains(model)) return model;
  if (models_.size() >= max_models) return "other";
  return *models_.insert(model).first;
}

void CallMetrics::count(const ModelCall& call) {
  const Metrics::Labels who{{"provider", call.provider}, {"model", label_of(call.model)}};
  const auto with = [&](std::string name, std::string_view value) {
    Metrics::Labels labels = who;
    labels.emplace_back(std::move(name), value);
    return labels;
  };
  const auto add = [](Counter& counter, std::int64_t n) {
    counter.add(static_cast<std::uint64_t>(std::max<std::int64_t>(0, n)));
  };
  const auto tokens = [&](std::string_view kind, std::int64_t n) {
    add(metrics_.counter("tokens_total", "Tokens, by provider, model and kind; cached and reasoning ones are parts.",
                         with("kind", kind)),
        n);
  };
  const Usage& usage = call.usage;
  tokens("input", usage.input_tokens);
  tokens("output", usage.output_tokens);
  if (usage.cached_tokens > 0) tokens("cached", usage.cached_tokens);
  if (usage.cache_write_tokens > 0) tokens("cache_write", usage.cache_write_tokens);
  if (usage.reasoning_tokens > 0) tokens("reasoning", usage.reasoning_tokens);
  if (usage.audio_input_tokens > 0) tokens("audio_input", usage.audio_input_tokens);
  if (usage.audio_output_tokens > 0) tokens("audio_output", usage.audio_output_tokens);
  metrics_.counter("model_calls_total", "Calls of models, by how they ended.", with("status", name_of(call.status)))
      .add();
  if (call.cost) {
    add(metrics_.counter("cost_picodollars_total",
                         "Money for calls of models, in 1e-12 dollars, by who said the amount.",
                         with("source", name_of(call.cost_source))),
        call.cost->picodollars);
  } else {
    metrics_.counter("unpriced_calls_total", "Calls of models whose cost nobody knows.", who).add();
  }
}

}  // namespace convoke
