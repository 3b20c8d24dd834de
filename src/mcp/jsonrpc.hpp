#pragma once
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/json.hpp"

/// JSON-RPC 2.0 as MCP uses it: parameters and results are objects, ids are integers or strings. Pure.
namespace convoke::mcp::jsonrpc {

/// 1 and "1" are different ids; a response carries the very one of its request.
using Id = std::variant<std::int64_t, std::string>;

/// HTTP header fields that repeat parts of a message.
using Headers = std::vector<std::pair<std::string, std::string>>;

struct Request {
  Id id;
  std::string method;
  json::object params{};
  bool operator==(const Request&) const = default;
};

struct Notification {
  std::string method;
  json::object params{};
  bool operator==(const Notification&) const = default;
};

struct ErrorObject {
  int code = 0;
  std::string message;
  std::optional<json::value> data{};
  bool operator==(const ErrorObject&) const = default;
};

/// The answer to a request. Only an error about an unreadable request has no id.
struct Response {
  std::optional<Id> id;
  std::expected<json::object, ErrorObject> outcome;
  bool operator==(const Response&) const = default;
};

using Message = std::variant<Request, Notification, Response>;

/// Why a text is no message, in the words to answer with, and the id to answer to where it could be read.
struct Malformed {
  ErrorObject error;
  std::optional<Id> id{};
};

/// Reads one message. Unknown members are ignored. Bytes that are not UTF-8 make it malformed.
std::expected<Message, Malformed> parse_message(std::string_view text);

/// As above, but an array is read as several messages: revision 2025-03-26 allows a peer to send one.
std::vector<std::expected<Message, Malformed>> parse_messages(std::string_view text);
/// The same for a text that nobody else needs: a large one gives back its memory while it is read, so that it and what
/// is read from it are never there at once.
std::vector<std::expected<Message, Malformed>> parse_messages(std::string&& text);

/// One line without line break. Bytes in a text that are not UTF-8 become U+FFFD.
std::string serialise(const Message& message);
/// The same, at the end of `text`.
void append(const Message& message, std::string& text);

Response result(Id id, json::object value);
Response failure(std::optional<Id> id, int code, std::string message, std::optional<json::value> data = {});

json::value to_json(const Id& id);
json::object to_json(const ErrorObject& error);
/// Integers and strings are ids; anything else is not.
std::optional<Id> id_from(const json::value* value);

}  // namespace convoke::mcp::jsonrpc
