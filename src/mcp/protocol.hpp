#pragma once
#include <array>
#include <optional>
#include <string_view>

namespace convoke::mcp {

/// The published revisions of the protocol, oldest first.
enum class Revision { v2024_11_05, v2025_03_26, v2025_06_18, v2025_11_25, v2026_07_28 };

/// Two ways of talking. `legacy` opens a session with `initialize`; `modern` has no session, every request says all.
enum class Era { legacy, modern };

inline constexpr std::array all_revisions{Revision::v2024_11_05, Revision::v2025_03_26, Revision::v2025_06_18,
                                          Revision::v2025_11_25, Revision::v2026_07_28};
inline constexpr Revision newest_legacy = Revision::v2025_11_25;
inline constexpr Revision newest_modern = Revision::v2026_07_28;

constexpr Era era_of(Revision revision) { return revision >= Revision::v2026_07_28 ? Era::modern : Era::legacy; }

/// The date by which a revision goes on the wire, e.g. "2025-11-25".
std::string_view name_of(Revision revision);
std::optional<Revision> revision_named(std::string_view name);

/// JSON-RPC error codes this protocol gives a meaning.
namespace error_code {
inline constexpr int parse_error = -32700;
inline constexpr int invalid_request = -32600;
inline constexpr int method_not_found = -32601;
inline constexpr int invalid_params = -32602;
inline constexpr int internal_error = -32603;
inline constexpr int resource_not_found = -32002;            ///< legacy
inline constexpr int header_mismatch = -32020;               ///< modern
inline constexpr int missing_client_capability = -32021;     ///< modern
inline constexpr int unsupported_protocol_version = -32022;  ///< modern
inline constexpr int url_elicitation_required = -32042;      ///< 2025-11-25
}  // namespace error_code

/// Keys of `_meta` that belong to the protocol.
namespace meta_key {
inline constexpr std::string_view progress_token = "progressToken";
inline constexpr std::string_view protocol_version = "io.modelcontextprotocol/protocolVersion";
inline constexpr std::string_view client_info = "io.modelcontextprotocol/clientInfo";
inline constexpr std::string_view client_capabilities = "io.modelcontextprotocol/clientCapabilities";
inline constexpr std::string_view log_level = "io.modelcontextprotocol/logLevel";
inline constexpr std::string_view server_info = "io.modelcontextprotocol/serverInfo";
inline constexpr std::string_view subscription_id = "io.modelcontextprotocol/subscriptionId";
inline constexpr std::string_view related_task = "io.modelcontextprotocol/related-task";  ///< 2025-11-25
}  // namespace meta_key

}  // namespace convoke::mcp
