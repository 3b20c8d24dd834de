#include "app/limit_settings.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "app/config_loader.hpp"

namespace convoke {
namespace {

using limits::Dimension;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

ConfigOutcome parsed(std::string_view yaml) {
  return parse_config(yaml, "config.yaml", [](std::string_view) { return std::optional<std::string>(); });
}

TEST(LimitSettings, ReadsLimitsBreakerBudgetsAndFallbacks) {
  const auto outcome = parsed(R"(
llm:
  active: demo
  fallbacks: [demo, "demo:other"]
  fallback_patience: 2.5
  budget: {per_day: 20, per_user: {per_day: 0.5}}
  providers:
    demo:
      limits:
        requests_per_minute: 500
        tokens_per_day: 3000000000
        burst: 0.5
        queue_timeout: 12
        per_client: {concurrent_requests: 4, max_waiting: 7}
      circuit_breaker: {failures: 3, rest: 1}
      budget: {per_month: 200, warn_at: 0.9, per_key: {per_request: 0.01}}
)");
  ASSERT_THAT(outcome.problems, IsEmpty());
  EXPECT_THAT(outcome.warnings, IsEmpty());
  const LlmConfig& llm = outcome.config.llm;
  EXPECT_THAT(llm.fallbacks, ElementsAre("demo", "demo:other"));
  EXPECT_EQ(llm.fallback_patience, std::chrono::milliseconds(2500));
  EXPECT_EQ(llm.shared_policy.budget.per_day, (Money{20 * picodollars_per_dollar}));
  EXPECT_EQ(llm.shared_policy.user_budget.per_day, (Money{picodollars_per_dollar / 2}));
  const limits::ProviderPolicy policy = policy_of(llm.providers.at("demo"));
  EXPECT_EQ(policy.whole.of(Dimension::requests_per_minute), 500);
  EXPECT_EQ(policy.whole.of(Dimension::tokens_per_day), 3'000'000'000);
  EXPECT_EQ(policy.whole.burst, 0.5);
  EXPECT_EQ(policy.queue_timeout, std::chrono::seconds(12));
  EXPECT_EQ(policy.per_client.concurrent, 4);
  EXPECT_EQ(policy.max_waiting_per_client, 7U);
  EXPECT_EQ(policy.breaker.failures, 3);
  EXPECT_EQ(policy.budget.warn_at, 0.9);
  EXPECT_EQ(policy.key_budget.per_request, (Money{picodollars_per_dollar / 100}));
}

TEST(LimitSettings, TakesThoseOfTheHttpClientWhereNothingElseIsSaid) {
  const auto outcome = parsed(R"(
llm:
  providers:
    demo:
      http_client: {requests_per_minute: 60, concurrent_requests: 5, pool_timeout: 9}
      limits: {concurrent_requests: 2}
)");
  const limits::ProviderPolicy policy = policy_of(outcome.config.llm.providers.at("demo"));
  EXPECT_EQ(policy.whole.of(Dimension::requests_per_minute), 60);
  EXPECT_EQ(policy.whole.concurrent, 2);
  EXPECT_EQ(policy.queue_timeout, std::chrono::seconds(9));
}

TEST(LimitSettings, FindsAMistypedProviderWhereNoModelCanBeNamedSo) {
  const auto problems_with = [](std::string_view active, std::string_view model) {
    return parsed(fmt::format("llm:\n  active: {}\nchat:\n  service:\n    titles: {{model: \"{}\"}}\n"
                              "    context: {{summary: {{model: \"{}\"}}}}\n",
                              active, model, model))
        .problems.size();
  };
  EXPECT_EQ(problems_with("demo", "nosuch:zz"), 2U);
  EXPECT_EQ(problems_with("demo", "ollama:llama3:8b"), 0U);
  EXPECT_EQ(problems_with("demo", "demo"), 0U);
  EXPECT_EQ(problems_with("ollama", "llama3:8b"), 0U);
}

TEST(LimitSettings, ListsWhatCannotBe) {
  const auto outcome = parsed(R"(
llm:
  fallbacks: [nobody]
  budget: {per_day: -1}
  providers:
    demo:
      limits: {requests_per_minute: many, burst: 0, max_waiting: 0}
      circuit_breaker: {rest: 0}
      budget: {warn_at: 2}
)");
  EXPECT_THAT(outcome.problems, SizeIs(7));
  EXPECT_THAT(describe(outcome.problems.front()), HasSubstr("llm.fallbacks"));
}

}  // namespace
}  // namespace convoke
