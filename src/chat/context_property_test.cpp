// Whatever a conversation went through, what is chosen of it is a prompt that every provider takes.
#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <random>
#include <ranges>
#include <set>

#include "chat/context.hpp"
#include "llm/anthropic/request_encoder.hpp"
#include "llm/openai_chat/request_encoder.hpp"
#include "llm/openai_responses/request_encoder.hpp"

namespace convoke {
namespace {

/// A way through a conversation in which everything happens that can: stopped turns, calls without results, ids that
/// come again, pictures, thoughts, summaries, questions asked again or answered once more, turns side by side.
class RandomConversation {
 public:
  explicit RandomConversation(unsigned seed) : chance_(seed) {}

  std::vector<Event> events(int turns) {
    while (turns-- > 0) {
      switch (up_to(9)) {
        case 0: add_failed_and_asked_again(); break;
        case 1: add_answered_once_more(); break;
        case 2: add_side_by_side(); break;
        default: add(turn(fresh_id())); break;
      }
    }
    return std::move(log_);
  }

  int up_to(int most) { return std::uniform_int_distribution(0, most)(chance_); }
  bool perhaps() { return up_to(1) == 1; }

 private:
  using Events = std::vector<Event>;

  std::string fresh_id() { return "r" + std::to_string(++requests_); }

  Event event(const std::string& request, EventType type, Message message = {}) {
    Event made;
    made.request_id = request;
    made.type = type;
    made.message = std::move(message);
    made.token_count = made.message.parts.empty() ? 0 : 5 + up_to(60);
    return made;
  }

  void add(Events events) {
    for (Event& one : events) {
      one.seq = std::ssize(log_) + 1;
      log_.push_back(std::move(one));
    }
  }

  Message said(int calls, int hop) {
    Message message{Role::assistant, {}};
    if (up_to(3) == 0) message.parts.emplace_back(Reasoning{"hm", ""});
    if (calls == 0 || perhaps()) message.parts.emplace_back(Text{"words " + std::to_string(up_to(99))});
    for (int i = 0; i < calls; ++i) {
      // Some servers count the calls of each reply from zero.
      const int number = counts_calls_anew_ ? i : 10 * hop + i;
      message.parts.emplace_back(ToolCall{"call_" + std::to_string(number), "sum", "{}"});
    }
    return message;
  }

  /// A round of calls; false: it was stopped before all results were there.
  bool add_calls(Events& turn, const std::string& id, int hop) {
    const Message reply = said(1 + up_to(2), hop);
    turn.push_back(event(id, EventType::assistant_message, reply));
    std::vector<ToolCall> calls = reply.tool_calls();
    for (const ToolCall& call : calls) turn.push_back(event(id, EventType::tool_call, {Role::assistant, {call}}));
    std::ranges::shuffle(calls, chance_);
    const bool is_stopped = up_to(5) == 0;
    if (is_stopped) calls.resize(static_cast<std::size_t>(up_to(static_cast<int>(calls.size()) - 1)));
    for (const ToolCall& call : calls) {
      ToolResult result{
          .call_id = call.id, .name = call.name, .text = std::string(static_cast<std::size_t>(up_to(900)), 'x')};
      if (up_to(6) == 0) result.images.push_back({"image/png", "AAAA", ""});
      turn.push_back(event(id, EventType::tool_result, tool_message(std::move(result))));
      turn.back().details = {{"result_id", "res_1"}};
    }
    return !is_stopped;
  }

  Events turn(const std::string& id) {
    Events turn{event(id, EventType::user_message, user_message("question " + id))};
    if (up_to(5) == 0) turn.back().message.parts.emplace_back(Image{"image/png", "AAAA", ""});
    if (up_to(9) == 0) turn.push_back(event(id, EventType::summary, assistant_message("in short")));
    add_answer(turn, id);
    return turn;
  }

  void add_answer(Events& turn, const std::string& id) {
    counts_calls_anew_ = perhaps();
    bool goes_on = true;
    for (int hop = 0, hops = up_to(3); hop < hops && goes_on; ++hop) goes_on = add_calls(turn, id, hop);
    const bool is_stopped = !goes_on || up_to(4) == 0;
    if (!is_stopped || (goes_on && perhaps())) turn.push_back(event(id, EventType::assistant_message, said(0, 0)));
    if (is_stopped && up_to(9) == 0) return;  // it still runs
    constexpr std::array ends{EventType::turn_failed, EventType::turn_cancelled, EventType::turn_interrupted};
    turn.push_back(event(id, is_stopped ? ends[static_cast<std::size_t>(up_to(2))] : EventType::turn_completed));
  }

  void add_failed_and_asked_again() {
    const std::string id = fresh_id();
    add({event(id, EventType::user_message, user_message("question " + id)), event(id, EventType::turn_failed)});
    add(turn(id));
  }

  /// The first answer is on another branch.
  void add_answered_once_more() {
    const std::string first = fresh_id(), again = fresh_id();
    add({event(first, EventType::user_message, user_message("question " + first))});
    Events turn{event(again, EventType::regeneration)};
    turn.back().parent = std::ssize(log_);
    add_answer(turn, again);
    add(std::move(turn));
  }

