#include "app/call_metrics.hpp"

#include <gmock/gmock.h>

namespace convoke {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(CallMetrics, CountTokensAndMoneyByProviderModelAndKind) {
  Metrics metrics;
  ModelCall call{.provider = "openai", .model = "gpt-6-luna"};
  call.usage = {.input_tokens = 100, .output_tokens = 20, .cached_tokens = 30, .reasoning_tokens = 5};
  call.cost = Money{1'000'000};
  call.cost_source = CostSource::price_list;

  CallMetrics calls(metrics);
  calls.count(call);
  calls.count(call);

  const std::string text = metrics.exposition();
  EXPECT_THAT(text, HasSubstr(R"(convoke_tokens_total{provider="openai",model="gpt-6-luna",kind="input"} 200)"));
  EXPECT_THAT(text, HasSubstr(R"(convoke_tokens_total{provider="openai",model="gpt-6-luna",kind="cached"} 60)"));
  EXPECT_THAT(text, HasSubstr(R"(convoke_tokens_total{provider="openai",model="gpt-6-luna",kind="reasoning"} 10)"));
  EXPECT_THAT(text,
              HasSubstr(R"(convoke_model_calls_total{provider="openai",model="gpt-6-luna",status="completed"} 2)"));
  EXPECT_THAT(
      text,
      HasSubstr(R"(convoke_cost_picodollars_total{provider="openai",model="gpt-6-luna",source="price_list"} 2000000)"));
  EXPECT_THAT(text, Not(HasSubstr("unpriced_calls_total")));
}

TEST(CallMetrics, CountCallsWithoutAPriceApart) {
  Metrics metrics;
  CallMetrics(metrics).count({.provider = "openai", .model = "new"});
  const std::string text = metrics.exposition();
  EXPECT_THAT(text, HasSubstr(R"(convoke_unpriced_calls_total{provider="openai",model="new"} 1)"));
  EXPECT_THAT(text, Not(HasSubstr("cost_picodollars_total")));
}

TEST(CallMetrics, HaveABoundedNumberOfModels) {
  Metrics metrics;
  CallMetrics calls(metrics);
  for (int i = 0; i < 1'000; ++i) calls.count({.provider = "p", .model = "m" + std::to_string(i)});
  const std::string text = metrics.exposition();
  EXPECT_THAT(text, HasSubstr(R"(convoke_unpriced_calls_total{provider="p",model="other"} 800)"));
  EXPECT_THAT(text, Not(HasSubstr("m999")));
}

}  // namespace
}  // namespace convoke
