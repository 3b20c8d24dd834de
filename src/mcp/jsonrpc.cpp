#include "mcp/jsonrpc.hpp"

#include "mcp/large_json.hpp"
#include "mcp/protocol.hpp"

namespace convoke::mcp::jsonrpc {

namespace {

using Parsed = std::expected<Message, Malformed>;

std::unexpected<Malformed> malformed(int code, std::string why, std::optional<Id> id = {}) {
  return std::unexpected(Malformed{ErrorObject{code, std::move(why), std::nullopt}, std::move(id)});
}

// What is read is moved out of the document: a tool's answer may be many megabytes.
Parsed read_call(json::object& object, const json::value& method, std::optional<Id> id) {
  const bool wants_answer = object.contains("id");
  const json::string* name = method.if_string();
  if (!name) return malformed(error_code::invalid_request, "method must be a string", std::move(id));
  if (wants_answer && !id) return malformed(error_code::invalid_request, "id must be a string or an integer");

  json::object params;
  if (json::value* given = object.if_contains("params")) {
    json::object* members = given->if_object();
    if (!members) return malformed(error_code::invalid_request, "params must be an object", std::move(id));
    params = std::move(*members);
  }
  if (wants_answer) return Request{*std::move(id), std::string(*name), std::move(params)};
  return Notification{std::string(*name), std::move(params)};
}

Parsed read_response(json::object& object, std::optional<Id> id) {
  if (json::value* result = object.if_contains("result")) {
    json::object* members = result->if_object();
    if (!members) return malformed(error_code::invalid_request, "result must be an object", std::move(id));
    if (!id) return malformed(error_code::invalid_request, "a result needs an id");
    return Response{std::move(id), std::move(*members)};
  }
  const json::value* error = object.if_contains("error");
  if (!error || !error->is_object()) {
    return malformed(error_code::invalid_request, "neither a request nor a response", std::move(id));
  }
  const auto code = find_integer(*error, "code");
  if (!code || *code < INT32_MIN || *code > INT32_MAX) {
    return malformed(error_code::invalid_request, "an error needs an integer code", std::move(id));
  }
  ErrorObject reported{static_cast<int>(*code), string_or_empty(*error, "message"), std::nullopt};
  if (const json::value* data = find(*error, "data")) reported.data = *data;
  return Response{std::move(id), std::unexpected(std::move(reported))};
}

Parsed read_message(json::value& value) {
  json::object* object = value.if_object();
  if (!object) return malformed(error_code::invalid_request, "a message must be an object");
  auto id = id_from(object->if_contains("id"));
  if (find_string(value, "jsonrpc") != "2.0") {
    return malformed(error_code::invalid_request, "jsonrpc must be \"2.0\"", std::move(id));
  }
  if (const json::value* method = object->if_contains("method")) return read_call(*object, *method, std::move(id));
  return read_response(*object, std::move(id));
}

/// How many bytes from the start of `text` are one well-formed UTF-8 sequence (RFC 3629); 0 if they are none.
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t at) { return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U; };
  const auto in = [&](std::size_t at, unsigned low, unsigned high) { return byte(at) >= low && byte(at) <= high; };
  const auto follows = [&](std::size_t at) { return in(at, 0x80, 0xBF); };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (in(0, 0xC2, 0xDF)) return follows(1) ? 2 : 0;
  if (in(0, 0xE0, 0xEF)) {
    const bool second = in(1, first == 0xE0 ? 0xA0 : 0x80, first == 0xED ? 0x9F : 0xBF);
    return second && follows(2) ? 3 : 0;
  }
  if (!in(0, 0xF0, 0xF4)) return 0;
  const bool second = in(1, first == 0xF0 ? 0x90 : 0x80, first == 0xF4 ? 0x8F : 0xBF);
  return second && follows(2) && follows(3) ? 4 : 0;
}

/// Puts U+FFFD where `text` is not UTF-8: what a tool found in some file must not make the whole message unreadable.
std::string with_valid_utf8(std::string text) {
  std::size_t valid = 0;
  while (valid < text.size()) {
    const std::size_t length = sequence_length(std::string_view(text).substr(valid));
    if (length == 0) break;
    valid += length;
  }
  if (valid == text.size()) return text;
  std::string mended = text.substr(0, valid);
  for (std::string_view rest = std::string_view(text).substr(valid); !rest.empty();) {
    const std::size_t length = sequence_length(rest);
    mended += length == 0 ? "\xEF\xBF\xBD" : rest.substr(0, length);
    rest.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return mended;
}

json::object envelope() { return {{"jsonrpc", "2.0"}}; }

json::object to_object(const Request& request) {
  json::object object = envelope();
  object["id"] = to_json(request.id);
  object["method"] = request.method;
  if (!request.params.empty()) object["params"] = request.params;
  return object;
}

json::object to_object(const Notification& notification) {
  json::object object = envelope();
  object["method"] = notification.method;
  if (!notification.params.empty()) object["params"] = notification.params;
  return object;
}

json::object to_object(const Response& response) {
  json::object object = envelope();
  if (response.id) object["id"] = to_json(*response.id);
  if (response.outcome) {
    object["result"] = *response.outcome;
    return object;
  }
  object["error"] = to_json(response.outcome.error());
  return object;
}

}  // namespace

Parsed parse_message(std::string_view text) {
  auto value = parse_json(text);
  if (!value) return malformed(error_code::parse_error, value.error().message);
  return read_message(*value);
}

namespace {

/// As an initializer list would, but without its copy.
std::vector<Parsed> one(Parsed message) {
  std::vector<Parsed> messages;
  messages.push_back(std::move(message));
  return messages;
}

}  // namespace

namespace {

std::vector<Parsed> read_messages(Result<json::value> value) {
  if (!value) return one(malformed(error_code::parse_error, value.error().message));
  json::array* batch = value->if_array();
  if (!batch) return one(read_message(*value));
  if (batch->empty()) return {malformed(error_code::invalid_request, "a batch must not be empty")};
  std::vector<Parsed> messages;
  for (json::value& element : *batch) messages.push_back(read_message(element));
  return messages;
}

}  // namespace

std::vector<Parsed> parse_messages(std::string_view text) { return read_messages(parse_json(text)); }

std::vector<Parsed> parse_messages(std::string&& text) {
  constexpr std::size_t large = 1024 * 1024;
  if (text.size() < large) return read_messages(parse_json(text));
  return read_messages(parse_and_release(std::move(text)));
}

std::string serialise(const Message& message) {
  return with_valid_utf8(json::serialize(std::visit([](const auto& kind) { return to_object(kind); }, message)));
}

Response result(Id id, json::object value) { return {std::move(id), std::move(value)}; }

Response failure(std::optional<Id> id, int code, std::string message, std::optional<json::value> data) {
  return {std::move(id), std::unexpected(ErrorObject{code, std::move(message), std::move(data)})};
}

json::value to_json(const Id& id) {
  return std::visit([](const auto& held) { return json::value(held); }, id);
}

json::object to_json(const ErrorObject& error) {
  json::object object{{"code", error.code}, {"message", error.message}};
  if (error.data) object["data"] = *error.data;
  return object;
}

std::optional<Id> id_from(const json::value* value) {
  if (!value) return std::nullopt;
  if (const auto* number = value->if_int64()) return Id{*number};
  if (const auto* text = value->if_string()) return Id{std::string(*text)};
  return std::nullopt;
}

}  // namespace convoke::mcp::jsonrpc
