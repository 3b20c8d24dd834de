// What servers have besides tools, as a person uses it: prompts to begin with, resources to attach.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace convoke {

/// A prompt of a server, filled in.
struct PromptUse {
  std::string server;  ///< "" when the name says enough
  std::string name;
  std::map<std::string, std::string> arguments{};
  bool operator==(const PromptUse&) const = default;
};

/// A resource of a server. The URI need not be listed: it may come from a template.
struct ResourceUse {
  std::string server;  ///< "" when the URI says enough
  std::string uri;
  bool operator==(const ResourceUse&) const = default;
};

struct ListPrompts {};
struct GetPrompt {
  PromptUse prompt;
};
struct ListResources {};
struct ReadResource {
  ResourceUse resource;
};
/// Values that would complete an argument of a prompt, or a variable of a resource template.
struct CompleteArgument {
  std::string server;
  std::string prompt;        ///< a name; or else
  std::string uri_template;  ///< as listed
  std::string argument;
  std::string value;                               ///< what was typed so far
  std::map<std::string, std::string> arguments{};  ///< the others, as far as known
};

/// A question about what servers have.
using ContentQuery = std::variant<ListPrompts, GetPrompt, ListResources, ReadResource, CompleteArgument>;

}  // namespace convoke
