#include "cli/terminal_commands.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <iostream>

#include "cli/conversation_files.hpp"

namespace convoke {
namespace {

using Said = Result<std::string>;

/// The first word of `words`, which is taken off.
std::string take_word(std::string_view& words) {
  words.remove_prefix(std::min(words.find_first_not_of(' '), words.size()));
  const std::string_view word = words.substr(0, words.find(' '));
  words.remove_prefix(std::min(word.size() + 1, words.size()));
  return std::string(word);
}

Result<std::int64_t> number_in(std::string_view word) {
  std::int64_t number = 0;
  const auto [stop, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  const bool is_number = error == std::errc{} && stop == word.data() + word.size() && number >= 0;
  if (!is_number) return fail(Errc::invalid_input, fmt::format("'{}' is no number", word));
  return number;
}

/// The conversation that is open.
Result<std::string> current(const Terminal& terminal) {
  if (!terminal.client.conversation_id().empty()) return terminal.client.conversation_id();
  return fail(Errc::not_found, "there is no conversation yet: ask something, or /open one");
}

Task<Said> start_anew(Terminal& terminal, std::string) {
  terminal.client.start_new_conversation();
  co_return "A new conversation.\n";
}

Task<Said> open_one(Terminal& terminal, std::string id) {
  if (id.empty()) co_return fail(Errc::invalid_input, "/open ID, as /list shows it");
  CO_TRY(const std::string newest, co_await terminal.client.open_conversation(std::move(id)));
  co_return newest.empty() ? "Going on with it.\n" : newest;
}

Task<Said> use_model(Terminal& terminal, std::string name) {
  terminal.client.use_model(std::move(name));
  co_return "";
}

Task<Said> list(Terminal& terminal, std::string) { return terminal.client.conversations(); }
Task<Said> show_status(Terminal& terminal, std::string) { return terminal.client.status(); }
Task<Said> list_prompts(Terminal& terminal, std::string) { return terminal.client.prompts(); }
Task<Said> list_resources(Terminal& terminal, std::string) { return terminal.client.resources(); }

Task<Said> search(Terminal& terminal, std::string words) { return terminal.client.search(std::move(words)); }

Task<Said> edit(Terminal& terminal, std::string question) {
  if (question.empty()) co_return fail(Errc::invalid_input, "/edit QUESTION: the last one, in other words");
  co_await show_end(terminal.client.ask_again(std::move(question), terminal.events));
  co_return "";
}

Task<Said> regenerate(Terminal& terminal, std::string) {
  co_await show_end(terminal.client.ask_again("", terminal.events));
  co_return "";
}

/// As the page has it.
constexpr std::string_view go_on = "Go on where you stopped.";

Task<Said> continue_answer(Terminal& terminal, std::string) {
  CO_CHECK(current(terminal));
  co_await show_end(terminal.client.ask(std::string(go_on), {}, terminal.events));
  co_return "";
}

Task<Said> use_memory(Terminal& terminal, std::string argument) {
  std::string_view words = argument;
  const std::string what = take_word(words);
  if (what.empty()) co_return co_await terminal.client.memory();
  if (what == "add") co_return co_await terminal.client.change_memory("memory.add", {{"text", words}});
  const std::string id = take_word(words);
  if (what == "edit") co_return co_await terminal.client.change_memory("memory.edit", {{"id", id}, {"text", words}});
  if (what == "forget") co_return co_await terminal.client.change_memory("memory.delete", {{"id", id}});
  co_return fail(Errc::invalid_input, "/memory lists; /memory add TEXT, /memory edit ID TEXT, /memory forget ID");
}

Task<Said> fork(Terminal& terminal, std::string at) {
  CO_TRY(const std::string id, current(terminal));
  json::object payload{{"conversation_id", id}};
  if (!at.empty()) {
    CO_TRY(payload["at"], number_in(at));
  }
  CO_TRY(const json::value made, co_await terminal.client.link().query("conversations.fork", std::move(payload)));
  CO_CHECK(co_await terminal.client.open_conversation(string_or_empty(made, "conversation_id")));
  co_return fmt::format("Going on with a fork: {}\n", terminal.client.conversation_id());
}

Task<Said> rename(Terminal& terminal, std::string title) {
  CO_TRY(const std::string id, current(terminal));
  json::object payload{{"conversation_id", id}, {"title", title}};
  CO_TRY(const json::value done, co_await terminal.client.link().query("conversations.rename", std::move(payload)));
  co_return fmt::format("It is called “{}” now.\n", harmless(string_or_empty(done, "title")));
}

Task<Said> put_away(Terminal& terminal, std::string id) {
  if (id.empty()) {
    CO_TRY(id, current(terminal));
  }
  CO_CHECK(co_await terminal.client.link().query("conversations.archive", {{"conversation_id", id}}));
  if (id == terminal.client.conversation_id()) terminal.client.start_new_conversation();
  co_return fmt::format("Put away: {}. /unarchive {} takes it out again.\n", id, id);
}

Task<Said> take_out(Terminal& terminal, std::string id) {
  if (id.empty()) co_return fail(Errc::invalid_input, "/unarchive ID");
  json::object payload{{"conversation_id", id}, {"archived", false}};
  CO_CHECK(co_await terminal.client.link().query("conversations.archive", std::move(payload)));
  co_return "It is in the list again.\n";
}

Task<Said> erase(Terminal& terminal, std::string id) {
  if (id.empty()) {
    CO_TRY(id, current(terminal));
  }
  const auto said = terminal.read_line(fmt::format("Delete {} for good? (yes/no) ", id));
  if (said != "yes") co_return "It stays.\n";
  CO_CHECK(co_await terminal.client.link().query("conversations.delete", {{"conversation_id", id}}));
  if (id == terminal.client.conversation_id()) terminal.client.start_new_conversation();
  co_return "It is gone.\n";
}

/// Events that have others beside them, a line each: "5: 3 [5] 9  What is it?".
Task<Said> list_versions(Terminal& terminal, std::string) {
  CO_TRY(const std::string id, current(terminal));
  CO_TRY(const json::value data,
         co_await terminal.client.link().query("conversations.get", {{"conversation_id", id}, {"limit", 1000}}));
  std::string lines;
  const json::array* events = find_array(data, "events");
  for (const json::value& event : events ? *events : json::array{}) {
    const json::array* siblings = find_array(event, "siblings");
    const auto seq = find_integer(event, "seq").value_or(0);
    if (!siblings) continue;
    for (const json::value& sibling : *siblings) {
      const auto one = sibling.is_int64() ? sibling.get_int64() : 0;
      lines += one == seq ? fmt::format(" [{}]", one) : fmt::format(" {}", one);
    }
    lines += fmt::format("  {}: {}\n", string_or_empty(event, "type"),
                         harmless(string_or_empty(event, "content").substr(0, 60)));
  }
  co_return lines.empty() ? "There is one version of everything.\n" : lines + "/switch NUMBER goes to another one.\n";
}

Task<Said> switch_version(Terminal& terminal, std::string word) {
  CO_TRY(const std::string id, current(terminal));
  CO_TRY(const std::int64_t seq, number_in(word));
  json::object payload{{"conversation_id", id}, {"seq", seq}};
  CO_CHECK(co_await terminal.client.link().query("conversations.switch", std::move(payload)));
  CO_TRY(const std::string newest, co_await terminal.client.open_conversation(id));
  co_return newest + "Going on from there.\n";
}

std::string about_retention(const json::value& data) {
  const json::object* own = find_object(data, "retention");
  std::string line = "As configured";
  if (own) {
    const auto limit = find_integer(*own, "limit");
    line = string_or_empty(*own, "policy") + (limit ? fmt::format(" {}", *limit) : "");
  }
  return fmt::format("{}: {} events would go now.\n", line, find_integer(data, "would_go").value_or(0));
}

/// "/retention", "/retention message_count 100", "/retention default"; with "try" before it, it is only tried.
Task<Said> retain(Terminal& terminal, std::string argument) {
  CO_TRY(const std::string id, current(terminal));
  json::object payload{{"conversation_id", id}};
  std::string_view words = argument;
  std::string policy = take_word(words);
  if (policy == "try") {
    payload["dry_run"] = true;
    policy = take_word(words);
  }
  const std::string limit = take_word(words);
  if (policy == "default") payload["retention"] = nullptr;
  if (!policy.empty() && policy != "default") {
    json::object retention{{"policy", policy}};
    if (!limit.empty()) {
      CO_TRY(retention["limit"], number_in(limit));
    }
    payload["retention"] = std::move(retention);
  }
  CO_TRY(const json::value data, co_await terminal.client.link().query("conversations.retention", std::move(payload)));
  co_return about_retention(data);
}

Task<Said> export_one(Terminal& terminal, std::string argument) {
  CO_TRY(const std::string id, current(terminal));
  std::string_view words = argument;
  const std::string file = take_word(words);
  const std::string format = take_word(words);
  if (file.empty()) co_return fail(Errc::invalid_input, "/export FILE, or /export FILE openai");
  CO_TRY(const std::int64_t events,
         co_await export_to_file(terminal.client.link(), {id}, format.empty() ? "jsonl" : format, file));
  co_return fmt::format("{}: {} events\n", file, events);
}

Task<Said> import_file(Terminal& terminal, std::string path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) co_return fail(Errc::not_found, path + ": cannot be read");
  ImportedFile sent;
  const auto imported = co_await import_from(terminal.client.link(), file, false, sent);
  std::string lines;
  for (const std::string& line : sent.lines) lines += harmless(line) + '\n';
  if (!imported) lines += fmt::format("{}: {}\n", path, imported.error().message);
  co_return lines;
}

struct Command {
  std::string_view name;
  std::string_view usage;
  std::string_view about;
  Task<Said> (*run)(Terminal&, std::string argument);
};

constexpr std::array commands{
    Command{"/new", "", "begins a conversation", start_anew},
    Command{"/list", "", "the newest conversations", list},
    Command{"/open", "ID", "goes on with one of them", open_one},
    Command{"/search", "WORDS", "in everything that was said", search},
    Command{"/edit", "QUESTION", "asks the last question in other words", edit},
    Command{"/regenerate", "", "has it answered once more", regenerate},
    Command{"/continue", "", "has an answer go on that was stopped or cut off", continue_answer},
    Command{"/versions", "", "the versions of questions and answers", list_versions},
    Command{"/switch", "NUMBER", "goes to another version", switch_version},
    Command{"/fork", "[NUMBER]", "goes on in a conversation of its own, from there", fork},
    Command{"/rename", "TITLE", "gives the conversation a title", rename},
    Command{"/archive", "[ID]", "puts it away", put_away},
    Command{"/unarchive", "ID", "takes it out again", take_out},
    Command{"/delete", "[ID]", "deletes it for good, asks before", erase},
    Command{"/retention", "[try] [POLICY [LIMIT]]",
            "how much of it stays: unlimited, token_limit, message_count, "
            "time_based, default",
            retain},
    Command{"/export", "FILE [openai]", "writes it to a file", export_one},
    Command{"/import", "FILE", "takes conversations from a file", import_file},
    Command{"/memory", "[add TEXT | edit ID TEXT | forget ID]", "what is remembered", use_memory},
    Command{"/prompts", "", "prompts of the tool servers; /prompt NAME argument=value … asks with one", list_prompts},
    Command{"/resources", "", "what can be attached: write @ and its address into a question", list_resources},
    Command{"/model", "NAME", "asks this model from now on", use_model},
    Command{"/status", "", "the server, its model and its tools", show_status},
};

std::string help() {
  std::string lines;
  for (const Command& command : commands) {
    lines += fmt::format("{:<24}  {}\n", fmt::format("{} {}", command.name, command.usage), command.about);
  }
  return lines + "/quit                     ends; Ctrl-C stops an answer\n";
}

}  // namespace

Task<> show_end(Task<Result<std::string>> asking) {
  const auto answer = co_await std::move(asking);
  std::cout << "\n";
  if (!answer) std::cerr << "\033[31m" << harmless(answer.error().message) << "\033[0m\n";
  if (answer) std::cerr << "\033[2m" << harmless(*answer) << "\033[0m\n";
}

Task<bool> obey(Terminal terminal, std::string_view line) {
  const std::string_view name = line.substr(0, line.find(' '));
  std::string argument(line.substr(name.size()));
  argument.erase(0, argument.find_first_not_of(' '));
  argument.erase(argument.find_last_not_of(' ') + 1);
  if (name == "/quit" || name == "/exit") co_return false;
  const auto command = std::ranges::find(commands, name, &Command::name);
  if (command == commands.end()) {
    std::cerr << help();
    co_return true;
  }
  const auto said = co_await command->run(terminal, std::move(argument));
  std::cerr << (said ? *said : harmless(said.error().message) + "\n");
  co_return true;
}

}  // namespace convoke
