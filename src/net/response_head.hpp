#pragma once
#include <optional>
#include <string>

#include "net/http_server.hpp"

namespace convoke::net {

/// How a request came, which decides how it is answered.
struct Manner {
  unsigned version = 11;  ///< 10 or 11
  bool keep_alive = false;
  bool is_head = false;
};

/// Where the body of an answer ends.
enum class Framing { none, length, chunks, until_close };

/// Status line and headers of `response`, with the blank line. Pure. A line break in a header field is our own bug and
/// throws std::logic_error: it would let the value write the rest of the answer.
std::string response_head(const ServerResponse& response, Manner manner, Framing framing);

}  // namespace convoke::net
