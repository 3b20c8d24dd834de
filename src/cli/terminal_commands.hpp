#pragma once
#include <string>
#include <string_view>

#include "cli/chat_client.hpp"
#include "cli/person.hpp"

namespace convoke {

/// What a command at the terminal works with. All of it outlives the command.
struct Terminal {
  ChatClient& client;
  ReadLine read_line;
  AnswerEvents events;  ///< how an answer is shown
};

/// Does what a line that begins with a slash says, and tells the person about it on stderr. False: the end.
Task<bool> obey(Terminal terminal, std::string_view line);

/// Shows an answer as it comes in, and a line about it.
Task<> show_end(Task<Result<std::string>> asking);

}  // namespace convoke
