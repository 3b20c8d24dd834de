#include "domain/input.hpp"

namespace convoke {

std::string_view name_of(InputKind kind) {
  switch (kind) {
    case InputKind::approval: return "approval";
    case InputKind::elicitation: return "elicitation";
    case InputKind::url: return "url";
    case InputKind::sampling: return "sampling";
  }
  std::unreachable();
}

std::string_view name_of(InputDecision decision) {
  switch (decision) {
    case InputDecision::accepted: return "accepted";
    case InputDecision::declined: return "declined";
    case InputDecision::cancelled: return "cancelled";
    case InputDecision::expired: return "expired";
  }
  std::unreachable();
}

}  // namespace convoke
