#pragma once
#include <string_view>

#include "tokens/tokenizer.hpp"

namespace convoke {

/// The tokenizer of a model, by the name its provider knows it by ("gpt-4o-mini", "openai/gpt-4.1", "ft:gpt-4o:acme").
/// An encoding's own name will do, too. For a model whose tokenizer is not known, or not public, an estimate that says
/// how far off it may be.
const Tokenizer& tokenizer_for_model(std::string_view model);

/// What a chat model is given besides the texts, in tokens, as OpenAI's models with these encodings count it. For other
/// models it is about right.
struct ChatOverhead {
  int per_message = 4;   ///< role and separators
  int reply = 3;         ///< what opens the answer, once per request
  int per_tool = 7;      ///< what frames one function's definition
  int tools = 12;        ///< what closes all of them, once per request
  int properties = 3;    ///< what opens the properties of one object
  int per_property = 3;  ///< of each of them
  int choices = -3;      ///< where a property is a choice of values ...
  int per_choice = 3;    ///< ... and each of them
  int per_call = 7;      ///< what frames a call of a function
  bool operator==(const ChatOverhead&) const = default;
};

/// By the rules OpenAI has published for models with this tokenizer ("How to count tokens with tiktoken", sections 6
/// and 7).
ChatOverhead overhead_of(const Tokenizer& tokenizer);

}  // namespace convoke
