#include "mcp/client/handshake.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "mcp/types/fields.hpp"

namespace convoke::mcp {

namespace {

/// What an attempt at `server/discover` has shown.
struct Probe {
  enum class Verdict { modern, legacy, failed };
  Verdict verdict;
  Error error{};  ///< when failed
};

Probe failed(Error error) { return {Probe::Verdict::failed, std::move(error)}; }
constexpr auto is_legacy = Probe::Verdict::legacy;

bool is_discover_result(const json::object& result) {
  const json::array* versions = find_array(result, "supportedVersions");
  const bool all_text = versions && std::ranges::all_of(*versions, [](const json::value& v) { return v.is_string(); });
  return all_text && find_object(result, "capabilities");
}

bool contains(const std::vector<std::string>& versions, Revision revision) {
  return std::ranges::find(versions, name_of(revision)) != versions.end();
}

bool any_legacy(const std::vector<std::string>& versions) {
  return std::ranges::any_of(versions, [](const std::string& name) {
    const auto revision = revision_named(name);
    return revision && era_of(*revision) == Era::legacy;
  });
}

/// The server told which versions it speaks.
Probe choose(const std::vector<std::string>& versions) {
  if (contains(versions, newest_modern)) return {Probe::Verdict::modern};
  if (any_legacy(versions)) return {is_legacy};
  return failed({Errc::invalid_input,
                 fmt::format("no common protocol version: we speak {}, the server {}", name_of(newest_modern),
                             fmt::join(versions, ", ")),
                 std::nullopt});
}

void describe(Session& session, const json::object& result) {
  ServerDescription& server = session.server;
  server.revision = newest_modern;
  server.capabilities = server_capabilities_from(fields::object_or_empty(result, "capabilities"));
  server.instructions = string_or_empty(result, "instructions");
  const json::value* meta = find(result, "_meta");
  const json::value* info = meta ? find(*meta, meta_key::server_info) : nullptr;
  if (!info) info = find(result, "serverInfo");
  if (info) server.info = implementation_from(*info);
}

Probe judge_error(const jsonrpc::ErrorObject& error, bool over_http) {
  if (error.code == error_code::unsupported_protocol_version && error.data) {
    return choose(fields::strings(*error.data, "supported"));
  }
  const bool only_modern_says_this =
      error.code == error_code::header_mismatch || error.code == error_code::missing_client_capability;
  if (over_http && only_modern_says_this) return {Probe::Verdict::modern};
  return {is_legacy};
}

Probe judge_silence(const Error& error, Transport::Kind kind) {
  if (kind == Transport::Kind::pipe && error.code == Errc::timed_out) return {is_legacy};
  // Over HTTP a refusal without a JSON-RPC body is a legacy server's; an outage is evidence of nothing.
  const bool refused = error.code == Errc::invalid_input || error.code == Errc::not_found;
  if (kind == Transport::Kind::http && refused) return {is_legacy};
  return failed(error);
}

/// Asks `server/discover` at most twice: a server that rejects the version it says it speaks gets one more try.
Task<Result<Probe>> discover(Session& session, bool bounded) {
  const auto kind = session.transport().kind();
  for (int attempt = 1;; ++attempt) {
    const auto patience =
        bounded && kind == Transport::Kind::pipe ? session.options().probe_timeout : session.options().connect_timeout;
    const CallOptions options{.deadline = SteadyClock::now() + patience};
    const auto response = co_await session.exchange("server/discover", {}, options);
    if (!response) co_return judge_silence(response.error(), kind);
    if (response->outcome) {
      const json::object& result = *response->outcome;
      if (!is_discover_result(result)) co_return Probe{is_legacy};
      describe(session, result);
      co_return choose(fields::strings(result, "supportedVersions"));
    }
    const Probe verdict = judge_error(response->outcome.error(), kind == Transport::Kind::http);
    if (verdict.verdict != Probe::Verdict::modern) co_return verdict;
    if (attempt == 2) co_return failed(error_from(response->outcome.error()));
  }
}

/// False when the server answers that it speaks the modern era: then it was only slow to answer the probe.
Task<Result<bool>> initialize(Session& session) {
  session.speak(session.options().legacy_revision);
  json::object params{{"protocolVersion", name_of(session.options().legacy_revision)},
                      {"capabilities", session.capabilities()},
                      {"clientInfo", to_json(session.options().info)}};
  const CallOptions options;
  CO_TRY(auto response, co_await session.exchange("initialize", std::move(params), options));
  if (!response.outcome) {
    if (response.outcome.error().code == error_code::unsupported_protocol_version) co_return false;
    co_return fail(error_from(response.outcome.error()));
  }

  const json::object& result = *response.outcome;
  const auto version = string_or_empty(result, "protocolVersion");
  const auto revision = revision_named(version);
  if (!revision || era_of(*revision) != Era::legacy) {
    co_return fail(Errc::protocol, "the server wants protocol version '" + version + "', which we do not speak");
  }
  session.server = {*revision, implementation_from(fields::object_or_empty(result, "serverInfo")),
                    server_capabilities_from(fields::object_or_empty(result, "capabilities")),
                    string_or_empty(result, "instructions")};
  session.speak(*revision);
  CO_CHECK(co_await session.notify("notifications/initialized", {}));
  co_return true;
}

Task<Result<void>> shake(Session& session, EraChoice choice) {
  Probe probe{is_legacy};
  if (choice != EraChoice::legacy) {
    session.speak(newest_modern);
    CO_TRY(probe, co_await discover(session, choice == EraChoice::automatic));
    if (choice == EraChoice::modern && probe.verdict == is_legacy) {
      probe = failed({Errc::protocol, "the server does not speak the modern era", std::nullopt});
    }
  }
  if (probe.verdict == is_legacy) {
    CO_TRY(const bool is_done, co_await initialize(session));
    if (!is_done) {
      session.speak(newest_modern);
      CO_TRY(probe, co_await discover(session, false));
      if (probe.verdict == is_legacy) probe = failed({Errc::protocol, "the server refuses both eras", std::nullopt});
    }
  }
  if (probe.verdict == Probe::Verdict::failed) co_return fail(std::move(probe.error));
  co_await session.transport().established();
  co_return Result<void>{};
}

}  // namespace

Task<Result<void>> shake_hands(Session& session, EraChoice choice) {
  const Deadline deadline = SteadyClock::now() + session.options().connect_timeout;
  auto shaking = shake(session, choice);
  auto shaken = co_await with_deadline(deadline, "the handshake", std::move(shaking));
  if (shaken && session.era() == Era::legacy && session.log_level && session.server.capabilities.logging) {
    json::object params{{"level", name_of(*session.log_level)}};
    const auto set = co_await session.request("logging/setLevel", std::move(params), {});
    if (!set) session.log().warning("mcp.log_level_refused", {{"reason", set.error().message}});
  }
  co_return shaken;
}

}  // namespace convoke::mcp
