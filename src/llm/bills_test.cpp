// Bills by the shipped prices, for recorded answers, against what the providers' price pages make of them by hand.
#include <gtest/gtest.h>

#include "llm/make_provider.hpp"
#include "llm/pricing.hpp"
#include "llm/testing/hearing.hpp"

namespace convoke {
namespace {

struct Bill {
  std::string provider;
  ProviderApi api;
  std::string model;  ///< as asked for
  std::string recording;
};

PricedCost bill_for(const Bill& bill) {
  ProviderSettings settings = default_settings(bill.provider);
  settings.api = bill.api;
  settings.api_key = Secret("k");
  const Prompt prompt{.model = bill.model, .messages = {user_message("Hello?")}};
  const auto wire = make_wire(settings);
  const std::string bytes = recording_in(CONVOKE_TESTDATA, bill.recording);
  const Heard heard = hear_with(wire->builder_for(prompt, {}, {}), bytes, bytes.size() / 2);
  EXPECT_EQ(heard.error, "") << bill.recording;
  const Pricing pricing{.name = bill.provider, .table = std::make_shared<PriceTable>(shipped_prices())};
  return price_call(heard.reply.usage, pricing, heard.reply.model, bill.model);
}

Money dollars(std::string_view text) { return parse_money(text).value(); }

TEST(Bills, OfOpenAiCountCachedInputAndReasoning) {
  // 16 in, of them 8 cached, at $0.10 and $0.025 per million; 300 out, 5 of them reasoning, at $0.40.
  const auto bill = bill_for({"openai", ProviderApi::openai_chat, "gpt-4.1-nano", "openai_text.sse"});
  EXPECT_EQ(bill, (PricedCost{dollars("0.000121"), CostSource::price_list}));
}

TEST(Bills, OfOpenAiCountSound) {
  // 120 in: 100 of sound at $40 per million, 20 of text at $2.50; 90 out: 80 of sound at $80, 10 of text at $10.
  const auto bill = bill_for({"openai", ProviderApi::openai_chat, "gpt-4o-audio-preview", "openai_audio.sse"});
  EXPECT_EQ(bill, (PricedCost{dollars("0.01055"), CostSource::price_list}));
}

TEST(Bills, OfTheResponsesApiCountCacheWrites) {
  // 100 in: 64 cached at $0.05, 20 written at $1.25, 16 plain at $1; 40 out at $5.
  const auto bill =
      bill_for({"openai", ProviderApi::openai_responses, "gpt-6.1-terra", "responses_reasoning_tools.sse"});
  EXPECT_EQ(bill, (PricedCost{dollars("0.0002442"), CostSource::price_list}));
}

TEST(Bills, OfAnthropicCountBothCacheWrites) {
  // 142 in: 100 read at $0.10, 20 written for five minutes at $2.50, 10 for an hour at $4, 12 plain at $2; 89 out at
  // $10.
  const auto bill =
      bill_for({"anthropic", ProviderApi::anthropic, "claude-sonnet-5-5", "anthropic_thinking_tools.sse"});
  EXPECT_EQ(bill, (PricedCost{dollars("0.001014"), CostSource::price_list}));
}

TEST(Bills, OfGroqAreTokensTimesPrice) {
  // 210 in at $0.15, 15 out at $0.60.
  const auto bill = bill_for({"groq", ProviderApi::groq, "openai/gpt-oss-120b", "groq_tools.sse"});
  EXPECT_EQ(bill, (PricedCost{dollars("0.0000405"), CostSource::price_list}));
}

TEST(Bills, OfOpenRouterAreItsOwn) {
  const auto bill = bill_for(
      {"openrouter", ProviderApi::openrouter, "anthropic/claude-sonnet-5.5", "openrouter_reasoning_tools.sse"});
  EXPECT_EQ(bill, (PricedCost{dollars("0.00095"), CostSource::provider}));
}

TEST(Bills, OfAServerOfOnesOwnAreUnknown) {
  const auto bill = bill_for({"ollama", ProviderApi::openai_compatible, "qwen3:8b", "ollama_parallel_index_zero.sse"});
  EXPECT_EQ(bill, (PricedCost{std::nullopt, CostSource::unknown}));
}

}  // namespace
}  // namespace convoke
