#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/money.hpp"
#include "domain/message.hpp"

namespace convoke {

/// Who caused a call of a model, and what for.
struct CallOrigin {
  std::string purpose = "chat";  ///< "chat"; later "title", "summary", "sampling"
  std::string user{};            ///< empty where nobody is known by name
  std::string conversation_id{};
  std::string request_id{};
  bool operator==(const CallOrigin&) const = default;
};

enum class CallStatus {
  completed,
  failed,     ///< refused, or broken off by the provider
  cancelled,  ///< broken off by us
  lost,       ///< the process did not live to see its end
};
std::string_view name_of(CallStatus status);
std::optional<CallStatus> call_status_of(std::string_view name);

/// Where the figure of a call's cost comes from.
enum class CostSource {
  unknown,     ///< there is none: nobody knows the price of this model
  nothing,     ///< it used no tokens: that costs nothing at any price
  provider,    ///< the provider said it
  price_list,  ///< its tokens by our price list
  reserved,    ///< what it could have cost at most: it was lost
};
std::string_view name_of(CostSource source);
std::optional<CostSource> cost_source_of(std::string_view name);

/// One call of a model, attempt by attempt: what the ledger keeps.
struct ModelCall {
  std::string id{};  ///< unique; made when the call is reserved
  WallTime time{};   ///< when it was sent
  std::string provider{};
  std::string model{};  ///< as the provider named it in its answer, else as it was asked for
  std::string key{};    ///< the label of the API key, never the key
  CallOrigin origin{};
  Usage usage{};                ///< `usage.estimated` where the tokens are our own count
  std::optional<Money> cost{};  ///< nothing: unknown, which is not free
  CostSource cost_source = CostSource::unknown;
  CallStatus status = CallStatus::completed;
  std::string error{};  ///< the kind of failure, e.g. "rate_limit"
  std::chrono::milliseconds duration{0};
  bool operator==(const ModelCall&) const = default;
};

/// The call as JSON, with its cost in dollars as a decimal text, or null.
json::object to_json(const ModelCall& call);

}  // namespace convoke
