#include "mcp/jsonrpc.hpp"

#include <fmt/format.h>

#include <array>
#include <cstring>

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

/// How many bytes from the start of `text` are 7-bit, in steps of eight.
std::size_t ascii_length(std::string_view text) {
  std::size_t length = 0;
  for (std::uint64_t word = 0; length + sizeof word <= text.size(); length += sizeof word) {
    std::memcpy(&word, text.data() + length, sizeof word);
    if (word & 0x8080'8080'8080'8080) break;
  }
  return length;
}

/// How many bytes from the start of `text` are well-formed.
std::size_t valid_length(std::string_view text) {
  std::size_t valid = 0;
  while (valid < text.size()) {
    const auto rest = text.substr(valid);
    const std::size_t plain = ascii_length(rest);
    const std::size_t length = plain > 0 ? plain : sequence_length(rest);
    if (length == 0) break;
    valid += length;
  }
  return valid;
}

/// Puts U+FFFD where `text`, from `start` on, is not UTF-8: what a tool found in some file must not make the whole
/// message unreadable.
void mend_utf8(std::string& text, std::size_t start) {
  const std::size_t valid = start + valid_length(std::string_view(text).substr(start));
  if (valid == text.size()) return;
  const std::string rest = text.substr(valid);
  text.resize(valid);
  for (std::string_view left = rest; !left.empty();) {
    const std::size_t length = sequence_length(left);
    text += length == 0 ? "\xEF\xBF\xBD" : left.substr(0, length);
    left.remove_prefix(std::max<std::size_t>(length, 1));
  }
}

template <class T>
void append_json(const T& value, std::string& text) {
  json::serializer serializer;
  serializer.reset(&value);
  std::array<char, 4096> buffer;
  while (!serializer.done()) text += std::string_view(serializer.read(buffer.data(), buffer.size()));
}

void append_json(const Id& id, std::string& text) {
  std::visit(Overloaded{[&](std::int64_t number) { fmt::format_to(std::back_inserter(text), "{}", number); },
                        [&](const std::string& name) { append_json(json::string(name), text); }},
             id);
}

void append_members(const std::string& method, const json::object& params, std::string& text) {
  text += R"(,"method":)";
  append_json(json::string(method), text);
  if (params.empty()) return;
  text += R"(,"params":)";
  append_json(params, text);
}

void append_members(const Request& request, std::string& text) {
  text += R"(,"id":)";
  append_json(request.id, text);
  append_members(request.method, request.params, text);
}

void append_members(const Notification& notification, std::string& text) {
  append_members(notification.method, notification.params, text);
}

void append_members(const Response& response, std::string& text) {
  if (response.id) {
    text += R"(,"id":)";
    append_json(*response.id, text);
  }
  text += response.outcome ? R"(,"result":)" : R"(,"error":)";
  if (response.outcome) {
    append_json(*response.outcome, text);
  } else {
    append_json(to_json(response.outcome.error()), text);
  }
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

void append(const Message& message, std::string& text) {
  const std::size_t start = text.size();
  text += R"({"jsonrpc":"2.0")";
  std::visit([&](const auto& kind) { append_members(kind, text); }, message);
  text += '}';
  mend_utf8(text, start);
}

std::string serialise(const Message& message) {
  std::string text;
  append(message, text);
  return text;
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
