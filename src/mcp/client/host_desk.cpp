#include "mcp/client/host_desk.hpp"

#include "base/task_scope.hpp"
#include "mcp/types/fields.hpp"

namespace convoke::mcp {

namespace {

constexpr int refused_by_host = -1;  ///< the code the specification's examples use for "the user said no"

std::unexpected<Error> not_offered(std::string_view method) {
  return fail(Errc::not_found, std::string(method) + " is not offered by this host");
}

int code_of(const Error& error) {
  switch (error.code) {
    case Errc::not_found: return error_code::method_not_found;
    case Errc::protocol:
    case Errc::invalid_input: return error_code::invalid_params;
    case Errc::denied:
    case Errc::cancelled: return refused_by_host;
    case Errc::conflict:
    case Errc::rate_limited:
    case Errc::unavailable:
    case Errc::timed_out:
    case Errc::exhausted:
    case Errc::internal: return error_code::internal_error;
  }
  std::unreachable();
}

Task<Result<json::object>> sample(const HostCallbacks& host, std::string key, json::object params) {
  if (!host.sample) co_return not_offered("sampling/createMessage");
  CO_TRY(auto wanted, sampling_request_from(params));
  wanted.key = std::move(key);
  CO_TRY(const auto sampled, co_await host.sample(std::move(wanted)));
  co_return to_json(sampled);
}

Task<Result<json::object>> elicit(const HostCallbacks& host, std::string key, json::object params) {
  if (!host.elicit) co_return not_offered("elicitation/create");
  CO_TRY(auto wanted, elicit_request_from(params));
  wanted.key = std::move(key);
  if (wanted.mode == ElicitRequest::Mode::url && !host.elicit_by_url) {
    co_return fail(Errc::invalid_input, "this host does not open pages");
  }
  CO_TRY(const auto answered, co_await host.elicit(std::move(wanted)));
  co_return to_json(answered);
}

Task<Result<json::object>> roots(const HostCallbacks& host) {
  if (!host.roots) co_return not_offered("roots/list");
  CO_TRY(const auto listed, co_await host.roots());
  co_return json::object{{"roots", fields::array_of(listed)}};
}

}  // namespace

HostDesk::HostDesk(Executor executor, Transport& transport, const ClientOptions& options, Log log)
    : executor_(executor), transport_(transport), options_(options), log_(std::move(log)) {}

void HostDesk::forget(const jsonrpc::Id& id) {
  const auto found = at_work_.find(id);
  if (found != at_work_.end()) found->second.notify();
}

Task<> HostDesk::answer_and_send(jsonrpc::Request request, Host host) {
  const auto id = request.id;
  jsonrpc::Response response;
  if (at_work_.contains(id)) {
    response = jsonrpc::failure(id, error_code::invalid_request, "a request with this id is under way");
  } else if (at_work_.size() >= static_cast<std::size_t>(options_.max_host_requests)) {
    response = jsonrpc::failure(id, error_code::internal_error, "too many requests of this server are under way");
  } else {
    using namespace asio::experimental::awaitable_operators;
    struct Entry {
      std::map<jsonrpc::Id, Signal>& all;
      std::map<jsonrpc::Id, Signal>::iterator mine;
      ~Entry() { all.erase(mine); }
    };
    const Entry entry{at_work_, at_work_.emplace(id, executor_).first};
    auto first = co_await (answer(std::move(request), std::move(host)) || entry.mine->second.wait());
    if (first.index() == 1) co_return;  // a cancelled request gets no response
    response = std::get<0>(std::move(first));
  }
  const auto sent = co_await transport_.send(std::move(response));
  if (!sent) log_.warning("mcp.response_lost", {{"reason", sent.error().message}});
}

Task<jsonrpc::Response> HostDesk::answer(jsonrpc::Request request, Host host) {
  if (request.method == "ping") co_return jsonrpc::result(std::move(request.id), {});
  InputRequest asked{std::move(request.method), std::move(request.params)};
  auto answered = co_await ask_host({}, std::move(asked), std::move(host));
  if (answered) co_return jsonrpc::result(std::move(request.id), *std::move(answered));
  co_return jsonrpc::failure(std::move(request.id), code_of(answered.error()), answered.error().message);
}

Task<Result<json::object>> HostDesk::answers(InputRequired asked, Host host) {
  std::map<std::string, Result<json::object>> answered;
  TaskScope asking(executor_, log_);
  for (auto& [key, wanted] : asked.requests) {
    auto& answer = answered.emplace(key, fail(Errc::cancelled, "not answered")).first->second;
    asking.spawn("mcp.input", ask_host_into(answer, key, std::move(wanted), host));
  }
  co_await asking.run(asking.drained());
  json::object by_key;
  for (auto& [key, answer] : answered) {
    if (!answer) co_return during("answering the server's '" + key + "'", std::move(answer));
    by_key[key] = *std::move(answer);
  }
  co_return by_key;
}

Task<> HostDesk::ask_host_into(Result<json::object>& answer, std::string key, InputRequest asked, Host host) {
  answer = co_await ask_host(std::move(key), std::move(asked), std::move(host));
}

Task<Result<void>> HostDesk::show_pages(json::value data, Host host) {
  const json::array* pages = find_array(data, "elicitations");
  if (!pages || pages->empty()) co_return fail(Errc::protocol, "the server wants a page visited without saying which");
  for (const json::value& page : *pages) {
    if (!page.is_object()) co_return fail(Errc::protocol, "the server wants a page visited without saying which");
    InputRequest visit{"elicitation/create", page.get_object()};
    CO_TRY(const auto answer, co_await ask_host({}, std::move(visit), host));
    if (find_string(answer, "action") != "accept") {
      co_return fail(Errc::denied, "it wants a page visited first, and the user did not want to");
    }
  }
  co_return Result<void>{};
}

Task<Result<json::object>> HostDesk::ask_host(std::string key, InputRequest asked, Host host) {
  const HostCallbacks& callbacks = host ? *host : options_.host;
  const std::string& method = asked.method;
  if (method == "sampling/createMessage") co_return co_await sample(callbacks, std::move(key), std::move(asked.params));
  if (method == "elicitation/create") co_return co_await elicit(callbacks, std::move(key), std::move(asked.params));
  if (method == "roots/list") co_return co_await roots(callbacks);
  co_return not_offered(method);
}

}  // namespace convoke::mcp
