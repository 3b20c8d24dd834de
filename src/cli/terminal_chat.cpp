#include "cli/terminal_chat.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <iostream>
#include <iterator>

#include "base/random.hpp"
#include "base/run.hpp"
#include "cli/chat_client.hpp"
#include "cli/line_editor.hpp"
#include "cli/person.hpp"
#include "cli/terminal_commands.hpp"
#include "cli/typed_question.hpp"

namespace convoke {
namespace {

constexpr int done = 0;
constexpr int failed = 1;

/// How frames look in the terminal. The answer goes to stdout, as it is where that is no terminal; everything about it
/// to stderr, when a person is there.
AnswerEvents show_answer(LineEditor* person) {
  AnswerEvents events;
  const bool is_shown = isatty(STDOUT_FILENO) != 0;
  events.on_text = [is_shown](std::string_view text) {
    if (is_shown) std::cout << harmless(text) << std::flush;
    if (!is_shown) std::cout << text << std::flush;
  };
  events.on_question = [person](const json::object& input) {
    if (person) return ask_person(input, [&](const std::string& prompt) { return person->read(prompt); }, std::cerr);
    std::cerr << "convoke: nobody is here to ask, so this is declined: " << harmless(string_or_empty(input, "message"))
              << '\n';
    return json::object{{"decision", "decline"}};
  };
  if (!person) return events;
  events.on_activity = [](std::string_view line) { std::cerr << "\033[2m· " << harmless(line) << "\033[0m\n"; };
  return events;
}

/// One question from a pipe; prints the answer alone.
Task<int> answer_pipe(TerminalChatOptions options) {
  std::string question(std::istreambuf_iterator<char>(std::cin), {});
  if (question.find_first_not_of(" \t\r\n") == std::string::npos) {
    std::cerr << "convoke: nothing came on standard input; expected a question\n";
    co_return failed;
  }
  ChatClient client(std::move(options));
  const auto answer = co_await client.ask(std::move(question), {}, show_answer(nullptr));
  if (answer) std::cout << '\n';
  if (!answer) std::cerr << "convoke: " << answer.error().message << '\n';
  co_await client.close();
  co_return answer ? done : failed;
}

/// A conversation with a person.
Task<int> converse(TerminalChatOptions options) {
  ChatClient client(std::move(options));
  const auto status = co_await client.status();
  if (!status) {
    std::cerr << "convoke: " << status.error().message << '\n';
    co_return failed;
  }
  std::cerr << *status << "/help shows the commands.\n";
  if (!client.conversation_id().empty()) {
    const auto newest = co_await client.open_conversation(client.conversation_id());
    if (newest) std::cerr << *newest;  // else it begins now
  }
  LineEditor editor;
  for (;;) {
    const auto line = editor.read("› ");
    if (!line) break;
    if (line->find_first_not_of(" \t") == std::string::npos) continue;
    if (line->starts_with('/') && !line->starts_with("/prompt ")) {
      Terminal terminal{client, [&](const std::string& prompt) { return editor.read(prompt); }, show_answer(&editor)};
      const bool go_on = co_await obey(std::move(terminal), *line);
      if (!go_on) break;
      continue;
    }
    TypedQuestion typed = read_question(*line);
    co_await show_end(client.ask(std::move(typed.text), std::move(typed.materials), show_answer(&editor)));
  }
  co_await client.close();
  co_return done;
}

}  // namespace

int terminal_chat(const TerminalChatOptions& options) {
  const bool person = isatty(STDIN_FILENO) != 0;
  return run(person ? converse(options) : answer_pipe(options));
}

}  // namespace convoke
