#include "base/result.hpp"

namespace convoke {

std::string_view name_of(Errc code) {
  switch (code) {
    case Errc::invalid_input: return "invalid_input";
    case Errc::not_found: return "not_found";
    case Errc::conflict: return "conflict";
    case Errc::denied: return "denied";
    case Errc::rate_limited: return "rate_limited";
    case Errc::unavailable: return "unavailable";
    case Errc::timed_out: return "timed_out";
    case Errc::cancelled: return "cancelled";
    case Errc::protocol: return "protocol";
    case Errc::exhausted: return "exhausted";
    case Errc::internal: return "internal";
  }
  std::unreachable();
}

Errc errc_of(std::string_view name) {
  for (int code = 0; code < static_cast<int>(Errc::internal); ++code) {
    if (name_of(static_cast<Errc>(code)) == name) return static_cast<Errc>(code);
  }
  return Errc::internal;
}

}  // namespace convoke
