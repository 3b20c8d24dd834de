#pragma once
#include <deque>
#include <map>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "llm/fakellm/render.hpp"
#include "llm/fakellm/script.hpp"
#include "net/http_server.hpp"

namespace convoke::fakellm {

/// A model server that speaks as OpenAI and Anthropic do and says what it is told to, as fast or as badly as it is told
/// to: for tests, demonstrations and benchmarks of everything that talks to models. Used from one loop.
class FakeLlm {
 public:
  FakeLlm(Script script, Pace pace);

  /// Answers one HTTP request: `POST /v1/chat/completions`, `/v1/responses` and `/v1/messages`, `GET /v1/models`, `GET`
  /// and `DELETE /requests`.
  Task<net::ServerResponse> answer(net::ServerRequest request);

 private:
  Task<net::ServerResponse> complete(Tongue tongue, std::string body);
  Result<Answer> choose(const Question& question);
  Answer as_scheduled(Answer answer);
  std::shared_ptr<const Rendered> stream_for(const Answer& answer, const Question& question);
  std::string recorded_requests() const;

  Script script_;
  Answer defaults_;
  std::int64_t asked_ = 0;
  SteadyClock::time_point first_asked_{};
  std::deque<std::string> requests_;  ///< the last bodies, oldest first
  std::int64_t requests_seen_ = 0;
  std::map<std::string, std::shared_ptr<const Rendered>> fixed_streams_;  ///< of `fixed:N` models, which never change
};

}  // namespace convoke::fakellm
