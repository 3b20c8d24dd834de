#include "llm/price_list.hpp"

#include <gmock/gmock.h>

namespace convoke {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view today = "2026-11-26";

PriceList read(std::string_view text, std::string_view provider = "") {
  auto list = read_price_list(text, provider, today);
  EXPECT_TRUE(list) << list.error().message;
  return list.value_or(PriceList{});
}

std::string refusal(std::string_view text, std::string_view provider = "") {
  const auto list = read_price_list(text, provider, today);
  return list ? "accepted" : list.error().message;
}

TEST(PriceList, ReadsOurOwnForm) {
  const auto list = read(R"({"format":"convoke-prices","date":"2026-11-23","models":{
      "openai/gpt-6-luna":{"input":"0.1","output":"0.5","cached_input":"0.01","cache_write":"0.125",
        "above":[{"tokens":272000,"input":"0.2","output":"0.75"}],"max_output":128000}}})");

  const Price expected{
      .rates = {.input = {100'000}, .output = {500'000}, .cached_input = Money{10'000}, .cache_write = Money{125'000}},
      .bands =
          {{272'000,
            {.input = {200'000}, .output = {750'000}, .cached_input = Money{10'000}, .cache_write = Money{125'000}}}},
      .max_output_tokens = 128'000};
  EXPECT_EQ(list.table.date(), "2026-11-23");
  EXPECT_EQ(list.table.find("openai", "gpt-6-luna"), expected);
  EXPECT_THAT(list.left_out, ElementsAre());
}

TEST(PriceList, ReadsLiteLlmsForm) {
  const auto list = read(R"({"sample_spec":{"max_tokens":1},
      "claude-haiku-5-5":{"litellm_provider":"anthropic","input_cost_per_token":1e-07,"output_cost_per_token":5e-07,
        "cache_read_input_token_cost":1e-08,"input_cost_per_token_above_100k_tokens":5e-07,
        "output_cost_per_token_above_100k_tokens":2.5e-06,"max_output_tokens":128000}})");

  const auto price = list.table.find("anthropic", "claude-haiku-5-5").value();
  EXPECT_EQ(list.table.date(), today);
  EXPECT_EQ(price.rates.input, Money{100'000});
  EXPECT_EQ(price.rates.cached_input, Money{10'000});
  EXPECT_EQ(price.bands.at(0).above_tokens, 100'000);
  EXPECT_EQ(price.bands.at(0).rates.output, Money{2'500'000});
  EXPECT_EQ(price.bands.at(0).rates.cached_input, Money{10'000});
}

TEST(PriceList, ReadsTheModelsOfOpenRouter) {
  const auto list = read(R"({"data":[
      {"id":"z-ai/glm-5.3","pricing":{"prompt":"0.00000084","completion":"0.00000264","request":"0","input_cache_read":"0"},
       "top_provider":{"max_completion_tokens":65536}},
      {"id":"openrouter/auto","pricing":{"prompt":"-1","completion":"-1"}},
      {"id":"x/nothing"}]})",
                         "openrouter");

  const auto price = list.table.find("openrouter", "z-ai/glm-5.3").value();
  EXPECT_EQ(price.rates, (Rates{.input = {840'000}, .output = {2'640'000}}));
  EXPECT_EQ(price.max_output_tokens, 65'536);
  EXPECT_THAT(list.left_out, ElementsAre("openrouter/openrouter/auto: prompt is -1; expected a price",
                                         "openrouter/x/nothing: it has no pricing"));
}

TEST(PriceList, TakesNothingForUnknownUnlessAModelIsCalledFree) {
  const auto list = read(R"({"data":[{"id":"openrouter/auto","pricing":{"prompt":"0","completion":"0"}},
                                     {"id":"openai/gpt-oss-20b:free","pricing":{"prompt":"0","completion":"0"}}]})",
                         "openrouter");

  EXPECT_EQ(list.table.find("openrouter", "openrouter/auto"), std::nullopt);
  EXPECT_EQ(list.table.find("openrouter", "openai/gpt-oss-20b:free"), Price{});
}

TEST(PriceList, WantsToKnowWhoseModelsTheyAre) {
  EXPECT_THAT(refusal(R"({"data":[{"id":"a","pricing":{"prompt":"1","completion":"1"}}]})"), HasSubstr("which"));
}

TEST(PriceList, LeavesOutWhatMakesNoSenseAndKeepsTheRest) {
  const auto list = read(R"({"format":"convoke-prices","date":"2026-11-23","models":{
      "a/good":{"input":"1","output":2},
      "a/dollars-per-token":{"input":"20000","output":"1"},
      "a/half":{"input":"1"},
      "a/text":{"input":"cheap","output":"1"},
      "a/negative":{"input":"1","output":"-1"},
      "a/list":[],
      "a/band":{"input":"1","output":"1","above":[7]},
      "nobody":{"input":"1","output":"1"}}})");

  EXPECT_EQ(list.table.models().size(), 1U);
  EXPECT_THAT(list.left_out,
              ElementsAre("a/dollars-per-token: input is 20000; expected a price", "a/half: output is missing",
                          "a/text: input is cheap; expected a price", "a/negative: output is -1; expected a price",
                          "a/list: it is an array; expected an object",
                          "a/band: above needs tokens, a whole number from 1", "nobody: its name has no provider"));
}

TEST(PriceList, RefusesAListWithoutPrices) {
  EXPECT_NE(refusal(""), "accepted");
  EXPECT_NE(refusal("[1]"), "accepted");
  EXPECT_NE(refusal("{}"), "accepted");
  EXPECT_NE(refusal("<html>504</html>"), "accepted");
  EXPECT_NE(refusal(R"({"data":[]})", "openrouter"), "accepted");
  EXPECT_THAT(refusal(R"({"format":"convoke-prices","models":{}})"), HasSubstr("date"));
  EXPECT_THAT(refusal(R"({"format":"convoke-prices","date":"2026-11-23","models":{"a/b":{}}})"),
              HasSubstr("a/b: input is missing"));
}

TEST(PriceList, ReadsWhatItWrites) {
  const PriceTable& table = shipped_prices();

  const auto again = read_price_list(to_text(table), "", "");

  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->table, table);
  EXPECT_THAT(again->left_out, ElementsAre());
}

}  // namespace
}  // namespace convoke
