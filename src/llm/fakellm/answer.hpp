#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "domain/message.hpp"

namespace convoke::fakellm {

/// How fast an answer comes. Zero means as fast as possible.
struct Pace {
  std::chrono::microseconds first_delay{0};  ///< before the head of the answer
  std::chrono::microseconds chunk_delay{0};  ///< before each chunk
  std::size_t chunk_bytes = 0;               ///< of text in one chunk; 0: one word
};

/// One answer of the fake model, and all that goes wrong with it. A count of chunks says after how many a fault comes.
struct Answer {
  int status = 200;
  std::string retry_after{};  ///< the header, if not empty
  std::string error{};        ///< the message of the error that goes with a status of 400 and more
  std::string error_code{};
  std::string text{};
  std::string reasoning{};
  std::vector<ToolCall> tool_calls{};
  std::string finish_reason{};  ///< "" means "stop", or "tool_calls" where there are some
  Pace pace{};

  std::optional<int> cut_after{};                              ///< the connection ends
  std::optional<int> stall_after{};                            ///< nothing more comes, the connection stays open
  std::optional<int> garbage_after{};                          ///< an event that is not JSON
  std::optional<int> error_after{};                            ///< an error event, and the end
  bool done = true;                                            ///< end with the marker `[DONE]`
  bool usage = true;                                           ///< count tokens where the request asks for it
  bool crlf = false;                                           ///< end lines with CR LF
  bool split_utf8 = false;                                     ///< cut the writes inside of characters
  std::string content_type{};                                  ///< instead of the right one
  std::vector<std::pair<std::string, std::string>> headers{};  ///< besides the usual ones
};

/// Reads an answer as docs/fakellm.md describes it. What is not named comes from `defaults`. `invalid_input` names a
/// key that is not known or has the wrong type.
Result<Answer> read_answer(const json::value& value, const Answer& defaults);

}  // namespace convoke::fakellm
