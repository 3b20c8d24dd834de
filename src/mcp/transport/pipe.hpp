#pragma once
#include <string>

#include "base/task.hpp"

namespace convoke::mcp {

/// Whole messages, one JSON text each, in both directions: what stdio and the in-memory connection have in common.
/// One task reads, one writes. Used from one loop only.
class Pipe {
 public:
  virtual ~Pipe() = default;

  /// The next message. `unavailable` once the peer is gone, `protocol` when a message is too long; both say why.
  virtual Task<Result<std::string>> read() = 0;

  /// Writes one message, or several joined by line breaks; without the last line break. `unavailable` once the peer
  /// reads no more.
  virtual Task<Result<void>> write(std::string messages) = 0;

  /// Ends the connection in an orderly way. To be awaited, once, before the pipe is destroyed.
  virtual Task<> close() = 0;
};

}  // namespace convoke::mcp
