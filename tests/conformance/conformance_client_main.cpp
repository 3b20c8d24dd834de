// The client that the official conformance suite drives: conformance_client URL, with the scenario in the environment.
// It is written against the library's public headers only.
#include <cstdio>
#include <cstdlib>

#include "base/run.hpp"
#include "mcp/auth/oauth_authorizer.hpp"
#include "mcp/client/client.hpp"
#include "mcp/transport/http_transport.hpp"
#include "net/http_client.hpp"

namespace convoke::mcp {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

/// What a person would answer who leaves every field as it is.
Task<Result<ElicitResult>> accept_defaults(ElicitRequest request) {
  ElicitResult answer{ElicitResult::Action::accept};
  if (request.mode == ElicitRequest::Mode::form) answer.content = defaults_of(request.requested_schema);
  co_return answer;
}

Task<Result<SamplingResult>> say_something(SamplingRequest) {
  SamplingResult answer{
      .content = {text("This is a sampled answer.")}, .model = "test-model", .stop_reason = "endTurn"};
  co_return answer;
}

Task<Result<std::vector<Root>>> one_root() { co_return std::vector<Root>{{"file:///tmp", "tmp"}}; }

/// A person who allows everything, at a page that sends them back at once.
class HeadlessBrowser final : public Browser {
 public:
  explicit HeadlessBrowser(net::HttpClient& http) : http_(http) {}

  Task<Result<std::string>> redirect_uri() override { co_return "http://localhost:3000/callback"; }

  Task<Result<std::string>> visit(std::string authorization_url) override {
    net::HttpRequest request{.url = std::move(authorization_url)};
    CO_TRY(const auto response, co_await http_.send(std::move(request)));
    const auto location = net::find_header(response.head.headers, "Location");
    if (!location) co_return fail(Errc::denied, "the authorization page sent nobody back");
    co_return std::string(*location);
  }

 private:
  net::HttpClient& http_;
};

/// What the scenario gives the client besides the URL.
Result<OAuthOptions> oauth_options(const std::string& scenario, const json::value& context, net::HttpClient& http,
                                   const Clock& clock) {
  const auto given = [&](std::string_view name) { return string_or_empty(context, name); };
  OAuthOptions options{.client_metadata_url = "https://conformance-test.local/client-metadata.json"};
  if (!given("client_id").empty()) {
    options.registered = OAuthRegistration{given("issuer"), given("client_id"), Secret(given("client_secret"))};
  }
  if (scenario == "auth/client-credentials-basic") options.grant = client_credentials();
  if (scenario == "auth/client-credentials-jwt") {
    TRY(auto key, SigningKey::from_pem(Secret(given("private_key_pem")), given("signing_algorithm")));
    options.grant = client_credentials(std::make_shared<const SigningKey>(std::move(key)), clock);
    options.registered->auth_method = "private_key_jwt";
  }
  if (scenario == "auth/wif-jwt-bearer") options.grant = workload_identity(known_secret(Secret(given("valid_jwt"))));
  if (scenario == "auth/enterprise-managed-authorization") {
    IdentityProvider provider{given("idp_token_endpoint"), given("idp_client_id"),
                              known_secret(Secret(given("idp_id_token")))};
    options.grant = enterprise_managed(http, std::move(provider));
  }
  return options;
}

/// What the suite wants to see of one scenario.
class Driver {
 public:
  Driver(Client& client, json::value context) : client_(client), context_(std::move(context)) {}

  Task<Result<void>> play(std::string scenario) {
    CO_TRY(tools_, co_await client_.list_tools());
    if (scenario == "tools_call") co_return co_await call("add_numbers", {{"a", 5}, {"b", 3}});
    if (scenario == "elicitation-sep1034-client-defaults") co_return co_await call("test_client_elicitation_defaults");
    if (scenario == "sse-retry") co_return co_await call("test_reconnection");
    if (scenario == "sep-2322-client-request-state") co_return co_await multi_round_trips();
    if (scenario == "http-standard-headers") co_return co_await one_of_each();
    if (scenario == "http-custom-headers") co_return co_await calls_of_context();
    if (scenario == "http-invalid-tool-headers") co_return co_await call("valid_tool", {{"region", "us-west1"}});
    if (scenario == "json-schema-2020-12-preservation") co_return co_await echo_schema();
    if (scenario.starts_with("auth/")) co_return co_await use_authorized();
    co_return Result<void>{};
  }

