// What servers ask of their host, in the words of a conversation, and the answers in theirs. Pure.
#pragma once
#include <string>
#include <string_view>

#include "domain/input.hpp"
#include "mcp/types/host.hpp"

namespace convoke {

/// A server's elicitation as a question to a person, and their answer as the server understands it. `invalid_input` for
/// a page that is none of the web.
Result<InputRequest> question_of(const std::string& server, const mcp::ElicitRequest& request);
mcp::ElicitResult elicit_result_of(const InputAnswer& answer);

/// A server's wish for a model's words, and these words. `invalid_input` for content models are not given here.
Result<SamplingQuestion> sampling_question_of(const std::string& server, const mcp::SamplingRequest& request);
mcp::SamplingResult sampling_result_of(const SampledReply& reply);

/// A folder the servers may work in, from a path, or a file:// address as it is. Relative paths start at our working
/// directory.
mcp::Root root_of(const std::string& path_or_uri);

/// Host and port of an http or https address, which is what a person should look at before they open it: without user
/// names, which may pretend to be the host. Empty for any other address, and for a host that is not plain ASCII.
std::string host_of_web_address(std::string_view url);

}  // namespace convoke
