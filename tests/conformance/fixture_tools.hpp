#pragma once
#include "mcp/server/server.hpp"

/// The tools, prompts and resources the official conformance suite expects of a server.
namespace convoke::mcp::fixture {

/// A small valid PNG and a short silent WAV, in Base64.
extern const char* const png;
extern const char* const wav;

void add_content_tools(Server& server);
void add_talking_tools(Server& server);  ///< progress, log, sampling, elicitation: things that happen on the way
void add_input_tools(Server& server);    ///< multi round-trip requests
void add_task_tools(Server& server);     ///< calls that outlive their request
void add_prompts(Server& server);
void add_resources(Server& server);

/// An object schema of these properties, all of them required.
json::object object_of(json::object properties);
json::object string_property();

}  // namespace convoke::mcp::fixture
