#include "cli/chat_client.hpp"

#include <fmt/format.h>

#include <algorithm>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/signal_set.hpp>

#include "base/random.hpp"
#include "cli/answer_words.hpp"
#include "cli/person.hpp"
#include "cli/search_lines.hpp"
#include "cli/shown_exchange.hpp"

namespace convoke {

using namespace asio::experimental::awaitable_operators;

namespace {

constexpr int max_reconnects = 5;

/// "42 tokens, 1.3 s, 2 tool calls, model gpt", and how it ended, if that is worth a word.
std::string line_about(const json::value& metadata) {
  std::string line = fmt::format("{} tokens, {:.1f} s", find_integer(metadata, "tokens").value_or(0),
                                 static_cast<double>(find_integer(metadata, "duration_ms").value_or(0)) / 1000);
  if (const auto calls = find_integer(metadata, "tool_calls").value_or(0))
    line += fmt::format(", {} tool calls", calls);
  line += ", model " + string_or_empty(metadata, "model");
  const std::string ending = ending_words(string_or_empty(metadata, "finish_reason"));
  return ending.empty() ? line : line + '\n' + ending;
}

std::string activity_of(const json::value& chunk) {
  const std::string type = string_or_empty(chunk, "type");
  const std::string data = string_or_empty(chunk, "data");
  if (type != "tool_result") return data;
  const json::value* metadata = find(chunk, "metadata");
  const bool is_error = metadata && find_bool(*metadata, "is_error").value_or(false);
  const std::string tool = metadata ? string_or_empty(*metadata, "tool") : "";
  return fmt::format("{} {}: {}", tool, is_error ? "failed" : "answered", data.substr(0, 200));
}

}  // namespace

ChatClient::ChatClient(TerminalChatOptions options)
    : options_(std::move(options)), link_({options_.url, options_.token}) {}

Task<Result<std::string>> ChatClient::ask(std::string question, json::object materials, AnswerEvents events) {
  json::object payload = std::move(materials);
  payload["text"] = std::move(question);
  co_return co_await ask_with(std::move(payload), std::move(events));
}

Task<Result<std::string>> ChatClient::ask_again(std::string question, AnswerEvents events) {
  if (last_question_ == 0 && !options_.conversation_id.empty()) {
    CO_TRY(const json::value data,
           co_await link_.query("conversations.get", {{"conversation_id", options_.conversation_id}}));
    const json::array* log = find_array(data, "events");
    for (const json::value& event : log ? *log : json::array{}) {
      if (string_or_empty(event, "type") == "user_message") last_question_ = find_integer(event, "seq").value_or(0);
    }
  }
  if (last_question_ == 0) co_return fail(Errc::not_found, "there is no question yet");
  json::object payload{{question.empty() ? "regenerate" : "edit", last_question_}};
  if (!question.empty()) payload["text"] = std::move(question);
  co_return co_await ask_with(std::move(payload), std::move(events));
}

Task<Result<std::string>> ChatClient::ask_with(json::object payload, AnswerEvents events) {
  const std::string request_id = random_id("q_");
  if (!options_.conversation_id.empty()) payload["conversation_id"] = options_.conversation_id;
  if (!options_.model.empty()) payload["model"] = options_.model;
  json::object chat{{"action", "chat"}, {"request_id", request_id}, {"payload", std::move(payload)}};
  CO_CHECK(co_await link_.send(chat));
  auto ended = co_await (follow(std::move(chat), std::move(events)) || cancel_on_interrupt(request_id));
  co_return std::get<0>(std::move(ended));
}

/// Reads the frames of one answer. When the connection is lost, it is opened again and the rest is asked for; while no
/// frame has come, the question itself is sent again, which is safe under the same request id.
Task<Result<std::string>> ChatClient::follow(json::object chat, AnswerEvents events) {
  const std::string request_id = string_or_empty(chat, "request_id");
  Sequence last = 0;
  AnswerWords words;
  std::optional<json::object> given;  // an answer to a question that the server has not confirmed
  for (int reconnects = 0;;) {
    auto frame = co_await link_.next_frame();
    if (!frame) {
      if (frame.error().code != Errc::unavailable || ++reconnects > max_reconnects) co_return fail(frame.error());
      co_await sleep_for(reconnects * 300ms);
      json::object resume{{"action", "resume"}, {"request_id", request_id}, {"payload", {{"after", last}}}};
      const auto resumed = co_await link_.send(last == 0 ? chat : std::move(resume));
      if (!resumed && reconnects == max_reconnects) co_return fail(resumed.error());
      if (resumed && given) co_await link_.send(*given);
      continue;
    }
    if (find_string(*frame, "request_id") != request_id) continue;
    const Sequence seq = find_integer(*frame, "seq").value_or(last);
    if (seq == 1) words.begin_anew();
    if (seq > 0) last = seq;
    const auto status = find_string(*frame, "status").value_or("");
    const json::value* metadata = find(*frame, "metadata");
    const json::value* chunk = find(*frame, "chunk");
    if (metadata && options_.conversation_id.empty()) {
      options_.conversation_id = string_or_empty(*metadata, "conversation_id");
    }
    if (status == "chunk" && chunk && find_string(*chunk, "type") == "text") {
      events.on_text(words.take(find_string(*chunk, "data").value_or("")));
    } else if (status == "processing" && chunk && events.on_activity) {
      events.on_activity(activity_of(*chunk));
      if (find_string(*chunk, "type") == "input_closed") given.reset();
    } else if (const json::object* input = find_object(*frame, "input"); status == "input_required" && input) {
      json::object answer = events.on_question(*input);
      answer["input_id"] = string_or_empty(*input, "input_id");
      if (!options_.conversation_id.empty()) answer["conversation_id"] = options_.conversation_id;
      given = {{"action", "answer"}, {"request_id", request_id}, {"payload", std::move(answer)}};
      co_await link_.send(*given);
    } else if (status == "error" && seq == 0 && given) {
      given.reset();  // it was closed or not accepted meanwhile; the turn goes on
      if (events.on_activity) events.on_activity(error_in(*frame).message);
    } else if (status == "complete") {
      if (metadata) last_question_ = find_integer(*metadata, "question_seq").value_or(0);
      co_return metadata ? line_about(*metadata) : "";
    } else if (status == "error") {
      last_question_ = 0;  // it is on record, where only the server knows
      co_return fail(error_in(*frame));
    }
  }
}

/// While an answer comes in, Ctrl-C stops the answer. Never returns by itself.
Task<> ChatClient::cancel_on_interrupt(std::string request_id) {
  asio::signal_set interrupts(co_await asio::this_coro::executor, SIGINT);
  for (;;) {
    co_await interrupts.async_wait(asio::use_awaitable);
    co_await link_.send({{"action", "cancel"}, {"request_id", request_id}});
  }
}

Task<Result<std::string>> ChatClient::open_conversation(std::string id) {
  CO_TRY(const json::value data, co_await link_.query("conversations.get", {{"conversation_id", id}}));
  options_.conversation_id = std::move(id);
  last_question_ = 0;
  const json::array* events = find_array(data, "events");
  co_return events ? newest_exchange(*events) : "";
}

Task<Result<std::string>> ChatClient::conversations() {
  CO_TRY(const json::value data, co_await link_.query("conversations.list", {{"limit", 20}}));
  std::string lines;
  if (const json::array* rows = find_array(data, "conversations")) {
    for (const json::value& row : *rows) {
      lines += fmt::format("{}  {}  {}\n", string_or_empty(row, "id"), string_or_empty(row, "updated").substr(0, 16),
                           string_or_empty(row, "title"));
    }
  }
  co_return lines.empty() ? "There are no conversations yet.\n" : harmless(lines);
}

Task<Result<std::string>> ChatClient::memory() {
  CO_TRY(const json::value data, co_await link_.query("memory.list", {}));
  std::string lines;
  if (const json::array* rows = find_array(data, "facts")) {
    for (const json::value& row : *rows) {
      const std::string conversation = string_or_empty(row, "conversation_id");
      lines += fmt::format("{}  {}{}\n", string_or_empty(row, "id"), string_or_empty(row, "text"),
                           conversation.empty() ? "" : "  (" + conversation + ")");
    }
  }
  co_return lines.empty() ? "Nothing is remembered.\n" : harmless(lines);
}

Task<Result<std::string>> ChatClient::change_memory(std::string action, json::object payload) {
  CO_TRY(const json::value data, co_await link_.query(std::move(action), std::move(payload)));
  co_return string_or_empty(data, "id") + "\n";
}

Task<Result<std::string>> ChatClient::search(std::string text) {
  CO_TRY(const json::value data, co_await link_.query("search", {{"text", std::move(text)}, {"limit", 10}}));
  co_return search_lines(data, true);
}

Task<Result<std::string>> ChatClient::prompts() {
  CO_TRY(const json::value data, co_await link_.query("prompts.list", {}));
  std::string lines;
  const json::array* prompts = find_array(data, "prompts");
  for (const json::value& prompt : prompts ? *prompts : json::array{}) {
    lines += "  /" + string_or_empty(prompt, "name");
    const json::array* arguments = find_array(prompt, "arguments");
    for (const json::value& argument : arguments ? *arguments : json::array{}) {
      const bool required = find_bool(argument, "required").value_or(false);
      const std::string name = string_or_empty(argument, "name");
      lines += required ? fmt::format(" {}=…", name) : fmt::format(" [{}=…]", name);
    }
    const std::string about = string_or_empty(prompt, "description");
    lines += fmt::format("  {}({})\n", about.empty() ? "" : about + " ", string_or_empty(prompt, "server"));
  }
  co_return lines.empty() ? "No tool server has prompts.\n" : harmless(lines);
}

Task<Result<std::string>> ChatClient::resources() {
  CO_TRY(const json::value data, co_await link_.query("resources.list", {}));
  std::string lines;
  for (const auto& [list, address] : {std::pair("resources", "uri"), std::pair("templates", "uri_template")}) {
    const json::array* rows = find_array(data, list);
    for (const json::value& row : rows ? *rows : json::array{}) {
      lines += fmt::format("  @{}  {} ({})\n", string_or_empty(row, address), string_or_empty(row, "name"),
                           string_or_empty(row, "server"));
    }
  }
  co_return lines.empty() ? "No tool server has resources.\n" : harmless(lines);
}

Task<Result<std::string>> ChatClient::status() {
  CO_TRY(const json::value data, co_await link_.query("status", {}));
  std::string lines = fmt::format("Convoke {}, model {} ({})\n", string_or_empty(data, "version"),
                                  string_or_empty(data, "model"), string_or_empty(data, "provider"));
  if (const json::array* servers = find_array(data, "servers")) {
    for (const json::value& server : *servers) {
      lines += fmt::format("  {}: {}, {} tools\n", string_or_empty(server, "name"), string_or_empty(server, "state"),
                           find_integer(server, "tools").value_or(0));
    }
  }
  if (const auto hint = find_string(data, "hint")) lines += fmt::format("{}\n", *hint);
  co_return harmless(lines);
}

}  // namespace convoke
