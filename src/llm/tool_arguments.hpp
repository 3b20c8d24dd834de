#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace convoke {

/// True if `text` is one whole JSON document, with nothing behind it but white space.
bool is_complete_json(std::string_view text);

/// The JSON documents in `text`, one after another: `{"a":1}{"b":2}` are two. Empty when a part of it is not JSON.
std::vector<std::string_view> split_json_documents(std::string_view text);

/// The arguments of a call as the JSON text of an object, if the model's mistake is one of the common ones: nothing at
/// all, a code fence around it, trailing commas, a JSON string that holds JSON. Text that is already an object, or
/// cannot be saved, is returned as it came.
std::string repaired_arguments(std::string text);

}  // namespace convoke
