#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace convoke::mcp {

/// Cuts a stream of bytes into lines at '\n', dropping a '\r' before it and blank lines. Splitting happens on bytes,
/// before anything is decoded: a line may arrive in many pieces, and a piece may hold many lines. Pure.
class LineSplitter {
 public:
  explicit LineSplitter(std::size_t max_line_bytes) : max_line_bytes_(max_line_bytes) {}

  /// `protocol` when a line outgrows the bound; the splitter is of no use then.
  Result<void> feed(std::string_view bytes, const std::function<void(std::string line)>& on_line);
  /// The stream has ended: hands out a last line without '\n'.
  void finish(const std::function<void(std::string line)>& on_line);

 private:
  std::size_t max_line_bytes_;
  std::string partial_;
};

}  // namespace convoke::mcp
