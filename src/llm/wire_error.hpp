#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "base/secret.hpp"
#include "llm/provider.hpp"

namespace convoke {

/// Who was asked, for the words of an error, and the key no error may contain.
struct Asked {
  std::string provider;
  std::string model;
  Secret api_key{};
};

/// The parts of an HTTP answer an error is read from. Headers as in net/http_client.hpp.
struct RefusedAnswer {
  int status = 0;
  const std::vector<std::pair<std::string, std::string>>& headers;
  std::string_view body;
};

/// A provider's refusal, with the parameter it complained about, if it named one, and its own words.
struct WireError {
  ReplyError reply_error;
  std::string parameter{};
  std::string message{};
};

/// Reads the refusal out of an HTTP answer: its kind, whether it may be asked again, and after which wait. `now` is
/// what an HTTP-date is counted from. The message names provider and model, quotes the provider, and holds no key.
WireError wire_error(const Asked& asked, const RefusedAnswer& answer, WallTime now);

/// The same for an error inside a stream or a body that began as a success: a JSON object, or a bare string.
WireError wire_error_inside(const Asked& asked, const json::value& error, WallTime now);

/// The transport failed: no connection, a reset, a deadline, an answer that ended half-way.
ReplyError transport_error(const Asked& asked, Error error);

/// The peer sent something that cannot be understood; asking again may bring something better.
ReplyError protocol_error(const Asked& asked, std::string_view what);

/// `text` without `key` and without anything that looks like a provider's key.
std::string without_keys(std::string text, const Secret& key);

}  // namespace convoke
