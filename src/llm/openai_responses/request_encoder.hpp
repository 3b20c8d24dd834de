#pragma once
#include <set>
#include <string>

#include "llm/openai_model.hpp"
#include "llm/provider.hpp"

namespace convoke::openai_responses {

/// Names this wire in Reasoning::replay.
inline constexpr std::string_view replay_wire = "openai_responses";

/// What one model takes, by its name and by what it has refused.
struct ModelTraits {
  OpenAiModel model{};
  std::set<std::string, std::less<>> refused{};  ///< members this model has refused; they are left out
};
ModelTraits traits_of(std::string_view model);

/// Leaves out what was refused from now on. False if that is already left out, or cannot be.
bool adapt_to_refusal(ModelTraits& traits, std::string_view parameter);

/// The body of `POST /responses`, asking for a stream and for nothing to be stored: the conversation is ours. Thoughts
/// go back encrypted, as they came, to the model that had them, before what they led to.
std::string encode_request(const Prompt& prompt, const ModelTraits& traits);

}  // namespace convoke::openai_responses
