#pragma once
#include <memory>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "llm/call_gate.hpp"
#include "llm/metered_provider.hpp"
#include "llm/provider.hpp"
#include "llm/provider_settings.hpp"
#include "llm/wire.hpp"
#include "net/http_client.hpp"

namespace convoke {

/// What all providers of a loop work with. All of it outlives them.
struct ProviderParts {
  net::HttpClient& http;
  CallGate& gate;
  const Clock& clock;
};

/// The provider these settings describe, with its retries and connections of its own on the client's loop; each call
/// passes the gate and is accounted for. `settings` must have no problems and be known to the gate. `has_budget`: one
/// that holds for all providers, or for its key.
std::unique_ptr<Provider> make_provider(const ProviderSettings& settings, const ProviderParts& parts, Metering metering,
                                        bool has_budget, Log log);

/// What these settings' provider is spoken to in. The demo model is not spoken to.
std::unique_ptr<Wire> make_wire(const ProviderSettings& settings);

}  // namespace convoke
