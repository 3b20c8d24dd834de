#pragma once
#include <chrono>
#include <string>
#include <string_view>

#include "base/json.hpp"

namespace convoke::mcp {

/// Carries answers from one round of a modern request to the next in the client's hands, so that the client can neither
/// change them nor use them for another request (2026-07-28, multi round-trip requests). The key lives as long as the
/// object.
class InputSeal {
 public:
  InputSeal();

  /// `answers` for whoever repeats `method` with these parameters before `expires`.
  std::string seal(const json::object& answers, std::string_view method, const json::object& params,
                   std::chrono::system_clock::time_point expires) const;

  /// `invalid_input` when the state is not ours, was changed, is for another request, or has expired.
  Result<json::object> open(std::string_view state, std::string_view method, const json::object& params,
                            std::chrono::system_clock::time_point now) const;

 private:
  std::string mac(std::string_view payload) const;
  std::string key_;
};

}  // namespace convoke::mcp