  void add_side_by_side() {
    Events one = turn(fresh_id()), two = turn(fresh_id()), mixed;
    for (auto a = one.begin(), b = two.begin(); a != one.end() || b != two.end();) {
      const bool takes_first = b == two.end() || (a != one.end() && perhaps());
      mixed.push_back(std::move(takes_first ? *a++ : *b++));
    }
    add(std::move(mixed));
  }

  std::mt19937 chance_;
  std::vector<Event> log_;
  int requests_ = 0;
  bool counts_calls_anew_ = false;
};

constexpr ContextLimits everything{.max_tokens = 1'000'000, .reserve_tokens = 0, .max_result_bytes = 256};

std::int64_t tokens_of(const std::vector<TurnEvents>& turns) {
  std::int64_t sum = 0;
  for (const TurnEvents& turn : turns) {
    for (const Event& event : turn) {
      const bool is_shown = event.type != EventType::summary && event.type != EventType::tool_call;
      sum += is_shown ? event.token_count : 0;
    }
  }
  return sum;
}

std::int64_t messages_in(const std::vector<TurnEvents>& turns) {
  std::int64_t sum = 0;
  for (const TurnEvents& turn : turns) sum += std::ssize(messages_of(turn, 256));
  return sum;
}

// ---- what must hold on each wire ------------------------------------------------------------------------------------

/// Calls and results as a wire has them one after the other.
class Pairs {
 public:
  void call(const json::value& id) { open_.insert(json::serialize(id)); }
  void result(const json::value& id) {
    const auto found = open_.find(json::serialize(id));
    if (found == open_.end()) return void(ADD_FAILURE() << "a result without its call");
    open_.erase(found);
  }
  void other() { EXPECT_TRUE(open_.empty()) << "a call without its result"; }

