#pragma once
#include <string>
#include <utility>

namespace convoke {

/// Text that must never be shown: an API key, a token. It has no conversion to string and no comparison; the one place
/// that sends it calls `reveal()`, which is easy to find.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}

  bool empty() const { return text_.empty(); }
  const std::string& reveal() const { return text_; }

 private:
  std::string text_;
};

}  // namespace convoke
