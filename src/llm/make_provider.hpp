#pragma once
#include <memory>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "llm/metered_provider.hpp"
#include "llm/provider.hpp"
#include "llm/provider_settings.hpp"
#include "llm/wire.hpp"
#include "net/http_client.hpp"

namespace convoke {

/// The provider these settings describe, with its retries, each of its calls accounted for. `settings` must have no
/// problems. The client and the clock must outlive it; like them it belongs to one loop.
std::unique_ptr<Provider> make_provider(const ProviderSettings& settings, net::HttpClient& http, const Clock& clock,
                                        Metering metering, Log log);

/// What these settings' provider is spoken to in. The demo model is not spoken to.
std::unique_ptr<Wire> make_wire(const ProviderSettings& settings);

}  // namespace convoke
