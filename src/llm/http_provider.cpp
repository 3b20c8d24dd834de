#include "llm/http_provider.hpp"

#include <fmt/format.h>

#include "llm/rate_headers.hpp"
#include "llm/reply_stream.hpp"
#include "llm/wire_error.hpp"

namespace convoke {
namespace {

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

HttpProvider::HttpProvider(ProviderSettings settings, std::unique_ptr<Wire> wire, net::HttpClient& http,
                           const Clock& clock, Log log)
    : settings_(std::move(settings)), wire_(std::move(wire)), http_(http), clock_(clock), log_(std::move(log)) {}

Task<ReplyResult> HttpProvider::reply(Prompt prompt, ShowDelta on_delta) {
  fill_in_defaults(prompt);
  for (;;) {
    Attempt attempted = co_await attempt(prompt, on_delta);
    if (!attempted.refusal || !wire_->adapt_to(prompt, *attempted.refusal)) co_return std::move(attempted.result);
    log_.info("llm.request_adapted", {{"model", prompt.model}, {"parameter", attempted.refusal->parameter}});
  }
}

void HttpProvider::fill_in_defaults(Prompt& prompt) const {
  if (prompt.model.empty()) prompt.model = settings_.model;
  if (!prompt.temperature) prompt.temperature = settings_.temperature;
  if (!prompt.top_p) prompt.top_p = settings_.top_p;
  if (!prompt.max_output_tokens) prompt.max_output_tokens = settings_.max_tokens;
  if (!prompt.reasoning_effort) prompt.reasoning_effort = settings_.reasoning_effort;
}

net::HttpRequest HttpProvider::request_for(const Prompt& prompt, std::string& unmet) {
  WireRequest written = wire_->request_for(prompt);
  unmet = std::move(written.unmet);
  net::HttpRequest request{.method = "POST", .url = settings_.base_url + written.path};
  request.headers = {{"Content-Type", "application/json"}, {"Accept", "text/event-stream, application/json"}};
  request.headers.insert(request.headers.end(), written.headers.begin(), written.headers.end());
  request.body = std::move(written.body);
  request.timeouts = settings_.timeouts;
  return request;
}

Task<HttpProvider::Attempt> HttpProvider::attempt(const Prompt& prompt, const ShowDelta& on_delta) {
  const Asked asked{settings_.name, prompt.model, settings_.api_key};
  ReplyStream stream(wire_->builder_for(prompt, asked, clock_.wall()), prompt.terms.is_too_long);
  const auto on_head = [&](const net::HttpHead& head) {
    on_delta(LimitsTold{read_rate_headers(head.headers, requests_per(settings_.api), clock_.wall())});
    return is_stream(head);
  };
  net::HttpStreaming streaming{.on_head = on_head, .on_body = [&](std::string_view bytes) {
                                 return stream.feed(bytes, on_delta) == Wanted::done ? net::BodyWanted::done
                                                                                     : net::BodyWanted::more;
                               }};

  std::string unmet;
  net::HttpRequest request = request_for(prompt, unmet);
  if (!unmet.empty()) {
    Error error{Errc::invalid_input, fmt::format("{}: {} takes no {}", settings_.name, prompt.model, unmet), {}};
    co_return Attempt{
        std::unexpected(ReplyError{.error = std::move(error), .kind = FailureKind::unsupported_parameter})};
  }
  const Result<net::HttpResponse> response = co_await http_.send(std::move(request), std::move(streaming));

  if (response && (response->head.status != 200 || content_type(response->head) == "text/html")) {
    const net::HttpHead& head = response->head;
    WireError error =
        wire_error(asked, {.status = head.status, .headers = head.headers, .body = response->body}, clock_.wall());
    co_return Attempt{std::unexpected(error.reply_error), std::move(error)};
  }
  if (!response) stream.interrupt(response.error());
  if (response && !request_id(response->head).empty()) stream.set_request_id(request_id(response->head));
  if (response && !response->body.empty()) stream.feed_whole(response->body, on_delta);
  co_return Attempt{stream.finish(on_delta)};
}

}  // namespace convoke
