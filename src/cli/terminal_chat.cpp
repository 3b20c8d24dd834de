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
#include "cli/typed_question.hpp"

namespace convoke {
namespace {

constexpr int done = 0;
constexpr int failed = 1;

/// How frames look in the terminal. The answer goes to stdout; everything about it to stderr, when a person is there.
AnswerEvents show_answer(LineEditor* person) {
  AnswerEvents events;
  events.on_text = [](std::string_view text) { std::cout << text << std::flush; };
  events.on_question = [person](const json::object& input) {
    if (person) return ask_person(input, [&](const std::string& prompt) { return person->read(prompt); }, std::cerr);
    std::cerr << "convoke: nobody is here to ask, so this is declined: " << harmless(string_or_empty(input, "message"))
              << '\n';
    return json::object{{"decision", "decline"}};
  };
  if (!person) return events;
  events.on_activity = [](std::string_view line) { std::cerr << "\033[2m· " << line << "\033[0m\n"; };
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

/// "/memory", "/memory add TEXT", "/memory edit ID TEXT", "/memory forget ID".
Task<Result<std::string>> obey_about_memory(ChatClient& client, std::string_view words) {
  const auto take_word = [&] {
    words.remove_prefix(std::min(words.find_first_not_of(' '), words.size()));
    const std::string_view word = words.substr(0, words.find(' '));
    words.remove_prefix(std::min(word.size() + 1, words.size()));
    return std::string(word);
  };
  const std::string what = take_word();
  if (what.empty()) co_return co_await client.memory();
  if (what == "add") co_return co_await client.change_memory("memory.add", {{"text", words}});
  const std::string id = take_word();
  if (what == "edit") co_return co_await client.change_memory("memory.edit", {{"id", id}, {"text", words}});
  if (what == "forget") co_return co_await client.change_memory("memory.delete", {{"id", id}});
  co_return fail(Errc::invalid_input, "/memory lists; /memory add TEXT, /memory edit ID TEXT, /memory forget ID");
}

void show(const Result<std::string>& lines) { std::cerr << (lines ? *lines : lines.error().message + "\n"); }

/// Shows an answer as it comes in, and a line about it.
Task<> show_end(Task<Result<std::string>> asking) {
  const auto answer = co_await std::move(asking);
  std::cout << "\n";
  if (!answer) std::cerr << "\033[31m" << answer.error().message << "\033[0m\n";
  if (answer) std::cerr << "\033[2m" << *answer << "\033[0m\n";
}

Task<bool> obey(ChatClient& client, LineEditor& person, std::string_view command) {
  if (command == "/quit" || command == "/exit") co_return false;
  if (command == "/new") {
    client.start_new_conversation();
    std::cerr << "A new conversation.\n";
  } else if (command == "/list") {
    const auto list = co_await client.conversations();
    show(list);
  } else if (command.starts_with("/search ")) {
    const auto found = co_await client.search(std::string(command.substr(8)));
    show(found);
  } else if (command.starts_with("/edit ")) {
    co_await show_end(client.ask_again(std::string(command.substr(6)), show_answer(&person)));
  } else if (command == "/regenerate") {
    co_await show_end(client.ask_again("", show_answer(&person)));
  } else if (command.starts_with("/open ")) {
    client.open_conversation(std::string(command.substr(6)));
    std::cerr << "Going on with it.\n";
  } else if (command.starts_with("/model ")) {
    client.use_model(std::string(command.substr(7)));
  } else if (command == "/prompts" || command == "/resources") {
    const auto list = command == "/prompts" ? co_await client.prompts() : co_await client.resources();
    std::cerr << (list ? *list : list.error().message + '\n');
  } else if (command == "/memory" || command.starts_with("/memory ")) {
    const auto said = co_await obey_about_memory(client, command.substr(7));
    std::cerr << (said ? *said : said.error().message + '\n');
  } else if (command == "/status") {
    const auto status = co_await client.status();
    show(status);
  } else {
    std::cerr << "/new, /list, /open ID, /search WORDS, /edit QUESTION (the last one, in other words), /regenerate "
                 "(its answer),\n"
                 "/model NAME, /status, /quit; Ctrl-C stops an answer\n"
                 "/prompts lists prompts of the tool servers; /prompt NAME argument=value … asks with one\n"
                 "/memory lists what is remembered; /memory add TEXT, /memory edit ID TEXT, /memory forget ID\n"
                 "/resources lists what can be attached: write @ and its address into a question\n";
  }
  co_return true;
}

/// A conversation with a person.
Task<int> converse(TerminalChatOptions options) {
  ChatClient client(std::move(options));
  const auto status = co_await client.status();
  if (!status) {
    std::cerr << "convoke: " << status.error().message << "\nIs the server running? Start it with: convoke serve\n";
    co_return failed;
  }
  std::cerr << *status << "/help shows the commands.\n";
  LineEditor editor;
  for (;;) {
    const auto line = editor.read("› ");
    if (!line) break;
    if (line->find_first_not_of(" \t") == std::string::npos) continue;
    if (line->starts_with('/') && !line->starts_with("/prompt ")) {
      const bool go_on = co_await obey(client, editor, *line);
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
