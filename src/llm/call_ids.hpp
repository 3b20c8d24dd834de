#pragma once
#include <string>
#include <string_view>

namespace convoke {

/// The id of a tool call in a form that every provider takes: letters, digits, `_` and `-`, at most `max_size` of them
/// (9: letters and digits only, exactly that many, as Mistral wants it). An id that has this form already stays as it
/// is; another becomes the same new one each time, so that a call and its result still belong together when a
/// conversation moves from one provider to another.
std::string portable_call_id(std::string_view id, std::size_t max_size);

}  // namespace convoke
