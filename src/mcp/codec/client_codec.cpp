#include "mcp/codec/client_codec.hpp"

#include <fmt/format.h>

namespace convoke::mcp {

namespace {

json::object& meta_of(json::object& params) {
  json::value& meta = params["_meta"];
  if (!meta.is_object()) meta.emplace_object();
  return meta.as_object();
}

/// What a revision's schema knows of the capabilities.
ClientCapabilities known_to(Revision revision, ClientCapabilities capabilities) {
  if (revision < Revision::v2025_06_18) capabilities.elicitation_form = capabilities.elicitation_url = false;
  if (revision < Revision::v2025_11_25) capabilities.elicitation_url = capabilities.sampling_tools = false;
  if (era_of(revision) == Era::modern) {
    capabilities.roots_list_changed = false;
    if (capabilities.tasks) capabilities.extensions[tasks_extension].emplace_object();
  } else {
    capabilities.extensions.clear();
  }
  return capabilities;
}

Result<InputRequired> input_required_from(const json::object& result) {
  InputRequired asked;
  if (const auto state = find_string(result, "requestState")) asked.state = std::string(*state);
  TRY(asked.requests, input_requests_from(result));
  if (asked.requests.empty() && !asked.state) return fail(Errc::protocol, "input is required, but not said which");
  return asked;
}

}  // namespace

ClientCodec::ClientCodec(Revision revision, Implementation info, ClientCapabilities capabilities)
    : revision_(revision),
      takes_tasks_(capabilities.tasks),
      info_(to_json(info)),
      capabilities_(to_json(known_to(revision, std::move(capabilities)))) {}

json::object ClientCodec::encode(json::object params, const CallEnvelope& envelope) const {
  if (envelope.progress_token) meta_of(params)[meta_key::progress_token] = *envelope.progress_token;
  if (envelope.trace != TraceContext{}) add_trace_context(meta_of(params), envelope.trace);
  if (era() == Era::legacy) return params;
  json::object& meta = meta_of(params);
  meta[meta_key::protocol_version] = name_of(revision_);
  meta[meta_key::client_info] = info_;
  meta[meta_key::client_capabilities] =
      envelope.capabilities ? to_json(known_to(revision_, *envelope.capabilities)) : capabilities_;
  if (envelope.log_level) meta[meta_key::log_level] = name_of(*envelope.log_level);
  return params;
}

json::object ClientCodec::with_answers(json::object params, json::object answers, const InputRequired& asked) {
  if (!asked.requests.empty()) params["inputResponses"] = std::move(answers);
  if (asked.state) params["requestState"] = *asked.state;
  return params;
}

Result<Outcome> ClientCodec::decode(json::object result) const {
  if (era() == Era::legacy) return result;
  const json::value* type = result.if_contains("resultType");
  if (!type) return result;  // tolerated: means "complete"
  if (type->is_string() && type->as_string() == "complete") return result;
  if (type->is_string() && type->as_string() == "input_required") {
    TRY(InputRequired asked, input_required_from(result));
    return asked;
  }
  if (type->is_string() && type->as_string() == "task" && takes_tasks_) {
    TRY(TaskReport report, task_report_from(result));
    return report;
  }
  return fail(Errc::protocol, "a result of unknown type " + json::serialize(*type));
}

Error error_from(const jsonrpc::ErrorObject& error) {
  std::string message = fmt::format("the server answered error {}: {}", error.code, error.message);
  switch (error.code) {
    case error_code::method_not_found:
    case error_code::resource_not_found: return {Errc::not_found, std::move(message), std::nullopt};
    case error_code::invalid_params:
      // The modern era says "no such resource" with this code, and names the resource.
      if (error.data && find_string(*error.data, "uri")) return {Errc::not_found, std::move(message), std::nullopt};
      return {Errc::invalid_input, std::move(message), std::nullopt};
    case error_code::invalid_request: return {Errc::invalid_input, std::move(message), std::nullopt};
    default: return {Errc::protocol, std::move(message), std::nullopt};
  }
}

}  // namespace convoke::mcp
