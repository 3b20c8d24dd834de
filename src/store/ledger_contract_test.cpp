#include "store/ledger_contract.hpp"

#include <gmock/gmock.h>

#include <thread>

#include "store/memory_ledger.hpp"
#include "store/sqlite_store.hpp"

namespace convoke {

using testing::ElementsAre;
using Labels = std::vector<std::string>;

LedgerContract::LedgerContract() : folder_(make_test_folder()), ledger_(GetParam().open(folder_)) {}

LedgerContract::~LedgerContract() {
  ledger_.reset();
  std::filesystem::remove_all(folder_);
}

std::vector<UsageRow> LedgerContract::usage(UsageQuery query) { return run(ledger_->usage(std::move(query))).value(); }

std::vector<ModelCall> LedgerContract::settled(int count) {
  const auto deadline = SteadyClock::now() + 10s;
  for (;;) {
    auto calls = run(ledger_->latest(count)).value();
    if (std::ssize(calls) >= count || SteadyClock::now() > deadline) return calls;
    std::this_thread::yield();
  }
}

ModelCall a_call() {
  const auto noon = std::chrono::sys_days{std::chrono::year{2026} / 11 / 23} + 12h;
  return {.id = "call_1",
          .time = noon,
          .provider = "openai",
          .model = "gpt-6-luna",
          .key = "OPENAI_API_KEY",
          .origin = {.user = "ada", .conversation_id = "c1", .request_id = "r1"},
          .usage = {.input_tokens = 100, .output_tokens = 20, .total_tokens = 120},
          .cost = Money{20'000'000},
          .cost_source = CostSource::price_list,
          .duration = 250ms};
}

namespace {

std::vector<Labels> labels_of(const std::vector<UsageRow>& rows) {
  std::vector<Labels> labels;
  for (const UsageRow& row : rows) labels.push_back(row.labels);
  return labels;
}

ModelCall on(int day, ModelCall call) {
  call.time += std::chrono::days(day - 23);
  return call;
}

ModelCall in(std::string conversation, ModelCall call) {
  call.origin.conversation_id = std::move(conversation);
  return call;
}

TEST_P(LedgerContract, GivesBackWhatWasSettled) {
  ModelCall call = a_call();
  call.usage = {.input_tokens = 100,
                .output_tokens = 20,
                .total_tokens = 120,
                .cached_tokens = 10,
                .cache_write_tokens = 9,
                .cache_write_1h_tokens = 8,
                .reasoning_tokens = 7,
                .audio_input_tokens = 6,
                .audio_output_tokens = 5,
                .cost = Money{1},
                .estimated = true};
  call.cost = Money{1};
  call.cost_source = CostSource::provider;
  call.status = CallStatus::failed;
  call.error = "rate_limit";

  ledger_->settle(call);

  EXPECT_THAT(settled(1), ElementsAre(call));
}

TEST_P(LedgerContract, CountsReservedCallsOnlyOnceTheyAreSettled) {
  ASSERT_TRUE(run(ledger_->reserve(a_call())));
  EXPECT_EQ(usage({}).at(0).sums, UsageSums{});

  ledger_->settle(a_call());

  settled(1);
  EXPECT_EQ(usage({}).at(0).sums, sums_of(a_call()));
}

TEST_P(LedgerContract, AddsUpExactly) {
  ModelCall unpriced = a_call();
  unpriced.cost.reset();
  unpriced.cost_source = CostSource::unknown;
  unpriced.status = CallStatus::cancelled;
  unpriced.usage.estimated = true;
  ledger_->settle(a_call());
  ledger_->settle(a_call());
  ledger_->settle(unpriced);
  settled(3);

  const UsageSums sums = usage({}).at(0).sums;

  EXPECT_EQ(sums.calls, 3);
  EXPECT_EQ(sums.unfinished_calls, 1);
  EXPECT_EQ(sums.unpriced_calls, 1);
  EXPECT_EQ(sums.estimated_calls, 1);
  EXPECT_EQ(sums.input_tokens, 300);
  EXPECT_EQ(sums.output_tokens, 60);
  EXPECT_EQ(sums.cost, Money{40'000'000});
}

TEST(UsageSums, AreNoFigureWhereOnlyWhatCostsNothingIsKnown) {
  ModelCall refused{.cost = Money{}, .cost_source = CostSource::nothing, .status = CallStatus::failed};
  ModelCall unpriced{.usage = {.input_tokens = 10, .output_tokens = 5}};
  UsageSums sums = sums_of(refused);
  EXPECT_EQ(to_json(sums).at("cost"), "0");

  sums += sums_of(unpriced);

  EXPECT_FALSE(some_cost_known(sums));
  EXPECT_TRUE(to_json(sums).at("cost").is_null());
}

TEST_P(LedgerContract, GroupsByWhateverIsAsked) {
  ModelCall other = in("c2", on(24, a_call()));
  other.provider = "groq";
  other.model = "llama";
  other.key = "GROQ_API_KEY";
  other.origin.user = "grace";
  other.origin.purpose = "title";
  ledger_->settle(a_call());
  ledger_->settle(other);
  settled(2);

  const auto by = [&](std::vector<UsageKey> keys) { return labels_of(usage({.by = std::move(keys)})); };

  EXPECT_THAT(by({UsageKey::day}), ElementsAre(Labels{"2026-11-23"}, Labels{"2026-11-24"}));
  EXPECT_THAT(by({UsageKey::month}), ElementsAre(Labels{"2026-11"}));
  EXPECT_THAT(by({UsageKey::provider, UsageKey::model}),
              ElementsAre(Labels{"groq", "llama"}, Labels{"openai", "gpt-6-luna"}));
  EXPECT_THAT(by({UsageKey::key}), ElementsAre(Labels{"GROQ_API_KEY"}, Labels{"OPENAI_API_KEY"}));
  EXPECT_THAT(by({UsageKey::user, UsageKey::purpose}), ElementsAre(Labels{"ada", "chat"}, Labels{"grace", "title"}));
  EXPECT_THAT(by({UsageKey::conversation, UsageKey::day}),
              ElementsAre(Labels{"c1", "2026-11-23"}, Labels{"c2", "2026-11-24"}));
}

TEST_P(LedgerContract, CountsOnlyTheDaysAndConversationsAsked) {
  for (const int day : {21, 22, 23, 24}) ledger_->settle(in("c" + std::to_string(day), on(day, a_call())));
  settled(4);

  const auto days = [&](UsageQuery query) {
    query.by = {UsageKey::day};
    return labels_of(usage(std::move(query)));
  };

  EXPECT_THAT(days({.since = "2026-11-23"}), ElementsAre(Labels{"2026-11-23"}, Labels{"2026-11-24"}));
  EXPECT_THAT(days({.until = "2026-11-21"}), ElementsAre(Labels{"2026-11-21"}));
  EXPECT_THAT(days({.since = "2026-11-22", .until = "2026-11-22"}), ElementsAre(Labels{"2026-11-22"}));
  EXPECT_THAT(days({.conversations = {"c24", "c21", "nobody"}}),
              ElementsAre(Labels{"2026-11-21"}, Labels{"2026-11-24"}));
  EXPECT_THAT(days({.since = "2027-01-01"}), ElementsAre());
}

TEST_P(LedgerContract, PutsTheDearestFirst) {
  ModelCall dear = in("dear", a_call());
  dear.cost = Money{30'000'000};
  ModelCall unpriced = in("unpriced", a_call());
  unpriced.cost.reset();
  for (const ModelCall& call : {in("cheap", a_call()), dear, unpriced}) ledger_->settle(call);
  settled(3);

  const auto rows = usage({.by = {UsageKey::conversation}, .dearest_first = true, .limit = 2});

  EXPECT_THAT(labels_of(rows), ElementsAre(Labels{"dear"}, Labels{"cheap"}));
}

TEST_P(LedgerContract, SurvivesFiguresBeyondAllReason) {
  ModelCall absurd = a_call();
  absurd.usage.input_tokens = std::numeric_limits<std::int64_t>::max();
  absurd.cost = Money{std::numeric_limits<std::int64_t>::max()};
  for (int i = 0; i < 20; ++i) ledger_->settle(absurd);
  EXPECT_EQ(std::ssize(settled(20)), 20);
  EXPECT_EQ(usage({}).at(0).sums.calls, 20);
}

/// A ledger that keeps its store.
std::shared_ptr<Ledger> sqlite_ledger(const std::filesystem::path& folder) {
  struct Both {
    std::unique_ptr<SqliteStore> store;
    std::unique_ptr<Ledger> ledger;
  };
  auto both = std::make_shared<Both>();
  both->store = SqliteStore::open({.path = folder / "events.db"}, Log{}).value();
  both->ledger = both->store->ledger();
  return {both, both->ledger.get()};
}

std::shared_ptr<Ledger> memory_ledger(const std::filesystem::path&) { return std::make_shared<MemoryLedger>(); }

std::string name_of_kind(const testing::TestParamInfo<LedgerKind>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(Ledgers, LedgerContract,
                         testing::Values(LedgerKind{"memory", memory_ledger}, LedgerKind{"sqlite", sqlite_ledger}),
                         name_of_kind);

}  // namespace
}  // namespace convoke
