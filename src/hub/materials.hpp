#pragma once
#include <string>
#include <vector>

#include "domain/material.hpp"
#include "domain/message.hpp"
#include "hub/hub.hpp"

namespace convoke {

/// What the prompt and the resources that a person chose bring into their question.
struct Materials {
  std::vector<Part> parts{};
  json::object described{};  ///< for the record: which they were, without their contents
};

/// "/name argument=value": a prompt in one line, for lists and for people.
std::string to_text(const PromptUse& use);

/// Fetches them from their servers. The first failure fails all: a question without what it is about makes no sense.
Task<Result<Materials>> gather_materials(Hub& hub, std::optional<PromptUse> prompt,
                                         std::vector<ResourceUse> attachments);

/// The answer to a question about what servers have, as docs/websocket-api.md describes it.
Task<Result<json::object>> answer_content_query(Hub& hub, ContentQuery query);

/// What a prompt says, as parts of one message of the user. Where it has words of an assistant, too, each message is
/// headed by who says it. Pure.
std::vector<Part> parts_of_prompt(const mcp::GetPromptResult& prompt);

/// What a resource holds, as the model reads it: marked as data and with where it comes from; long texts cut with a
/// note, pictures as pictures, what a model cannot read described. Pure.
std::vector<Part> parts_of_resource(const std::string& server, const std::string& uri,
                                    const mcp::ReadResourceResult& resource);

}  // namespace convoke
