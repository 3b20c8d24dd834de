#pragma once
#include <memory>

#include "base/log.hpp"
#include "llm/provider.hpp"

namespace convoke {

struct ResumeOptions {
  /// Go on with an answer that broke off after its first word. Otherwise it is a failure that keeps what was said.
  bool resume_partial = false;
  int max_resumes = 3;  ///< of one answer
};

/// Goes on with an answer that is not over: one the provider has paused, always; one that broke off in its middle,
/// where that is wanted. The model is given what it has said and asked for the rest; what it repeats of that is not
/// shown again. Each further request goes to whoever the inner provider would ask now. Half-written tool calls are
/// forgotten: the model writes them anew.
class ResumingProvider final : public Provider {
 public:
  ResumingProvider(std::unique_ptr<Provider> inner, ResumeOptions options, Log log);

  Task<ReplyResult> reply(Prompt prompt, ShowDelta on_delta) override;

 private:
  struct Rest;
  Task<ReplyResult> ask_for_rest(const Prompt& prompt, const Message& so_far, const ShowDelta& on_delta);
  bool may_resume(const ReplyError& error) const;

  std::unique_ptr<Provider> inner_;
  ResumeOptions options_;
  Log log_;
};

}  // namespace convoke