 private:
  std::multiset<std::string> open_;
};

void check_chat(const json::value& body) {
  Pairs pairs;
  for (const json::value& message : body.at("messages").as_array()) {
    const json::object& object = message.as_object();
    if (object.at("role") == "tool") {
      pairs.result(object.at("tool_call_id"));
      continue;
    }
    pairs.other();
    const json::array* calls = find_array(object, "tool_calls");
    EXPECT_TRUE(calls || object.at("content") != "") << "an empty message";
    for (const json::value& call : calls ? *calls : json::array{}) pairs.call(call.at("id"));
  }
  pairs.other();
}

void check_responses(const json::value& body) {
  Pairs pairs;
  for (const json::value& item : body.at("input").as_array()) {
    const std::string type = string_or_empty(item, "type");
    if (type == "function_call") pairs.call(item.at("call_id"));
    if (type == "function_call_output") pairs.result(item.at("call_id"));
    if (type.empty()) pairs.other();
  }
  pairs.other();
}

void check_messages(const json::value& body) {
  Pairs pairs;
  std::string expected = "user";
  for (const json::value& message : body.at("messages").as_array()) {
    EXPECT_EQ(string_or_empty(message, "role"), expected);
    bool results_may_come = expected == "user";
    if (!results_may_come) pairs.other();
    expected = results_may_come ? "assistant" : "user";
    for (const json::value& block : message.at("content").as_array()) {
      const std::string type = string_or_empty(block, "type");
      if (type == "tool_use") pairs.call(block.at("id"));
      if (type == "tool_result") {
        EXPECT_TRUE(results_may_come) << "a result behind other words";
        pairs.result(block.at("tool_use_id"));
      }
      results_may_come = results_may_come && type == "tool_result";
    }
  }
  pairs.other();
}

struct WireForm {
  std::string_view name;
  std::string (*encode)(const Prompt&);
  void (*check)(const json::value& body);
};

std::string without_marks(std::string body) {
  constexpr std::string_view mark = R"(,"cache_control":{"type":"ephemeral"})";
  for (std::size_t at = 0; (at = body.find(mark, at)) != std::string::npos;) body.erase(at, mark.size());
  return body;
}

const std::array wires{
    WireForm{"chat completions",
             [](const Prompt& p) { return openai_chat::encode_request(p, openai_chat::dialect_for({}, p.model)); },
             check_chat},
    WireForm{"responses",
             [](const Prompt& p) { return openai_responses::encode_request(p, openai_responses::traits_of(p.model)); },
             check_responses},
    WireForm{
        "messages",
        [](const Prompt& p) { return without_marks(anthropic::encode_request(p, anthropic::claude_model(p.model))); },
        check_messages}};

Prompt prompt_of(std::vector<Message> history, const std::string& question) {
  Prompt prompt{.model = "m", .messages = {system_message("Be kind.")}};
  std::ranges::move(history, std::back_inserter(prompt.messages));
  prompt.messages.push_back(user_message(question));
  prompt.tools = {{.name = "sum", .description = "Adds.", .parameters = {{"type", "object"}}}};
  return prompt;
}

// ---- the properties -------------------------------------------------------------------------------------------------

constexpr unsigned conversations = 60;

class AnyConversation : public testing::Test {
 protected:
  /// Runs `body` with many conversations.
  template <class Body>
  static void in_each(Body body) {
    for (unsigned seed = 1; seed <= conversations && !HasFailure(); ++seed) {
      SCOPED_TRACE(testing::Message() << "seed " << seed);
      RandomConversation made(seed);
      std::vector<Event> log = made.events(1 + made.up_to(20));
      body(made, std::move(log));
    }
  }
};

TEST_F(AnyConversation, GivesAPromptThatEveryWireCanSay) {
  in_each([](RandomConversation& made, std::vector<Event> log) {
    // Retention, or the end of what was read, may cut it anywhere.
    log.erase(log.begin(), log.begin() + made.up_to(static_cast<int>(log.size()) - 1));
    ContextLimits limits = everything;
    limits.max_tokens = made.up_to(2'000);
    const Prompt prompt = prompt_of(choose_history(log, limits, made.up_to(200)), "And now?");
    for (const WireForm& wire : wires) {
      SCOPED_TRACE(wire.name);
      wire.check(parse_json(wire.encode(prompt)).value());
    }
  });
}

TEST_F(AnyConversation, BeginsItsNextPromptWithTheBytesOfTheOneBefore) {
  in_each([](RandomConversation&, const std::vector<Event>& log) {
    const std::vector<TurnEvents> turns = choose_turns(log, everything, 0).shown;
    std::vector<Message> history;
    std::array<std::string, wires.size()> last{};
    for (const TurnEvents& turn : turns) {
      std::vector<Message> messages;
      for (ShownMessage& one : messages_of(turn, 256)) messages.push_back(std::move(one.message));
      Prompt asked = prompt_of(history, "");
      asked.messages.back() = messages.front();
      for (std::size_t i = 0; i < wires.size(); ++i) {
        SCOPED_TRACE(wires[i].name);
        const std::string body = wires[i].encode(asked);
        EXPECT_TRUE(body.starts_with(last[i])) << last[i] << "\nand then\n" << body;
        last[i] = body.substr(0, body.rfind("]}"));
        // The last message may go on: what follows on the same side joins it.
        if (wires[i].name == "messages") last[i] = last[i].substr(0, last[i].rfind("]}"));
      }
      std::ranges::move(messages, std::back_inserter(history));
    }
  });
}

TEST_F(AnyConversation, ShowsTheNewestThatFitAndThePreserved) {
  in_each([](RandomConversation& made, const std::vector<Event>& log) {
    ContextLimits limits = everything;
    limits.max_tokens = made.up_to(2'000);
    limits.preserve_recent = made.up_to(8);
    const std::int64_t reserved = made.up_to(200);
    const std::int64_t room = limits.max_tokens - reserved;

    const ChosenTurns chosen = choose_turns(log, limits, reserved);

    std::vector<TurnEvents> all = chosen.left_out;
    std::ranges::copy(chosen.shown, std::back_inserter(all));
    EXPECT_EQ(all, choose_turns(log, everything, 0).shown) << "the newest stand together, and none is lost";
    const std::int64_t shown = tokens_of(chosen.shown);
    if (shown > room && !chosen.shown.empty()) {
      const std::vector<TurnEvents> newer(chosen.shown.begin() + 1, chosen.shown.end());
      EXPECT_LT(messages_in(newer), limits.preserve_recent) << "more than fits, and not to preserve the newest";
    }
    if (chosen.left_out.empty()) return;
    EXPECT_GE(messages_in(chosen.shown), limits.preserve_recent);
    EXPECT_GT(shown + tokens_of(chosen.left_out), room) << "all of it would have fitted";
    std::int64_t given_away = 0;
    for (const TurnEvents& turn : chosen.left_out | std::views::reverse) {
      if (shown + given_away + tokens_of({turn}) > room) break;
      given_away += tokens_of({turn});
    }
    EXPECT_LE(given_away, std::max<std::int64_t>(room, 0) / 4);
  });
}

TEST_F(AnyConversation, IsReadNoFurtherBackThanMatters) {
  in_each([](RandomConversation& made, const std::vector<Event>& log) {
    ContextLimits limits = everything;
    limits.max_tokens = 50 + made.up_to(2'000);
    limits.preserve_recent = made.up_to(8);
    const std::int64_t reserved = made.up_to(50);
    const auto newest = [&](std::size_t count) {
      return std::vector<Event>(log.end() - static_cast<std::ptrdiff_t>(count), log.end());
    };
    std::size_t read = 1;
    while (read < log.size() && !fills_context(newest(read), limits)) {
      read = std::min(log.size(), read + 1 + static_cast<std::size_t>(made.up_to(12)));
    }

    EXPECT_EQ(choose_turns(newest(read), limits, reserved).shown, choose_turns(log, limits, reserved).shown);
  });
}

}  // namespace
}  // namespace convoke
