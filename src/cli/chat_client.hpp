#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "base/task.hpp"
#include "cli/server_link.hpp"
#include "cli/terminal_chat.hpp"
#include "domain/frames.hpp"

namespace convoke {

/// What to do with an answer as it arrives.
struct AnswerEvents {
  std::function<void(std::string_view text)> on_text;
  std::function<void(std::string_view line)> on_activity;  ///< tools, retries; may be empty
  /// The payload that answers a question of the server, without its id. Blocks until the person has decided.
  std::function<json::object(const json::object& input)> on_question;
};

/// One client of a server, over its WebSocket. A lost connection is opened again and the answer resumed where it was.
/// Used from one loop, one call at a time.
class ChatClient {
 public:
  explicit ChatClient(TerminalChatOptions options);

  /// Asks and returns when the answer is complete, with a line about it (tokens, seconds). Ctrl-C cancels the answer,
  /// not the client.
  /// `materials` are further members of the payload: `prompt`, `attachments`.
  Task<Result<std::string>> ask(std::string question, json::object materials, AnswerEvents events);

  /// The newest conversations, a line each.
  Task<Result<std::string>> conversations();
  /// What was found, two lines a hit.
  Task<Result<std::string>> search(std::string text);
  /// Asks the last question of the conversation in other words, or, with none, has it answered once more.
  Task<Result<std::string>> ask_again(std::string question, AnswerEvents events);
  /// The prompts of the tool servers, a line each.
  Task<Result<std::string>> prompts();
  /// Their resources and templates, a line each.
  Task<Result<std::string>> resources();
  /// What is remembered across conversations, a line each.
  Task<Result<std::string>> memory();
  /// Changes it: `action` is "memory.add", "memory.edit" or "memory.delete".
  Task<Result<std::string>> change_memory(std::string action, json::object payload);
  /// A few lines about the server: model, MCP servers, tools.
  Task<Result<std::string>> status();

  void start_new_conversation() {
    options_.conversation_id.clear();
    last_question_ = 0;
  }
  /// Goes on with a conversation, and returns its newest question and answer. `not_found` if there is none.
  Task<Result<std::string>> open_conversation(std::string id);
  void use_model(std::string model) { options_.model = std::move(model); }
  Task<> close() { return link_.close(); }
  ServerLink& link() { return link_; }
  /// Empty: none yet.
  const std::string& conversation_id() const { return options_.conversation_id; }

 private:
  Task<Result<std::string>> ask_with(json::object payload, AnswerEvents events);
  Task<Result<std::string>> follow(json::object chat, AnswerEvents events);
  Task<> cancel_on_interrupt(std::string request_id);

  TerminalChatOptions options_;
  ServerLink link_;
  Sequence last_question_ = 0;  ///< where it stands in the conversation; 0: not known
};

}  // namespace convoke
