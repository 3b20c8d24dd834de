#include "hub/toolbox.hpp"

namespace convoke {

bool is_same_definition(const Tool& a, const Tool& b) {
  return a.server == b.server && a.own_name == b.own_name && a.title == b.title && a.description == b.description &&
         a.input_schema == b.input_schema && a.hints == b.hints;
}

Task<InputAnswer> ToolCaller::ask(InputRequest) { co_return InputAnswer{InputDecision::cancelled}; }

Task<Result<SampledReply>> ToolCaller::sample(SamplingQuestion) {
  co_return fail(Errc::denied, "there is no model for this call");
}

}  // namespace convoke
