#pragma once
#include <string>
#include <string_view>

namespace convoke {

/// What Reasoning::replay holds: a wire's own JSON for thoughts (signatures, encrypted content), with the wire and the
/// model it came from. Signatures are bound to both; anybody else refuses them.
std::string tied_replay(std::string_view wire, std::string_view model, std::string_view content_json);

/// The content again, as JSON text, if it came from this wire and model; else "".
std::string replay_for(std::string_view wire, std::string_view model, std::string_view replay);

}  // namespace convoke
