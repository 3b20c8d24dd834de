#include "chat/turn.hpp"

#include <gmock/gmock.h>

#include "base/run.hpp"
#include "hub/fake_toolbox.hpp"
#include "llm/scripted_provider.hpp"
#include "store/memory_store.hpp"

namespace convoke {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// A turn with a scripted model, a fake toolbox and a store in memory.
class TurnTest : public testing::Test {
 protected:
  TurnTest() {
    auto provider = std::make_unique<ScriptedProvider>();
    model = provider.get();
    auto made = std::make_shared<Models>();
    made->add("scripted", std::move(provider), "model-1");
    made->set_active("scripted");
    models = std::move(made);
  }

  TurnServices services() {
    return {tools, store, clock, metrics, approvals, {counts, loop.get_executor()}, offers, Log{}};
  }

  std::unique_ptr<Turn> make_turn(Question question) {
    journal = std::make_unique<TurnJournal>(question.request_id, question.conversation_id);
    return std::make_unique<Turn>(loop.get_executor(), services(), std::make_shared<ChatSettings>(settings), models,
                                  std::move(question), *journal);
  }

  /// Runs a question to its end and returns the frames.
  std::vector<FrameBody> ask(Question question) {
    const auto turn = make_turn(std::move(question));
    run(loop, turn->run());
    return frames();
  }

  std::vector<FrameBody> frames() {
    std::vector<FrameBody> bodies;
    for (Sequence seq = 0; const ServerFrame* frame = journal->next(seq); ++seq) bodies.push_back(frame->body);
    return bodies;
  }

  std::vector<EventType> recorded_types() {
    std::vector<EventType> types;
    for (const Event& event : run(loop, store.path("c", 0, 100)).value()) types.push_back(event.type);
    return types;
  }

