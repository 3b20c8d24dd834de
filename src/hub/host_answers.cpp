#include "hub/host_answers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace convoke {

Result<InputRequest> question_of(const std::string& server, const mcp::ElicitRequest& request) {
  InputRequest question{InputKind::elicitation, server, request.message};
  if (request.mode == mcp::ElicitRequest::Mode::form) {
    question.details = {{"requested_schema", request.requested_schema}};
    return question;
  }
  const std::string host = host_of_web_address(request.url);
  if (host.empty()) return fail(Errc::invalid_input, "only http and https addresses are shown to people");
  question.kind = InputKind::url;
  question.details = {{"url", request.url}, {"host", host}};
  return question;
}

mcp::ElicitResult elicit_result_of(const InputAnswer& answer) {
  using Action = mcp::ElicitResult::Action;
  switch (answer.decision) {
    case InputDecision::accepted: return {Action::accept, answer.content};
    case InputDecision::declined: return {Action::decline};
    case InputDecision::cancelled:
    case InputDecision::expired: return {Action::cancel};
  }
  std::unreachable();
}

std::string host_of_web_address(std::string_view url) {
  const auto scheme = url.starts_with("https://") ? 8U : url.starts_with("http://") ? 7U : 0U;
  if (scheme == 0) return {};
  std::string_view authority = url.substr(scheme, url.find_first_of("/?#\\", scheme) - scheme);
  // What stands before an '@' is there to be mistaken for the host.
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) authority.remove_prefix(at + 1);
  const bool is_plain = std::ranges::all_of(authority, [](char c) { return c > ' ' && c < 0x7F; });
  return is_plain ? std::string(authority) : std::string();
}

namespace {

Result<Part> part_of(const mcp::ContentBlock& block) {
  if (const auto* text = std::get_if<mcp::TextContent>(&block)) return Text{text->text};
  if (const auto* image = std::get_if<mcp::ImageContent>(&block)) return Image{image->mime_type, image->data, ""};
  return fail(Errc::invalid_input, "only texts and pictures can be sampled from here");
}

}  // namespace

Result<SamplingQuestion> sampling_question_of(const std::string& server, const mcp::SamplingRequest& request) {
  SamplingQuestion question{.server = server,
                            .max_tokens = request.max_tokens,
                            .temperature = request.temperature,
                            .stop_sequences = request.stop_sequences,
                            .model_hints = request.model_hints};
  if (!request.system_prompt.empty()) question.messages.push_back(system_message(request.system_prompt));
  for (const mcp::SamplingMessage& message : request.messages) {
    Message ours{message.role == "assistant" ? Role::assistant : Role::user, {}};
    for (const mcp::ContentBlock& block : message.content) {
      TRY(Part part, part_of(block));
      ours.parts.push_back(std::move(part));
    }
    question.messages.push_back(std::move(ours));
  }
  return question;
}

mcp::SamplingResult sampling_result_of(const SampledReply& reply) {
  return {.content = {mcp::TextContent{reply.text}}, .model = reply.model, .stop_reason = reply.stop_reason};
}

mcp::Root root_of(const std::string& path_or_uri) {
  if (path_or_uri.starts_with("file://")) return {path_or_uri};
  const auto path = std::filesystem::absolute(path_or_uri).lexically_normal();
  std::string uri = "file://";
  for (const char c : path.string()) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                          std::string_view("/-._~").contains(c);
    uri += is_plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return {std::move(uri), path.filename().string()};
}

}  // namespace convoke
