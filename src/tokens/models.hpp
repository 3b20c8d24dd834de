#pragma once
#include <string_view>

#include "tokens/tokenizer.hpp"

namespace convoke {

/// The tokenizer of a model, by the name its provider knows it by ("gpt-4o-mini", "openai/gpt-4.1", "ft:gpt-4o:acme").
/// For a model whose tokenizer is not known, or not public, an estimate that says how far off it may be.
const Tokenizer& tokenizer_for_model(std::string_view model);

/// What a chat model is given besides the texts, in tokens, as OpenAI's models with these encodings count it. For other
/// models it is about right.
struct ChatOverhead {
  int per_message = 3;  ///< role and separators
  int per_name = 1;     ///< of a message with a name
  int reply = 3;        ///< what opens the answer, once per request
  int per_tool = 12;    ///< what frames one function's definition
  int per_call = 7;     ///< what frames a call of a function
};

}  // namespace convoke
