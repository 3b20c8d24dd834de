#include "chat/notices.hpp"

#include <fmt/format.h>

namespace convoke {

Processing queued_notice(const WaitingTurn& waiting) {
  const double seconds = static_cast<double>(waiting.eta.count()) / 1000;
  const std::string words =
      waiting.reason == "breaker"
          ? fmt::format("the model does not work at the moment; it is tried again in {:.1f} s", seconds)
          : fmt::format("number {} in the queue, about {:.1f} s", waiting.place, seconds);
  return {"queued", words, {{"place", waiting.place}, {"eta_ms", waiting.eta.count()}, {"reason", waiting.reason}}};
}

Processing fallback_notice(const FellBack& fallback) {
  return {"fallback",
          fmt::format("{} ({}) answers instead: {}", fallback.provider, fallback.model, fallback.reason),
          {{"provider", fallback.provider},
           {"model", fallback.model},
           {"from_provider", fallback.from_provider},
           {"from_model", fallback.from_model},
           {"reason", fallback.reason}}};
}

}  // namespace convoke
