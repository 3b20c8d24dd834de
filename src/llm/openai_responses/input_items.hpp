#pragma once
#include <string>
#include <vector>

#include "domain/message.hpp"

namespace convoke::openai_responses {

/// One message as input items, each the JSON of an object. Pictures are only named where the model does not see.
std::vector<std::string> input_items(const Message& message, std::string_view model, bool sees);

}  // namespace convoke::openai_responses
