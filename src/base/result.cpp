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

}  // namespace convoke
