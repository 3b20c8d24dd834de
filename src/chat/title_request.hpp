#pragma once
#include <string>
#include <string_view>

#include "llm/provider.hpp"

namespace convoke {

// Titles that a model gives to conversations. Pure.

/// A conversation that has had its first answer, for who gives it a title.
struct FirstExchange {
  std::string conversation_id;
  std::string request_id;
  std::string question;
  std::string answer;
  std::string model{};  ///< who answered, as clients name models; empty: the configured one
  std::string user{};
  std::string client{};
};

/// What a model is asked: at most some hundred tokens in and out, with hardly a thought, after everybody else.
Prompt title_request(const FirstExchange& exchange);

/// The title in what it said: its first line, without quotes, marks of Markdown and a full stop. Empty: there is none.
std::string title_in(std::string_view said);

}  // namespace convoke
