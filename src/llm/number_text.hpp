#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace convoke {

/// The digits of the number at `path` (names of members, outermost first) in a JSON document, as they are written
/// there: money must not pass through floating point. Nothing if there is no number, or the text is not JSON.
std::optional<std::string> number_text(std::string_view document, std::span<const std::string_view> path);

}  // namespace convoke
