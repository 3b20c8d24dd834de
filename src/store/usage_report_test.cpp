#include "store/usage_report.hpp"

#include <gmock/gmock.h>

namespace convoke {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const WallTime now = std::chrono::sys_days{std::chrono::year{2026} / 11 / 26} + 2h;

UsageQuery read(UsageRequest request) { return read_usage_request(request, now).value(); }
std::string problem(UsageRequest request) {
  const auto query = read_usage_request(request, now);
  return query ? "" : query.error().message;
}

UsageRow row(std::vector<std::string> labels, Money cost, std::int64_t unpriced = 0) {
  return {std::move(labels),
          {.calls = 2,
           .unpriced_calls = unpriced,
           .input_tokens = 1'234'567,
           .output_tokens = 89,
           .cached_tokens = 1'000,
           .cost = cost}};
}

TEST(UsageRequest, KnowsDaysByNameAndByNumber) {
  EXPECT_EQ(read({}).since, "");
  EXPECT_EQ(read({.since = "2026-02-28"}).since, "2026-02-28");
  EXPECT_EQ(read({.since = "today"}).since, "2026-11-26");
  EXPECT_EQ(read({.since = "month"}).since, "2026-11-01");
  EXPECT_EQ(read({.since = "1d"}).since, "2026-11-26");
  EXPECT_EQ(read({.since = "30d"}).since, "2026-10-28");
  EXPECT_EQ(read({.until = "2026-11-30"}).until, "2026-11-30");
}

TEST(UsageRequest, TakesSeveralKeysOnce) {
  EXPECT_THAT(read({.by = "day,model,day"}).by, ElementsAre(UsageKey::day, UsageKey::model));
  EXPECT_THAT(read({.by = ""}).by, ElementsAre());
}

TEST(UsageRequest, PutsTheDearestFirstWhereTimeGivesNoOrder) {
  EXPECT_TRUE(read({.by = "conversation"}).dearest_first);
  EXPECT_FALSE(read({.by = "model,month"}).dearest_first);
}

TEST(UsageRequest, SaysWhatIsWrong) {
  EXPECT_THAT(problem({.by = "week"}), HasSubstr("by is \"week\"; expected day, month"));
  EXPECT_THAT(problem({.by = "day,,model"}), HasSubstr("by is \"\""));
  for (const std::string since : {"2026-13-01", "2026-02-30", "yesterday", "0d", "-1d", "99999999999999999999d", "7",
                                  "2026-1-1", "20x6-01-01", "'; DROP TABLE"}) {
    EXPECT_THAT(problem({.since = since}), HasSubstr("since is")) << since;
  }
  EXPECT_THAT(problem({.until = "7d"}), HasSubstr("until is"));
}

TEST(UsageReport, AddsUpItsRows) {
  const auto report = report_of(read({.by = "model"}), {row({"a"}, Money{5}), row({"b"}, Money{7}, 1)});
  EXPECT_EQ(report.total.calls, 4);
  EXPECT_EQ(report.total.cost, Money{12});
  EXPECT_EQ(report.total.unpriced_calls, 1);
}

TEST(UsageReport, TellsUnknownCostFromNone) {
  const auto report = report_of(read({.by = "model"}),
                                {row({"free"}, Money{0}), row({"unknown"}, Money{0}, 2), row({"part"}, Money{9}, 1)});

  const json::object object = to_json(report);

  const json::array& rows = object.at("rows").as_array();
  EXPECT_EQ(rows.at(0).at("cost"), "0");
  EXPECT_EQ(rows.at(0).at("cost_known"), true);
  EXPECT_EQ(rows.at(1).at("cost"), nullptr);
  EXPECT_EQ(rows.at(1).at("cost_known"), false);
  EXPECT_EQ(rows.at(2).at("cost"), "0.000000000009");
  EXPECT_EQ(rows.at(2).at("cost_known"), false);
}

TEST(UsageReport, IsATableForPeople) {
  const auto report = report_of(read({.by = "day,model"}), {row({"2026-11-25", "gpt"}, Money{1'230'000'000'000}),
                                                            row({"2026-11-26", "żółw"}, Money{421'987'000}),
                                                            row({"2026-11-26", ""}, Money{0}, 2)});

  EXPECT_EQ(to_table(report), R"(day         model  calls      input  cached  output  reasoning                cost
----------  -----  -----  ---------  ------  ------  ---------  ------------------
2026-11-25  gpt        2  1,234,567   1,000      89          0               $1.23
2026-11-26  żółw       2  1,234,567   1,000      89          0           $0.000421
2026-11-26  -          2  1,234,567   1,000      89          0             unknown
----------  -----  -----  ---------  ------  ------  ---------  ------------------
total                  6  3,703,701   3,000     267          0  $1.23 + 2 unpriced
)");
}

TEST(UsageReport, IsATableWithoutKeysToo) {
  EXPECT_THAT(to_table(report_of(read({}), {row({}, Money{0})})), HasSubstr("    2  1,234,567"));
}

TEST(UsageReport, IsCsvThatNoSpreadsheetRuns) {
  const auto report = report_of(read({.by = "model"}), {row({"=cmd()"}, Money{5}), row({"a,\"b\""}, Money{0}, 2)});

  EXPECT_EQ(to_csv(report),
            "model,calls,unfinished_calls,unpriced_calls,estimated_calls,input_tokens,output_tokens,cached_tokens,"
            "cache_write_tokens,reasoning_tokens,audio_tokens,cost_usd\r\n"
            "'=cmd(),2,0,0,0,1234567,89,1000,0,0,0,0.000000000005\r\n"
            "\"a,\"\"b\"\"\",2,0,2,0,1234567,89,1000,0,0,0,\r\n");
}

TEST(CostText, ShowsSmallAmountsWithThreeFigures) {
  const auto text = [](std::int64_t picodollars) { return cost_text({.calls = 1, .cost = Money{picodollars}}); };
  EXPECT_EQ(text(0), "$0.00");
  EXPECT_EQ(text(12'300'000'000'000), "$12.30");
  EXPECT_EQ(text(12'345'678'000'000), "$12.34");
  EXPECT_EQ(text(100'000'000'000), "$0.10");
  EXPECT_EQ(text(123'456'000'000), "$0.123");
  EXPECT_EQ(text(1), "$0.000000000001");
}

}  // namespace
}  // namespace convoke
