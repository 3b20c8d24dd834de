#include "domain/model_call.hpp"

namespace convoke {
namespace {

constexpr CallStatus all_statuses[] = {CallStatus::completed, CallStatus::failed, CallStatus::cancelled,
                                       CallStatus::lost};
constexpr CostSource all_sources[] = {CostSource::unknown, CostSource::nothing, CostSource::provider,
                                      CostSource::price_list, CostSource::reserved};

template <class E, std::size_t n>
std::optional<E> named(const E (&all)[n], std::string_view name) {
  for (const E one : all) {
    if (name_of(one) == name) return one;
  }
  return std::nullopt;
}

}  // namespace

std::string_view name_of(CallStatus status) {
  switch (status) {
    case CallStatus::completed: return "completed";
    case CallStatus::failed: return "failed";
    case CallStatus::cancelled: return "cancelled";
    case CallStatus::lost: return "lost";
  }
  std::unreachable();
}

std::string_view name_of(CostSource source) {
  switch (source) {
    case CostSource::unknown: return "unknown";
    case CostSource::nothing: return "nothing";
    case CostSource::provider: return "provider";
    case CostSource::price_list: return "price_list";
    case CostSource::reserved: return "reserved";
  }
  std::unreachable();
}

std::optional<CallStatus> call_status_of(std::string_view name) { return named(all_statuses, name); }

std::optional<CostSource> cost_source_of(std::string_view name) { return named(all_sources, name); }

json::object to_json(const ModelCall& call) {
  json::object object{{"id", call.id},
                      {"time", to_iso8601(call.time)},
                      {"provider", call.provider},
                      {"model", call.model},
                      {"key", call.key},
                      {"purpose", call.origin.purpose},
                      {"user", call.origin.user},
                      {"conversation_id", call.origin.conversation_id},
                      {"request_id", call.origin.request_id},
                      {"usage", to_json(call.usage)},
                      {"cost", nullptr},
                      {"cost_source", name_of(call.cost_source)},
                      {"status", name_of(call.status)},
                      {"duration_ms", call.duration.count()}};
  if (call.cost) object["cost"] = to_decimal(*call.cost);
  if (!call.error.empty()) object["error"] = call.error;
  return object;
}

}  // namespace convoke
