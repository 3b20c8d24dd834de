#include <gmock/gmock.h>

#include "limits/testing/office.hpp"

namespace convoke::limits {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::HasSubstr;

TEST(Admission, LetsEverythingPassWhereNothingIsLimited) {
  Office office;
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(admitted(office.ask().second));
  EXPECT_EQ(office.status().in_flight, 100);
}

TEST(Admission, QueuesWhatDoesNotFitAndSaysWhenItWill) {
  Office office({.whole = per_minute(2)});
  office.ask();
  office.ask();

  const auto [third, decision] = office.ask();
  EXPECT_EQ(queued(decision).place, 1U);
  EXPECT_GE(queued(decision).eta, 60s);
  EXPECT_LE(queued(decision).eta, 61s);
  const auto fourth = office.ask();
  EXPECT_EQ(queued(fourth.second).place, 2U);

  office.clock.advance(std::chrono::ceil<milliseconds>(queued(decision).eta));
  EXPECT_TRUE(admitted(office.look(third)));
  EXPECT_TRUE(admitted(office.look(fourth.first)));
}

TEST(Admission, RefusesAtOnceWhatCannotStartInTime) {
  Office office({.whole = per_minute(1)});
  office.ask();
  Ask impatient = Office::call();
  impatient.deadline = office.clock.now() + 30s;

  const auto decision = office.ask(impatient).second;

  EXPECT_EQ(refused(decision).reason, Reason::rate_limit);
  ASSERT_TRUE(refused(decision).retry_after);
  EXPECT_GE(*refused(decision).retry_after, 30s);
  EXPECT_EQ(office.status().waiting, 0U);
}

TEST(Admission, ASettledCallMakesRoomForTheNext) {
  Office office({.whole = at_once(1)});
  const auto first = office.ask().first;
  const auto second = office.ask().first;

  office.settle(first);

  EXPECT_THAT(office.admission.take_woken(), Contains(second));
  EXPECT_TRUE(admitted(office.look(second)));
}

TEST(Admission, ACallThatLeavesMakesRoomInTheQueue) {
  Office office({.whole = at_once(1)});
  const auto first = office.ask().first;
  const auto second = office.ask().first;
  const auto third = office.ask().first;
  office.admission.leave(second, office.clock.now(), office.clock.wall());
  EXPECT_EQ(queued(office.look(third)).place, 1U);
  office.settle(first);
  EXPECT_TRUE(admitted(office.look(third)));
}

TEST(Admission, ACallThatLeavesAfterItWasAdmittedGivesItsPlaceBack) {
  Office office({.whole = at_once(1)});
  const auto first = office.ask().first;
  const auto second = office.ask().first;
  office.settle(first);
  office.admission.leave(second, office.clock.now(), office.clock.wall());
  EXPECT_TRUE(admitted(office.ask().second));
}

TEST(Admission, ClientsTakeTurns) {
  Office office({.whole = at_once(1)});
  Ticket running = office.ask().first;
  std::vector<Ticket> greedy;
  for (int i = 0; i < 50; ++i) greedy.push_back(office.ask_as("ann").first);
  const Ticket modest = office.ask_as("bob").first;

  int before = 0;
  while (!admitted(office.look(modest))) {
    ASSERT_LT(before, 3);
    office.settle(running);
    const auto woken = office.admission.take_woken();
    running = woken.front();
    ++before;
  }
}

TEST(Admission, AClientsOwnLimitsHoldUpNobodyElse) {
  Office office({.whole = at_once(10), .per_client = at_once(1)});
  const auto first = office.ask_as("ann").first;
  const auto parked = office.ask_as("ann");
  EXPECT_EQ(queued(parked.second).reason, Reason::client_limit);
  EXPECT_TRUE(admitted(office.ask_as("bob").second));

  office.settle(first);
  EXPECT_TRUE(admitted(office.look(parked.first)));
}

TEST(Admission, OneClientCannotFillTheQueue) {
  Office office({.whole = at_once(1), .max_waiting_per_client = 2});
  office.ask_as("ann");
  office.ask_as("ann");
  office.ask_as("ann");
  EXPECT_EQ(refused(office.ask_as("ann").second).reason, Reason::queue_full);
  EXPECT_EQ(queued(office.ask_as("bob").second).place, 1U);
}

TEST(Admission, HoldsLimitsOfProviderModelAndKeyApart) {
  Office office({.whole = at_once(3), .per_model = at_once(2)});
  Ask other = Office::call();
  other.model = "n";
  EXPECT_TRUE(admitted(office.ask().second));
  EXPECT_TRUE(admitted(office.ask().second));
  EXPECT_FALSE(admitted(office.ask().second));
  EXPECT_TRUE(admitted(office.ask(other).second));
  EXPECT_FALSE(admitted(office.ask(other).second));
}

TEST(Admission, ProvidersThatShareAKeyShareItsLimits) {
  Office office({.per_key = at_once(1)});
  office.admission.configure("twin", "key", {.per_key = at_once(1)});
  Ask twin = Office::call();
  twin.provider = "twin";
  const auto first = office.ask().first;
  const auto second = office.ask(twin).first;
  EXPECT_FALSE(admitted(office.look(second)));
  office.settle(first);
  EXPECT_TRUE(admitted(office.look(second)));
}

TEST(Admission, RefusesWhatIsLargerThanAWholeLimit) {
  ProviderPolicy policy;
  policy.whole.per_dimension[index_of(Dimension::tokens_per_minute)] = 1000;
  Office office(policy);
  Ask large = Office::call();
  large.tokens = 5000;
  large.least_tokens = 900;
  EXPECT_TRUE(admitted(office.ask(large).second));  // its answer may be long, and need not
  large.least_tokens = 1001;
  const auto decision = office.ask(large).second;
  EXPECT_EQ(refused(decision).reason, Reason::too_large);
  EXPECT_EQ(refused(decision).retry_after, std::nullopt);
}

TEST(Admission, KeepsCallsFromAModelThatIsDownAndProbesWithOne) {
  Office office;
  News news;
  for (int i = 0; i < 5; ++i) news = office.settle(office.ask().first, {.health = Health::failing});
  EXPECT_EQ(news.breaker, CircuitBreaker::State::open);
  EXPECT_TRUE(office.admission.resting("acme", "m", office.clock.now()));

  const auto waiting = office.ask();
  EXPECT_EQ(queued(waiting.second).reason, Reason::breaker);
  EXPECT_EQ(queued(waiting.second).eta, 5s);
  const auto behind = office.ask().first;
  office.clock.advance(5s);
  EXPECT_TRUE(std::get<Admitted>(office.look(waiting.first)).is_probe);
  EXPECT_FALSE(admitted(office.look(behind)));
  office.settle(waiting.first);
  EXPECT_TRUE(admitted(office.look(behind)));
}

TEST(Admission, TellsThoseWhoWaitWhenTheBreakerOpens) {
  Office office({.whole = at_once(5)});
  std::vector<Ticket> running;
  for (int i = 0; i < 5; ++i) running.push_back(office.ask().first);
  Ask impatient = Office::call();
  impatient.deadline = office.clock.now() + 1s;
  const Ticket waiting = office.ask(impatient).first;
  ASSERT_NE(waiting, 0U);
  for (const Ticket ticket : running) office.settle(ticket, {.health = Health::failing});
  office.admission.take_woken();
  // It was let in when the first ended; the next one has to hear that nobody will be for a while.
  const auto decision = office.ask(impatient).second;
  EXPECT_EQ(refused(decision).reason, Reason::breaker);
  EXPECT_THAT(refused(decision).message, HasSubstr("does not work at the moment"));
}

TEST(Admission, ARefusalByTheProviderHoldsUpItsModelOnly) {
  Office office;
  const auto first = office.ask().first;
  office.admission.report(first, {.refused = true, .retry_after = 3s}, office.clock.now());
  office.settle(first, {.rate_limited = true});
  EXPECT_EQ(queued(office.ask().second).eta, 3s);
  Ask other = Office::call();
  other.model = "n";
  EXPECT_TRUE(admitted(office.ask(other).second));
}

TEST(Admission, NewLimitsHoldFromTheNextCallOn) {
  Office office({.whole = at_once(1)});
  office.ask();
  const auto waiting = office.ask().first;
  office.admission.configure("acme", "key", {.whole = at_once(2)});
  EXPECT_THAT(office.admission.take_woken(), Contains(waiting));
  EXPECT_TRUE(admitted(office.look(waiting)));
  office.admission.configure("acme", "key", {.whole = at_once(1)});
  EXPECT_FALSE(admitted(office.ask().second));
}

TEST(Admission, ForgetsModelsAndClientsNobodyUses) {
  Office office;
  std::vector<std::string> names;
  for (int i = 0; i < 5000; ++i) names.push_back("name" + std::to_string(i));
  for (const std::string& name : names) {
    Ask what = Office::call();
    what.model = what.client = name;
    office.settle(office.ask(what).first);
  }
  EXPECT_LE(office.admission.lanes(office.clock.now()).size(), 256U);
}

TEST(Admission, ATicketServesOnce) {
  Office office;
  const auto ticket = office.ask().first;
  office.settle(ticket);
  EXPECT_THROW(office.settle(ticket), std::logic_error);
}

TEST(Admission, TellsOneFigureForWhenToAskAgain) {
  Office office;
  const auto first = office.ask().first;
  office.admission.report(first, {.refused = true, .retry_after = 200s}, office.clock.now());
  office.settle(first, {.rate_limited = true});
  Ask patient = Office::call();
  patient.deadline = office.clock.now() + 30s;

  const Decision decision = office.ask(patient).second;

  EXPECT_EQ(refused(decision).retry_after, 170s);
  EXPECT_THAT(refused(decision).message, HasSubstr("ask again in 170.0 s"));
}

}  // namespace
}  // namespace convoke::limits
