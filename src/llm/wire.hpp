#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "llm/provider.hpp"
#include "llm/wire_error.hpp"
#include "net/http_client.hpp"

namespace convoke {

enum class Wanted {
  more,
  done,  ///< the answer is complete or has failed; what still comes does not matter
};

/// Puts one answer together from the events of its stream, or from a whole body. Tolerates what real servers do. Pure:
/// text in, deltas and one result out. For one answer; used once.
class ReplyBuilder {
 public:
  virtual ~ReplyBuilder() = default;

  /// One event of the stream. `event` is its name, often "".
  virtual Wanted take(std::string_view event, std::string_view data, const ShowDelta& show) = 0;

  /// A whole answer that was not streamed, or an error that came with the status of a success.
  virtual void take_body(std::string_view body, const ShowDelta& show) = 0;

  /// The transport has failed. Counts only while the answer is not complete.
  virtual void interrupt(Error error) = 0;

  /// An id from an HTTP header is preferred to the one inside the answer.
  virtual void set_request_id(std::string id) = 0;

  /// The stream has ended: the reply, or why there is none. A stream that did not say it was complete was cut off.
  virtual ReplyResult finish(const ShowDelta& show) = 0;
};

/// One request as a wire writes it: what comes behind the provider's base URL, its headers (the key among them), and
/// the JSON to post.
struct WireRequest {
  std::string path;
  net::Headers headers{};
  std::string body;
  /// What of the prompt the model cannot be told: "a response_format beside tools". Then it is not asked.
  std::string unmet{};
};

/// The pure half of a provider: how prompts are written and answers read. Knows no socket and no clock. Remembers what
/// each model has refused in the form of a request.
class Wire {
 public:
  virtual ~Wire() = default;

  /// `prompt` names its model.
  virtual WireRequest request_for(const Prompt& prompt) = 0;

  /// Reads the answer to that request. `now` is what dates in an error are counted from.
  virtual std::unique_ptr<ReplyBuilder> builder_for(const Prompt& prompt, Asked asked, WallTime now) = 0;

  /// Learns from a refused request. True if the next one will be written differently, so that asking again makes sense;
  /// false at the latest when everything that can be left out has been.
  virtual bool adapt_to(const Prompt& prompt, const WireError& refusal) = 0;
};

}  // namespace convoke