  asio::io_context loop{1};
  SystemClock clock;
  Metrics all_metrics;
  TurnMetrics metrics{all_metrics};
  std::shared_ptr<const Models> models;
  ScriptedProvider* model = nullptr;
  FakeToolbox tools;
  ApprovalMemory approvals;
  TokenCounts counts{1 << 20};
  ToolOffers offers;
  MemoryStore store;
  ChatSettings settings;
  std::unique_ptr<TurnJournal> journal;
};

Question question(std::string text, std::string request = "r1") {
  return {
      .request_id = std::move(request), .conversation_id = "c", .names_conversation = true, .text = std::move(text)};
}

std::string text_in(const std::vector<FrameBody>& frames) {
  std::string text;
  for (const FrameBody& frame : frames) {
    const Chunk* chunk = std::get_if<Chunk>(&frame);
    if (chunk && chunk->type == Chunk::Type::text) text += chunk->data;
  }
  return text;
}

std::string finish_reason(const std::vector<FrameBody>& frames) {
  const Complete* complete = std::get_if<Complete>(&frames.back());
  return complete ? string_or_empty(complete->metadata, "finish_reason") : "no complete frame";
}

TEST_F(TurnTest, ShowsTheAnswerAndRecordsItBeforeItIsComplete) {
  model->will_say("It rains.");

  const auto frames = ask(question("How is the weather?"));

  EXPECT_EQ(frames.front(), FrameBody(Processing{"", "", {{"conversation_id", "c"}, {"model", "model-1"}}}));
  EXPECT_EQ(text_in(frames), "It rains.");
  EXPECT_EQ(finish_reason(frames), "stop");
  EXPECT_THAT(recorded_types(),
              ElementsAre(EventType::user_message, EventType::assistant_message, EventType::turn_completed));
}

TEST_F(TurnTest, RemembersTheConversation) {
  model->will_say("Nice to meet you.");
  model->will_say("Ada.");
  ask(question("I am Ada.", "r1"));

  ask(question("Who am I?", "r2"));

  EXPECT_THAT(model->last_prompt().messages,
              ElementsAre(system_message(settings.system_prompt), user_message("I am Ada."),
                          assistant_message("Nice to meet you."), user_message("Who am I?")));
}

TEST_F(TurnTest, CallsToolsAndHandsTheirResultsToTheModel) {
  tools.answers("weather", "sunny");
  model->will_call("weather", {{"city", "Oslo"}});
  model->will_say("Sunny.");

  const auto frames = ask(question("Weather in Oslo?"));

  EXPECT_EQ(text_in(frames), "Sunny.");
  EXPECT_EQ(model->last_prompt().messages.back(),
            tool_message({.call_id = "call_1", .name = "weather", .text = "sunny"}));
  EXPECT_THAT(recorded_types(),
              ElementsAre(EventType::user_message, EventType::assistant_message, EventType::tool_call,
                          EventType::tool_result, EventType::assistant_message, EventType::turn_completed));
}

TEST_F(TurnTest, TellsTheClientAboutToolsWithTheirArguments) {
  tools.answers("weather", "sunny");
  model->will_call("weather", {{"city", "Oslo"}});
  model->will_say("Sunny.");

  const auto frames = ask(question("Weather in Oslo?"));

  const auto& calling = std::get<Processing>(frames[1]);
  EXPECT_EQ(calling.type, "tool_execution");
  EXPECT_EQ(json::serialize(calling.metadata.at("arguments")), R"({"city":"Oslo"})");
  const auto& result = std::get<Processing>(frames[2]);
  EXPECT_EQ(result.type, "tool_result");
  EXPECT_EQ(result.data, "sunny");
}

TEST_F(TurnTest, HandsAFailedToolCallToTheModelAsAResult) {
  tools.fails("weather", "connection refused");
  model->will_call("weather");
  model->will_say("I could not reach the weather service.");

  const auto frames = ask(question("Weather?"));

  EXPECT_EQ(finish_reason(frames), "stop");
  EXPECT_EQ(model->last_prompt().messages.back(),
            tool_message({.call_id = "call_1", .name = "weather", .text = "connection refused", .is_error = true}));
}

TEST_F(TurnTest, StopsAskingForToolsAtTheLimitAndStillAnswers) {
  settings.limits.max_tool_hops = 2;
  tools.answers("search", "nothing");
  model->will_call("search");
  model->will_call("search");
  model->will_say("I found nothing.");

  const auto frames = ask(question("Find it."));

  EXPECT_EQ(finish_reason(frames), "tool_limit");
  EXPECT_EQ(text_in(frames), "I found nothing.");
  EXPECT_EQ(model->last_prompt().tool_choice, ToolChoice::none);
}

TEST_F(TurnTest, AnswersWithWhatItHasWhenAToolKeepsFailing) {
  tools.fails("search", "no such index");
  for (int i = 0; i < 3; ++i) model->will_call("search", {{"attempt", i}});
  model->will_say("The search does not work.");

  const auto frames = ask(question("Find it."));

  EXPECT_EQ(finish_reason(frames), "repeated_errors");
  EXPECT_EQ(text_in(frames), "The search does not work.");
  EXPECT_EQ(model->last_prompt().tool_choice, ToolChoice::none);
  EXPECT_THAT(model->last_prompt().messages.back().text(), HasSubstr("failed 3 times in the same way"));
}

TEST_F(TurnTest, AnswersWithWhatItHasWhenACallReturnsTheSameAgain) {
  tools.answers("status", "pending");
  for (int i = 0; i < 3; ++i) model->will_call("status");
  model->will_say("It is still pending.");

  EXPECT_EQ(finish_reason(ask(question("Done?"))), "repeated_results");
  EXPECT_EQ(tools.calls().size(), 3U);
}

TEST_F(TurnTest, EndsWithWhatWasSaidWhenItsTokensAreUsedUp) {
  settings.limits.max_tokens = 1'000;
  tools.answers("search", "nothing");
  model->will_reply({.message = {Role::assistant, {Text{"Let me look."}, ToolCall{"x", "search", "{}"}}},
                     .finish_reason = FinishReason::tool_calls,
                     .usage = {.input_tokens = 900, .output_tokens = 90, .total_tokens = 990}});

  const auto frames = ask(question("Find it."));

  const auto& failed = std::get<Failed>(frames.back());
  EXPECT_EQ(failed.error.code, Errc::exhausted);
  EXPECT_EQ(string_or_empty(failed.metadata, "limit"), "token_limit");
  EXPECT_EQ(text_in(frames), "Let me look.");
  const auto events = run(loop, store.path("c", 0, 10)).value();
  EXPECT_EQ(events.back().type, EventType::turn_failed);
  EXPECT_EQ(string_or_empty(events.back().details, "finish_reason"), "token_limit");
  EXPECT_TRUE(model->is_done());
}

TEST_F(TurnTest, TellsTheModelToAnswerWhenItsTokensRunOut) {
  settings.limits.max_tokens = 2'000;
  std::string long_question;
  for (int i = 0; i < 450; ++i) long_question += " word";
  tools.answers("search", "nothing");
  model->will_reply({.message = {Role::assistant, {ToolCall{"x", "search", "{}"}}},
                     .finish_reason = FinishReason::tool_calls,
                     .usage = {.input_tokens = 1'180, .output_tokens = 20, .total_tokens = 1'200}});
  model->will_say("Nothing there.");

  const auto frames = ask(question(long_question));

  EXPECT_EQ(finish_reason(frames), "token_limit");
  EXPECT_EQ(text_in(frames), "Nothing there.");
}

TEST_F(TurnTest, SaysThatMoneyWasWhatEndedIt) {
  settings.limits.max_cost = Money{500};
  model->will_fail({.error = {Errc::exhausted, "the request may cost up to $1", {}}, .kind = FailureKind::too_dear});

  const auto frames = ask(question("Think hard."));

  EXPECT_EQ(string_or_empty(std::get<Failed>(frames.back()).metadata, "limit"), "cost_limit");
  EXPECT_TRUE(model->last_prompt().terms.money_left) << "it is told how much is left";
}

TEST_F(TurnTest, SendsOneChunkToAClientThatDoesNotStream) {
  model->will_say("one two three four");
  Question whole = question("Count.");
  whole.streaming = false;

  const auto frames = ask(std::move(whole));

  ASSERT_EQ(frames.size(), 3U);
  EXPECT_EQ(frames[1], FrameBody(Chunk{Chunk::Type::text, "one two three four"}));
}

TEST_F(TurnTest, KeepsWhatWasSaidWhenItIsCancelled) {
  model->will_say_and_hang("Once upon a time");
  const auto turn = make_turn(question("Tell me a story."));
  TaskScope scope(loop.get_executor(), Log{});
  auto cancel_when_it_speaks = [&]() -> Task<> {
    scope.spawn("turn", turn->run());
    while (text_in(frames()).empty()) co_await yield_to_loop();
    turn->stop(StopReason::cancelled);
    co_await scope.drained();
  };

  run(loop, scope.run(cancel_when_it_speaks()));

  EXPECT_EQ(finish_reason(frames()), "cancelled");
  const auto events = run(loop, store.path("c", 0, 10)).value();
  ASSERT_EQ(events.size(), 3U);
  EXPECT_EQ(events[1].message, assistant_message("Once upon a time"));
  EXPECT_EQ(events[2].type, EventType::turn_cancelled);
}

TEST_F(TurnTest, CancelsARunningToolCall) {
  tools.hangs("slow");
  model->will_call("slow");
  const auto turn = make_turn(question("Use the slow tool."));
  TaskScope scope(loop.get_executor(), Log{});
  auto cancel_when_it_calls = [&]() -> Task<> {
    scope.spawn("turn", turn->run());
    while (tools.calls().empty()) co_await yield_to_loop();
    turn->stop(StopReason::cancelled);
    co_await scope.drained();
  };

  run(loop, scope.run(cancel_when_it_calls()));

  EXPECT_EQ(finish_reason(frames()), "cancelled");
  EXPECT_EQ(tools.cancelled_calls(), 1);
}

TEST_F(TurnTest, TellsWhyTheModelFailedAndRecordsIt) {
  model->will_fail(Errc::unavailable, "scripted: no route to host");

  const auto frames = ask(question("Hello?"));

  const auto& failed = std::get<Failed>(frames.back());
  EXPECT_EQ(failed.error.code, Errc::unavailable);
  EXPECT_THAT(failed.error.message, HasSubstr("no route to host"));
  EXPECT_THAT(recorded_types(), ElementsAre(EventType::user_message, EventType::turn_failed));
}

TEST_F(TurnTest, AnswersARepeatedRequestFromTheRecord) {
  tools.answers("weather", "sunny");
  model->will_call("weather");
  model->will_say("Sunny.");
  ask(question("Weather?"));

  const auto frames = ask(question("Weather?"));

  EXPECT_EQ(model->prompts().size(), 2U);  // of the first time
  EXPECT_EQ(text_in(frames), "Sunny.");
  EXPECT_EQ(std::get<Processing>(frames[1]).type, "tool_execution");
  EXPECT_TRUE(std::get<Complete>(frames.back()).metadata.at("replayed").as_bool());
}

TEST_F(TurnTest, RefusesAnotherQuestionUnderAUsedRequestId) {
  model->will_say("Yes.");
  ask(question("Is it?"));

  const auto frames = ask(question("Is it not?"));

  EXPECT_EQ(std::get<Failed>(frames.back()).error.code, Errc::conflict);
}

TEST_F(TurnTest, AsksAgainWhenTheFirstTimeFailed) {
  model->will_fail(Errc::unavailable, "down");
  model->will_say("Here I am.");
  ask(question("Hello?"));

  const auto frames = ask(question("Hello?"));

  EXPECT_EQ(text_in(frames), "Here I am.");
}

TEST_F(TurnTest, SeparatesTheWordsBeforeAToolCallFromThoseAfter) {
  tools.answers("weather", "sunny");
  model->will_reply({.message = {Role::assistant, {Text{"Let me look."}, ToolCall{"x", "weather", "{}"}}},
                     .finish_reason = FinishReason::tool_calls});
  model->will_say("Sunny.");

  EXPECT_EQ(text_in(ask(question("Weather?"))), "Let me look.\n\nSunny.");
}

TEST_F(TurnTest, CutsALongResultAndLetsTheModelReadOn) {
  settings.context.max_result_bytes = 1024;
  tools.answers("read", std::string(5000, 'a') + "the end");
  model->will_call("read");
  model->will_say("Long.");
  ask(question("Read it."));
  const std::string shown = std::get<ToolResult>(model->last_prompt().messages.back().parts.front()).text;
  ASSERT_THAT(shown, HasSubstr("page 1 of 5"));
  const std::size_t id = shown.find("res_");

  model->will_call("read_result", {{"id", shown.substr(id, shown.find('"', id) - id)}, {"page", 5}});
  model->will_say("It ends.");
  ask(question("How does it end?", "r2"));

  EXPECT_THAT(std::get<ToolResult>(model->last_prompt().messages.back().parts.front()).text, HasSubstr("the end"));
  EXPECT_EQ(std::get<ToolResult>(model->last_prompt().messages[3].parts.front()).text, shown)
      << "the past looks the same in the next turn";
}

TEST_F(TurnTest, CallsASearchedToolUnderTheNameTheModelUsed) {
  settings.context.max_tokens = 300;
  settings.context.reserve_tokens = 0;
  tools.answers("weather", "sunny");
  settings.context.max_tools_percent = 1;
  model->will_call("call_tool", {{"name", "weather"}, {"arguments", {{"city", "Oslo"}}}});
  model->will_say("Sunny.");

  const auto frames = ask(question("Weather in Oslo?"));

  EXPECT_THAT(tools.calls(), ElementsAre(ToolCall{"call_1", "weather", R"({"city":"Oslo"})"}));
  const ToolResult& result = std::get<ToolResult>(model->last_prompt().messages.back().parts.front());
  EXPECT_EQ(result, (ToolResult{.call_id = "call_1", .name = "call_tool", .text = "sunny"}));
  EXPECT_EQ(string_or_empty(std::get<Processing>(frames[1]).metadata, "tool"), "weather");
  EXPECT_GT(metrics.saved_tool_tokens.value() + 1, 0U);
}

TEST_F(TurnTest, RefusesAQuestionThatTheContextHasNoRoomFor) {
  settings.context = {.max_tokens = 500, .reserve_tokens = 100, .preserve_recent = 0};
  std::string long_question;
  for (int i = 0; i < 420; ++i) long_question += " word";

  const auto frames = ask(question(long_question));

  const Failed& failed = std::get<Failed>(frames.back());
  EXPECT_EQ(failed.error.code, Errc::invalid_input);
  EXPECT_THAT(failed.error.message, HasSubstr("both together may have 400"));
  EXPECT_EQ(failed.field, "payload.text");
  EXPECT_TRUE(model->prompts().empty());
}

TEST_F(TurnTest, ShowsPreservedMessagesAlsoWhereTheyDoNotFit) {
  settings.context = {.max_tokens = 500, .reserve_tokens = 100, .preserve_recent = 2};
  std::string long_answer;
  for (int i = 0; i < 900; ++i) long_answer += "word ";
  model->will_say(long_answer);
  model->will_say("You are welcome.");
  ask(question("Say much.", "r1"));

  EXPECT_EQ(finish_reason(ask(question("Thanks.", "r2"))), "stop");
  EXPECT_THAT(model->last_prompt().messages, testing::Contains(assistant_message(long_answer)));
}

TEST_F(TurnTest, SaysThatTheFormatIsWhatTheModelDoesNotTake) {
  model->will_fail({.error = {Errc::invalid_input, "the demo model takes no response_format", {}},
                    .kind = FailureKind::unsupported_parameter});
  Question in_json = question("A city?");
  in_json.response_format.emplace();

  EXPECT_EQ(std::get<Failed>(ask(in_json).back()).field, "payload.response_format");
}

TEST_F(TurnTest, CountsThePastAnewForAnotherModelsTokenizer) {
  settings.context = {.max_tokens = 800, .reserve_tokens = 0, .preserve_recent = 0};
  std::string georgian;
  for (int i = 0; i < 30; ++i) georgian += "გამარჯობა ";  // 570 tokens for gpt-4, 91 for gpt-4o
  for (const std::string request : {"r1", "r2"}) {
    Question greeting = question(georgian, request);
    greeting.model = "gpt-4";
    model->will_say("Hello.");
    ask(greeting);
  }
  ASSERT_THAT(model->last_prompt().messages, testing::Contains(user_message(georgian)).Times(1));

  Question last = question("How did I greet you?", "r3");
  last.model = "gpt-4o";
  model->will_say("In Georgian.");
  ask(last);

  EXPECT_THAT(model->last_prompt().messages, testing::Contains(user_message(georgian)).Times(2));
}

class SummaryTest : public TurnTest {
 protected:
  SummaryTest() {
    settings.system_prompt = "";
    settings.context = {.max_tokens = 460, .reserve_tokens = 0, .preserve_recent = 0};
    settings.summary = {.enabled = true, .max_tokens = 100};
  }
  /// A turn of some hundred tokens.
  void talk(const std::string& request, const std::string& name) {
    std::string words = "I am " + name + ".";
    for (int i = 0; i < 66; ++i) words += " blah";
    model->will_say("Hello " + name + ".");
    ask(question(words, request));
  }
  std::vector<std::string> texts_of(const Prompt& prompt) {
    std::vector<std::string> texts;
    for (const Message& message : prompt.messages) texts.push_back(message.text());
    return texts;
  }
};

TEST_F(SummaryTest, TellsTheModelWhatThePromptHasNoRoomFor) {
  for (const char* name : {"Ada", "Bob", "Cyd", "Dan"}) talk(name, name);
  model->will_say("Four people came.");  // the summary
  model->will_say("Four.");

  ask(question("How many came?", "last"));

  const Prompt& request = model->prompts()[model->prompts().size() - 2];
  EXPECT_THAT(request.messages.back().text(), HasSubstr("User: I am Ada."));
  EXPECT_EQ(request.max_output_tokens, 100);
  EXPECT_THAT(texts_of(model->last_prompt()).front(), HasSubstr("Four people came."));
  EXPECT_EQ(texts_of(model->last_prompt()).back(), "How many came?");
  EXPECT_THAT(recorded_types(), testing::Contains(EventType::summary).Times(1));
}

TEST_F(SummaryTest, IsWrittenOnceUntilMoreIsLeftOut) {
  for (const char* name : {"Ada", "Bob", "Cyd", "Dan"}) talk(name, name);
  model->will_say("Four people came.");
  model->will_say("Four.");
  ask(question("How many came?", "last"));

  model->will_say("Yes.");
  ask(question("Sure?", "sure"));

  EXPECT_TRUE(model->is_done());
  EXPECT_THAT(texts_of(model->last_prompt()).front(), HasSubstr("Four people came."));
  EXPECT_THAT(recorded_types(), testing::Contains(EventType::summary).Times(1));
}

TEST_F(SummaryTest, IsDoneWithoutWhenItCannotBeWritten) {
  for (const char* name : {"Ada", "Bob", "Cyd", "Dan"}) talk(name, name);
  model->will_fail(Errc::unavailable, "down");
  model->will_say("I cannot tell.");

  const auto frames = ask(question("How many came?", "last"));

  EXPECT_EQ(text_in(frames), "I cannot tell.");
  EXPECT_EQ(texts_of(model->last_prompt()).back(), "How many came?");
}

/// A store whose disk is full.
class FullStore final : public MemoryStore {
 public:
  Task<Result<std::vector<Event>>> append(std::vector<Event>) override {
    co_return fail(Errc::unavailable, "the disk is full");
  }
  Task<Result<void>> keep_draft(Draft) override { co_return fail(Errc::unavailable, "the disk is full"); }
};

TEST_F(TurnTest, IsNeverCompleteWhenItsEventsCannotBeStored) {
  FullStore full;
  model->will_say("Hello.");
  TurnServices with_full_store{tools, full, clock, metrics, approvals, {counts, loop.get_executor()}, offers, Log{}};
  journal = std::make_unique<TurnJournal>("r1", "c");
  Turn turn(loop.get_executor(), with_full_store, std::make_shared<ChatSettings>(settings), models, question("Hello?"),
            *journal);

  run(loop, turn.run());

  const Failed failed = std::get<Failed>(frames().back());
  EXPECT_EQ(failed.error.code, Errc::unavailable);
  EXPECT_THAT(failed.error.message, HasSubstr("the disk is full"));
}

}  // namespace
}  // namespace convoke
