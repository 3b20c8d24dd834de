#include "llm/openai_chat/openai_chat_provider.hpp"

#include "llm/openai_chat/request_encoder.hpp"
#include "llm/rate_headers.hpp"
#include "llm/wire_error.hpp"

namespace convoke {
namespace {

using openai_chat::Dialect;
using openai_chat::Flavour;
using openai_chat::ReplyStream;
using openai_chat::Wanted;

/// More models than anybody configures: names come from clients, and what is learned about them must not pile up.
constexpr std::size_t max_models = 256;

Flavour flavour_of(ProviderApi api) {
  switch (api) {
    case ProviderApi::openai: return Flavour::openai;
    case ProviderApi::openrouter: return Flavour::openrouter;
    case ProviderApi::groq: return Flavour::groq;
    case ProviderApi::openai_compatible:
    case ProviderApi::demo: return Flavour::generic;
  }
  std::unreachable();
}

std::string_view content_type(const net::HttpHead& head) {
  const auto value = net::find_header(head.headers, "content-type").value_or("");
  return value.substr(0, value.find(';'));
}

/// A stream may come under a wrong type or under none; only what is surely something else is collected instead.
bool is_stream(const net::HttpHead& head) {
  const std::string_view type = content_type(head);
  return head.status == 200 && type != "application/json" && type != "text/html";
}

/// Groq's headers are about a day's requests, all others' about a minute's.
RequestsPer requests_per(ProviderApi api) { return api == ProviderApi::groq ? RequestsPer::day : RequestsPer::minute; }

std::string request_id(const net::HttpHead& head) {
  for (const std::string_view name : {"x-request-id", "x-generation-id", "request-id"}) {
    if (const auto id = net::find_header(head.headers, name)) return std::string(*id);
  }
  return {};
}

}  // namespace

OpenAiChatProvider::OpenAiChatProvider(ProviderSettings settings, net::HttpClient& http, const Clock& clock, Log log)
    : settings_(std::move(settings)), http_(http), clock_(clock), log_(std::move(log)) {}

Task<ReplyResult> OpenAiChatProvider::reply(Prompt prompt, ShowDelta on_delta) {
  fill_in_defaults(prompt);
  for (;;) {
    const Dialect dialect = dialect_of(prompt.model);
    Attempt attempted = co_await attempt(prompt, dialect, on_delta);
    const std::string& refused = attempted.refused_parameter;
    // Learned from here on; each round leaves out one more member, so the loop ends.
    if (refused.empty() || !adapt_to_refusal(dialect_of(prompt.model), refused)) co_return std::move(attempted.result);
    log_.info("llm.parameter_refused", {{"model", prompt.model}, {"parameter", refused}});
  }
}

void OpenAiChatProvider::fill_in_defaults(Prompt& prompt) const {
  if (prompt.model.empty()) prompt.model = settings_.model;
  if (!prompt.temperature) prompt.temperature = settings_.temperature;
  if (!prompt.top_p) prompt.top_p = settings_.top_p;
  if (!prompt.max_output_tokens) prompt.max_output_tokens = settings_.max_tokens;
}

Dialect& OpenAiChatProvider::dialect_of(const std::string& model) {
  if (dialects_.size() >= max_models && !dialects_.contains(model)) dialects_.clear();
  const auto [found, added] = dialects_.try_emplace(model);
  if (added) found->second = openai_chat::dialect_for(flavour_of(settings_.api), model);
  return found->second;
}

net::HttpRequest OpenAiChatProvider::request_for(const Prompt& prompt, const Dialect& dialect) const {
  net::HttpRequest request{.method = "POST", .url = settings_.base_url + "/chat/completions"};
  request.headers = {{"Content-Type", "application/json"}, {"Accept", "text/event-stream, application/json"}};
  if (!settings_.api_key.empty()) request.headers.emplace_back("Authorization", "Bearer " + settings_.api_key.reveal());
  request.body = encode_request(prompt, dialect);
  request.timeouts = {.connect = settings_.timeouts.connect,
                      .first_byte = settings_.timeouts.first_byte,
                      .idle = settings_.timeouts.idle};
  return request;
}

Task<OpenAiChatProvider::Attempt> OpenAiChatProvider::attempt(const Prompt& prompt, const Dialect& dialect,
                                                              const ShowDelta& on_delta) {
  const Asked asked{settings_.name, prompt.model, settings_.api_key};
  const bool think_tags = dialect.flavour == Flavour::generic || dialect.flavour == Flavour::groq;
  ReplyStream stream({.asked = asked, .think_tags = think_tags, .now = clock_.wall()});
  const auto on_head = [&](const net::HttpHead& head) {
    on_delta(LimitsTold{read_rate_headers(head.headers, requests_per(settings_.api), clock_.wall())});
    return is_stream(head);
  };
  net::HttpStreaming streaming{.on_head = on_head, .on_body = [&](std::string_view bytes) {
                                 return stream.feed(bytes, on_delta) == Wanted::done ? net::BodyWanted::done
                                                                                     : net::BodyWanted::more;
                               }};

  const Result<net::HttpResponse> response = co_await http_.send(request_for(prompt, dialect), std::move(streaming));

  if (response && (response->head.status != 200 || content_type(response->head) == "text/html")) {
    const net::HttpHead& head = response->head;
    WireError error =
        wire_error(asked, {.status = head.status, .headers = head.headers, .body = response->body}, clock_.wall());
    const bool form_refused = error.reply_error.kind == FailureKind::unsupported_parameter;
    co_return Attempt{std::unexpected(std::move(error.reply_error)), form_refused ? error.parameter : ""};
  }
  if (!response) stream.interrupt(response.error());
  if (response && !request_id(response->head).empty()) stream.set_request_id(request_id(response->head));
  if (response && !response->body.empty()) stream.feed_whole(response->body, on_delta);
  co_return Attempt{stream.finish(on_delta), ""};
}

}  // namespace convoke
