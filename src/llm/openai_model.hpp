#pragma once
#include <string_view>

namespace convoke {

/// What the name of one of OpenAI's own models tells about what it takes.
struct OpenAiModel {
  int version = 0;               ///< 506 for gpt-5.6; 0 for a family without one
  bool reasons = false;          ///< the o-series and everything from gpt-5 on: no sampling, another name for the limit
  bool sees = true;              ///< takes images
  bool needs_responses = false;  ///< tools and reasoning together, or the model at all, only on the Responses API
};
OpenAiModel openai_model(std::string_view name);

}  // namespace convoke
