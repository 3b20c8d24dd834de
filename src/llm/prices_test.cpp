#include "llm/prices.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace convoke {
namespace {

PriceTable table_of(std::initializer_list<std::string_view> names) {
  PriceTable::Models models;
  std::int64_t rate = 0;
  for (const std::string_view name : names) models[std::string(name)] = Price{.rates = {.input = {++rate}}};
  return PriceTable("2026-11-23", std::move(models));
}

/// The input rate found, 0 for none.
std::int64_t found(const PriceTable& table, std::string_view provider, std::string_view model) {
  const auto price = table.find(provider, model);
  return price ? price->rates.input.picodollars : 0;
}

TEST(PriceTable, FindsExactNamesBeforeAllOthers) {
  const auto table = table_of({"openai/gpt-4o", "openai/gpt-4o-2024-08-06"});
  EXPECT_EQ(found(table, "openai", "gpt-4o"), 1);
  EXPECT_EQ(found(table, "openai", "gpt-4o-2024-08-06"), 2);
}

TEST(PriceTable, FindsADatedNameWithoutItsDate) {
  const auto table = table_of({"openai/gpt-4o", "anthropic/claude-sonnet-4-5"});
  EXPECT_EQ(found(table, "openai", "gpt-4o-2024-11-20"), 1);
  EXPECT_EQ(found(table, "anthropic", "claude-sonnet-4-5-20250929"), 2);
  EXPECT_EQ(found(table, "anthropic", "claude-sonnet-4-5@20250929"), 2);
  EXPECT_EQ(found(table, "anthropic", "claude-sonnet-4-5-latest"), 2);
}

TEST(PriceTable, FindsAtItsMakerWhatOpenRouterPassesOn) {
  const auto table = table_of({"openai/gpt-4o", "openrouter/openai/gpt-5"});
  EXPECT_EQ(found(table, "openrouter", "openai/gpt-4o"), 1);
  EXPECT_EQ(found(table, "openrouter", "openai/gpt-5"), 2);
  EXPECT_EQ(found(table, "openai", "openai/gpt-4o"), 1);
}

TEST(PriceTable, NeverGuesses) {
  const auto table = table_of({"openai/gpt-4o", "groq/llama"});
  EXPECT_EQ(found(table, "openai", "gpt-4o-mini"), 0);
  EXPECT_EQ(found(table, "openai", "gpt-4"), 0);
  EXPECT_EQ(found(table, "openai", "gpt-4o-20240806x"), 0);
  EXPECT_EQ(found(table, "groq", "openai/gpt-4o"), 0);
  EXPECT_EQ(found(table, "ollama", "gpt-4o"), 0);
  EXPECT_EQ(found(table, "openrouter", "openai/gpt-4o:nitro"), 0);
  EXPECT_EQ(found(table, "", ""), 0);
}

TEST(PriceTable, PrefersTheNewerOfTwo) {
  const auto both =
      table_of({"a/one", "a/two"}).with(PriceTable("2026-12-01", {{"a/two", Price{.rates = {.input = {9}}}}}));
  EXPECT_EQ(found(both, "a", "one"), 1);
  EXPECT_EQ(found(both, "a", "two"), 9);
  EXPECT_EQ(both.date(), "2026-12-01");
}

TEST(Cost, BillsEachKindOfTokenAtItsRate) {
  const Price price{.rates = {.input = {1'000'000}, .output = {5'000'000}, .cached_input = Money{100'000}}};
  const Usage usage{.input_tokens = 1'000, .output_tokens = 200, .total_tokens = 1'200, .cached_tokens = 600};
  EXPECT_EQ(cost_of(usage, price), Money{400 * 1'000'000 + 600 * 100'000 + 200 * 5'000'000});
}

TEST(Cost, BillsWhatIsWrittenToTheCacheAndAudioApart) {
  const Price price{.rates = {.input = {10},
                              .output = {20},
                              .cached_input = Money{1},
                              .cache_write = Money{12},
                              .cache_write_1h = Money{16},
                              .audio_input = Money{100},
                              .audio_output = Money{200}}};
  const Usage usage{.input_tokens = 100,
                    .output_tokens = 10,
                    .cached_tokens = 40,
                    .cache_write_tokens = 30,
                    .cache_write_1h_tokens = 10,
                    .audio_input_tokens = 5,
                    .audio_output_tokens = 4};
  EXPECT_EQ(cost_of(usage, price), Money{40 * 1 + 10 * 16 + 20 * 12 + 5 * 100 + 25 * 10 + 4 * 200 + 6 * 20});
}

TEST(Cost, BillsKindsWithoutARateAsPlainOnes) {
  const Price price{.rates = {.input = {2}, .output = {3}}};
  const Usage usage{.input_tokens = 10, .output_tokens = 5, .cached_tokens = 4, .reasoning_tokens = 5};
  EXPECT_EQ(cost_of(usage, price), Money{35});
}

TEST(Cost, BillsReasoningApartWhereItHasARate) {
  const Price price{.rates = {.input = {2}, .output = {3}, .reasoning = Money{7}}};
  const Usage usage{.input_tokens = 10, .output_tokens = 5, .reasoning_tokens = 4};
  EXPECT_EQ(cost_of(usage, price), Money{20 + 4 * 7 + 3});
}

TEST(Cost, BillsAWholeRequestAtTheBandItFallsInto) {
  const Price price{.rates = {.input = {1}, .output = {1}}, .bands = {{100, {.input = {5}, .output = {5}}}}};
  EXPECT_EQ(cost_of({.input_tokens = 100, .output_tokens = 10}, price), Money{110});
  EXPECT_EQ(cost_of({.input_tokens = 101, .output_tokens = 10}, price), Money{555});
}

TEST(Cost, SurvivesFiguresThatContradictEachOther) {
  const Price price{.rates = {.input = {2}, .output = {3}, .cached_input = Money{1}, .reasoning = Money{9}}};
  EXPECT_EQ(cost_of({.input_tokens = 10, .output_tokens = 5, .cached_tokens = 99, .reasoning_tokens = 99}, price),
            Money{10 + 45});
  EXPECT_EQ(cost_of({.input_tokens = -10, .output_tokens = -5, .cached_tokens = -3}, price), Money{});
  constexpr auto largest = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(cost_of({.input_tokens = largest, .output_tokens = largest}, price), Money{largest});
}

TEST(Cost, IsNeverMoreThanWhatItCouldBeAtMost) {
  const Price price{.rates = {.input = {2}, .output = {3}, .cached_input = Money{1}, .cache_write = Money{3}},
                    .bands = {{1'000, {.input = {4}, .output = {6}, .cache_write = Money{6}}}}};
  EXPECT_EQ(most_it_can_cost(100, 50, price), Money{100 * 3 + 50 * 3});
  EXPECT_EQ(most_it_can_cost(900, 50, price), Money{900 * 6 + 50 * 6});
  EXPECT_GE(most_it_can_cost(900, 50, price), cost_of({.input_tokens = 900, .output_tokens = 50}, price));
}

TEST(ShippedPrices, KnowTheModelsOfToday) {
  const PriceTable& prices = shipped_prices();
  EXPECT_EQ(prices.date(), "2026-11-23");
  EXPECT_GT(prices.models().size(), 600U);
  EXPECT_EQ(prices.find("openrouter", "openrouter/auto"), std::nullopt);
  EXPECT_EQ(prices.find("openai", "gpt-6-luna")->rates.input, Money{100'000});
  EXPECT_EQ(prices.find("groq", "openai/gpt-oss-120b")->rates.cached_input, Money{75'000});
  EXPECT_EQ(prices.find("anthropic", "claude-haiku-5-5")->bands.at(0).rates.cached_input, Money{50'000});
  EXPECT_EQ(prices.find("openrouter", "openai/gpt-oss-20b:free")->rates, Rates{});
}

}  // namespace
}  // namespace convoke
