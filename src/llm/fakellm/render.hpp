#pragma once
#include <string>
#include <vector>

#include "llm/fakellm/answer.hpp"
#include "llm/fakellm/choose.hpp"

namespace convoke::fakellm {

/// What happens after the last write.
enum class Ending {
  complete,
  cut,    ///< the connection breaks
  stall,  ///< it stays open and silent
};

/// A streamed answer, ready to send: bytes in the order they are written, one event each, and how it ends.
struct Rendered {
  std::vector<std::string> writes;
  Ending ending = Ending::complete;
};

/// The event stream of `answer`. Pure and the same each time, so it can be kept.
Rendered render_stream(const Answer& answer, const Question& question);

/// The body of a completion that is not streamed.
std::string render_completion(const Answer& answer, const Question& question);

/// The body of an error, in the form of that tongue.
std::string render_error(Tongue tongue, int status, std::string_view message, std::string_view code);

}  // namespace convoke::fakellm