 private:
  Task<Result<void>> call(std::string tool, json::object arguments = {}) {
    CO_CHECK(co_await client_.call_tool(std::move(tool), std::move(arguments)));
    co_return Result<void>{};
  }

  Task<Result<void>> multi_round_trips() {
    CO_CHECK(co_await call("test_mrtr_echo_state"));
    CO_CHECK(co_await call("test_mrtr_unrelated"));
    CO_CHECK(co_await call("test_mrtr_no_state"));
    co_return co_await call("test_mrtr_no_result_type");
  }

  Task<Result<void>> one_of_each() {
    for (const Tool& tool : tools_) CO_CHECK(co_await call(tool.name));
    CO_TRY(const auto resources, co_await client_.list_resources());
    for (const Resource& resource : resources) CO_CHECK(co_await client_.read_resource(resource.uri));
    CO_TRY(const auto prompts, co_await client_.list_prompts());
    for (const Prompt& prompt : prompts) CO_CHECK(co_await client_.get_prompt(prompt.name, {}));
    co_return Result<void>{};
  }

  Task<Result<void>> calls_of_context() {
    const json::array* calls = find_array(context_, "toolCalls");
    if (!calls) co_return fail(Errc::invalid_input, "the context names no calls");
    for (const json::value& wanted : *calls) {
      const json::object* arguments = find_object(wanted, "arguments");
      CO_CHECK(co_await call(string_or_empty(wanted, "name"), arguments ? *arguments : json::object{}));
    }
    co_return Result<void>{};
  }

  Task<Result<void>> echo_schema() {
    for (const Tool& tool : tools_) {
      if (tool.name == "json_schema_2020_12_tool") {
        co_return co_await call("json_schema_echo", {{"schema", tool.input_schema}});
      }
    }
    co_return fail(Errc::not_found, "the tool with the schema is not listed");
  }

  /// Two authorized requests: what a server wants may change after the first.
  Task<Result<void>> use_authorized() {
    CO_CHECK(co_await call("test-tool"));
    CO_CHECK(co_await client_.list_tools());
    co_return Result<void>{};
  }

  Client& client_;
  json::value context_;
  std::vector<Tool> tools_;
};

ClientOptions options_for(const std::string& version) {
  ClientOptions options{.info = {"convoke-conformance-client", CONVOKE_VERSION}};
  options.era = version == name_of(newest_modern) ? EraChoice::modern : EraChoice::legacy;
  options.connect_timeout = options.request_timeout = 20s;
  options.host = {.sample = say_something, .elicit = accept_defaults, .elicit_by_url = true, .roots = one_root};
  return options;
}

int complain(const std::string& scenario, const Error& error) {
  std::fprintf(stderr, "conformance_client: %s: %s\n", scenario.c_str(), error.message.c_str());
  return 1;
}

int drive(const std::string& url) {
  const auto scenario = environment("MCP_CONFORMANCE_SCENARIO");
  asio::io_context loop(1);
  const Executor executor = loop.get_executor();
  const auto context = parse_json(environment("MCP_CONFORMANCE_CONTEXT")).value_or(nullptr);
  net::HttpClient http(executor, {});
  HeadlessBrowser browser(http);
  MemoryCredentialStore store;
  SystemClock clock;
  auto oauth = oauth_options(scenario, context, http, clock);
  if (!oauth) return complain(scenario, oauth.error());
  OAuthAuthorizer authorizer(executor, url, *std::move(oauth), http, browser, store, clock, Log{});
  HttpServerAddress address{.url = url, .authorizer = &authorizer};
  Client client(executor, http_transport(executor, http, std::move(address), Log{}),
                options_for(environment("MCP_CONFORMANCE_PROTOCOL_VERSION")), Log{});
  Driver driver(client, context);

  const auto ended = run(loop, client.run([&]() { return driver.play(scenario); }));
  return ended ? 0 : complain(scenario, ended.error());
}

}  // namespace
}  // namespace convoke::mcp

int main(int argc, char** argv) {
  if (argc == 2) return convoke::mcp::drive(argv[1]);
  std::fprintf(stderr, "usage: conformance_client URL\n");
  return 2;
}
