#include "mcp/server/http_checks.hpp"

#include <boost/algorithm/string/predicate.hpp>
#include <charconv>

#include "mcp/codec/request_headers.hpp"
#include "mcp/codec/tool_headers.hpp"
#include "mcp/protocol.hpp"

namespace convoke::mcp {

namespace {

using boost::algorithm::icontains;
using boost::algorithm::iequals;
using boost::algorithm::istarts_with;

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// "localhost:3000" to "localhost", "[::1]:80" to "[::1]".
std::string_view without_port(std::string_view authority) {
  if (authority.starts_with('[')) return authority.substr(0, authority.find(']') + 1);
  return authority.substr(0, authority.find(':'));
}

bool is_one_of(std::string_view host, const std::vector<std::string>& hosts) {
  return std::ranges::any_of(hosts, [&](const std::string& allowed) { return iequals(allowed, host); });
}

std::optional<jsonrpc::ErrorObject> mismatch(std::string why) {
  return jsonrpc::ErrorObject{error_code::header_mismatch, std::move(why), std::nullopt};
}

/// 42 and 42.0 are the same integer.
bool same_number(const std::string& a, const std::string& b) {
  double left = 0;
  double right = 0;
  const auto [a_end, a_error] = std::from_chars(a.data(), a.data() + a.size(), left);
  const auto [b_end, b_error] = std::from_chars(b.data(), b.data() + b.size(), right);
  const bool both =
      a_error == std::errc{} && b_error == std::errc{} && a_end == a.data() + a.size() && b_end == b.data() + b.size();
  return both && left == right;
}

bool is_number(const json::object& arguments, const MirroredArgument& argument) {
  const json::object* object = &arguments;
  for (std::size_t i = 0; object && i + 1 < argument.path.size(); ++i) object = find_object(*object, argument.path[i]);
  const json::value* value = object ? find(*object, argument.path.back()) : nullptr;
  return value && value->is_number();
}

std::optional<jsonrpc::ErrorObject> argument_mismatch(const json::object& arguments, const MirroredArgument& argument,
                                                      const net::Headers& headers) {
  const auto expected = mirrored_text(arguments, argument);
  if (!expected) return std::nullopt;
  const auto header = net::find_header(headers, argument.header);
  if (!header) return mismatch(argument.header + " is missing");
  const auto said = text_of_header_value(*header);
  if (!said) return mismatch(argument.header + " is not valid Base64");
  const bool same = *said == *expected || (is_number(arguments, argument) && same_number(*said, *expected));
  if (!same) return mismatch(argument.header + " differs from the argument");
  return std::nullopt;
}

}  // namespace

bool comes_from_allowed_host(const net::Headers& headers, const std::vector<std::string>& hosts,
                             const std::vector<std::string>& origins) {
  const auto host = net::find_header(headers, "Host");
  if (!host || !is_one_of(without_port(trimmed(*host)), hosts)) return false;
  const auto origin_field = net::find_header(headers, "Origin");
  if (!origin_field) return true;
  auto origin = trimmed(*origin_field);
  if (is_one_of(origin, origins)) return true;
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (istarts_with(origin, scheme)) return is_one_of(without_port(origin.substr(scheme.size())), hosts);
  }
  return false;
}

bool is_json(const net::Headers& headers) {
  const auto type = net::find_header(headers, "Content-Type").value_or("");
  return iequals(trimmed(type.substr(0, type.find(';'))), "application/json");
}

bool accepts_event_stream(const net::Headers& headers) {
  const auto accepted = net::find_header(headers, "Accept").value_or("");
  return icontains(accepted, "text/event-stream") || accepted.contains("*/*");
}

std::optional<jsonrpc::ErrorObject> version_mismatch(const std::string& version, const net::Headers& headers) {
  const auto header = net::find_header(headers, "MCP-Protocol-Version");
  if (!header) return mismatch("MCP-Protocol-Version is missing");
  if (trimmed(*header) != version) return mismatch("MCP-Protocol-Version differs from _meta");
  return std::nullopt;
}

std::optional<jsonrpc::ErrorObject> header_mismatch(const jsonrpc::Request& request, const net::Headers& headers,
                                                    const Tool* tool) {
  const auto method = net::find_header(headers, "Mcp-Method");
  if (!method) return mismatch("Mcp-Method is missing");
  if (trimmed(*method) != request.method) return mismatch("Mcp-Method differs from the method");

  const auto parameter = named_parameter(request.method);
  const auto name = parameter.empty() ? std::nullopt : find_string(request.params, parameter);
  if (name) {
    const auto header = net::find_header(headers, "Mcp-Name");
    if (!header) return mismatch("Mcp-Name is missing");
    const auto said = text_of_header_value(*header);
    if (!said || *said != *name) return mismatch("Mcp-Name differs from the body");
  }
  const json::object* arguments = find_object(request.params, "arguments");
  const auto mirrored = tool ? mirrored_arguments(tool->input_schema) : Result<std::vector<MirroredArgument>>();
  if (!arguments || !mirrored) return std::nullopt;
  for (const MirroredArgument& argument : *mirrored) {
    if (auto problem = argument_mismatch(*arguments, argument, headers)) return problem;
  }
  return std::nullopt;
}

}  // namespace convoke::mcp
