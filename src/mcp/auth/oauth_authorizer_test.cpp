// The whole flow against an authorization server of our own, on loopback.
#include "mcp/auth/oauth_authorizer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "base/run.hpp"
#include "base/task_scope.hpp"
#include "mcp/auth/file_credential_store.hpp"
#include "mcp/auth/loopback_browser.hpp"
#include "net/http_client.hpp"
#include "net/http_server.hpp"

namespace convoke::mcp {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Resource and authorization server in one, and a person who says yes.
class Authorization : public ::testing::Test {
 protected:
  void SetUp() override { base = "http://127.0.0.1:" + std::to_string(http.listen("127.0.0.1", 0).value()); }

  /// Serves while `body` runs.
  void play(std::function<Task<>()> body) {
    TaskScope people(loop.get_executor(), Log{});
    visitors = &people;
    const auto both = [&]() -> Task<> {
      using namespace asio::experimental::awaitable_operators;
      co_await (body() || http.run());
    };
    run(loop, people.run(both()));
  }

  Refusal challenge(std::string parameters = "", int status = 401) {
    return {status, {{"WWW-Authenticate", "Bearer " + parameters}}, server_address};
  }

  net::ServerHandlers handlers() {
    net::ServerHandlers handlers;
    handlers.on_request = [this](net::ServerRequest request) -> Task<net::ServerResponse> {
      requests.push_back(request.path);
      co_return answer(request);
    };
    return handlers;
  }

  net::ServerResponse answer(const net::ServerRequest& request) {
    const auto json_of = [](json::object object) { return net::json_response(200, json::serialize(object)); };
    if (request.path == "/.well-known/oauth-protected-resource/mcp") {
      return json_of({{"resource", base + "/mcp"}, {"authorization_servers", json::array{json::string(base)}}});
    }
    if (request.path == "/.well-known/oauth-authorization-server") {
      return json_of({{"issuer", base},
                      {"authorization_endpoint", base + "/authorize"},
                      {"token_endpoint", base + "/token"},
                      {"registration_endpoint", base + "/register"},
                      {"code_challenge_methods_supported", json::array{"S256"}}});
    }
    if (request.path == "/register") return json_of({{"client_id", "client-1"}, {"client_secret", "shh"}});
    if (request.path == "/authorize") return send_back(request);
    if (request.path == "/token") {
      forms.push_back(query_of("?" + request.body));
      return json_of({{"access_token", "token-" + std::to_string(forms.size())},
                      {"token_type", "bearer"},
                      {"refresh_token", "again"},
                      {"expires_in", 3600}});
    }
    return net::text_response(404, "no");
  }

  static net::ServerResponse send_back(const net::ServerRequest& request) {
    auto asked = query_of("?" + request.query);
    net::ServerResponse response{.status = 302};
    response.headers.emplace_back("Location",
                                  with_query(asked["redirect_uri"], {{"code", "c"}, {"state", asked["state"]}}));
    return response;
  }

  /// Opens the page and follows it back.
  void visit(const std::string& url) { visitors->spawn("person", follow(url)); }
  Task<> follow(std::string url) {
    net::HttpRequest first{.url = std::move(url)};
    const auto page = co_await client.send(std::move(first));
    net::HttpRequest second{.url = std::string(net::find_header(page.value().head.headers, "Location").value())};
    const auto thanks = co_await client.send(std::move(second));
    EXPECT_EQ(thanks.value().head.status, 200);
  }

  std::string token_now() {
    const auto headers = run(loop, authorizer().credentials("POST")).value();
    return headers.empty() ? "" : headers.front().second;
  }

  OAuthAuthorizer& authorizer() {
    if (!authorizer_) {
      authorizer_.emplace(loop.get_executor(), base + "/mcp", OAuthOptions{}, client, browser, store, clock, Log{});
    }
    return *authorizer_;
  }

  asio::io_context loop{1};
  ManualClock clock;
  net::HttpClient client{loop.get_executor(), {}};
  net::HttpServer http{loop.get_executor(), {}, handlers(), Log{}};
  std::string base;
  std::string server_address = "127.0.0.1";  ///< where the refusals come from
  std::vector<std::string> requests;
  std::vector<std::map<std::string, std::string>> forms;
  TaskScope* visitors = nullptr;
  LoopbackBrowser browser{loop.get_executor(), [this](const std::string& url) { visit(url); }, Log{}};
  MemoryCredentialStore store;

 private:
  std::optional<OAuthAuthorizer> authorizer_;
};

TEST_F(Authorization, GoesFromARefusalToAToken) {
  Result<void> outcome;

  play([&]() -> Task<> { outcome = co_await authorizer().answer_refusal(challenge(), {}); });

  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(token_now(), "Bearer token-1");
  EXPECT_EQ(forms.at(0).at("grant_type"), "authorization_code");
  EXPECT_EQ(forms.at(0).at("resource"), base + "/mcp");
  EXPECT_EQ(store.registration(base)->client_id, "client-1");
  EXPECT_EQ(forms.at(0)["client_id"], "client-1");  // some servers want it beside the header that proves it
}

TEST_F(Authorization, HasNoTokenThatWasTakenOutOfTheStore) {
  play([&]() -> Task<> { co_await authorizer().answer_refusal(challenge(), {}); });
  ASSERT_EQ(token_now(), "Bearer token-1");

  store.forget_tokens(base, base + "/mcp");

  EXPECT_EQ(token_now(), "");
}

TEST_F(Authorization, IsNotLedIntoPrivateNetworksByAServerOnTheInternet) {
  server_address = "93.184.216.34";
  Result<void> outcome;

  play([&]() -> Task<> { outcome = co_await authorizer().answer_refusal(challenge(), {}); });

  EXPECT_EQ(outcome.error().code, Errc::denied);
  EXPECT_THAT(outcome.error().message, HasSubstr("private network"));
  EXPECT_TRUE(requests.empty());
}

TEST_F(Authorization, RunsOneFlowForAllWhoWereRefused) {
  int content = 0;
  const auto refused = [&]() -> Task<> {
    const auto outcome = co_await authorizer().answer_refusal(challenge(), {});
    content += outcome ? 1 : 0;
  };

  play([&]() -> Task<> {
    using namespace asio::experimental::awaitable_operators;
    co_await (refused() && refused() && refused());
  });

  EXPECT_EQ(content, 3);
  EXPECT_EQ(forms.size(), 1U);
}

TEST_F(Authorization, RefreshesATokenBeforeItEnds) {
  play([&]() -> Task<> {
    co_await authorizer().answer_refusal(challenge(), {});
    clock.advance(std::chrono::minutes(59) + 45s);
    const auto headers = co_await authorizer().credentials("POST");
    EXPECT_EQ(headers.value().at(0).second, "Bearer token-2");
  });

  EXPECT_EQ(forms.at(1).at("grant_type"), "refresh_token");
  EXPECT_EQ(forms.at(1).at("refresh_token"), "again");
}

TEST_F(Authorization, GivesUpWhenMoreScopeDidNotHelp) {
  const std::string lacking = R"(error="insufficient_scope", scope="admin")";
  std::vector<bool> helped;

  play([&]() -> Task<> {
    co_await authorizer().answer_refusal(challenge(), {});
    for (int i = 0; i < 2; ++i) {
      auto used = co_await authorizer().credentials("POST");
      const auto outcome = co_await authorizer().answer_refusal(challenge(lacking, 403), *used);
      helped.push_back(outcome.has_value());
    }
  });

  EXPECT_THAT(helped, ElementsAre(true, false));
}

TEST_F(Authorization, TakesA403WithoutAWordForFinal) {
  Result<void> outcome;

  play([&]() -> Task<> { outcome = co_await authorizer().answer_refusal({403, {}}, {}); });

  EXPECT_EQ(outcome.error().code, Errc::denied);
  EXPECT_TRUE(requests.empty());
}

TEST(FileCredentialStore, RemembersForItsOwnerOnly) {
  const std::string path =
      std::filesystem::temp_directory_path() / ("convoke-credentials-" + std::to_string(::getpid()));
  {
    FileCredentialStore store(path, Secret("key"), Log{});
    store.keep({"https://as", "id", Secret("shh"), "none"});
    store.keep("https://as", "https://h/mcp", {Secret("a"), "Bearer", Secret("r"), WallTime(std::chrono::hours(1))});
  }

  FileCredentialStore again(path, Secret("key"), Log{});
  const FileCredentialStore stranger(path, Secret("another key"), Log{});
  const std::string text = contents_of(path);
  struct stat file{};
  ::stat(path.c_str(), &file);

  EXPECT_EQ(again.registration("https://as")->client_secret.reveal(), "shh");
  EXPECT_EQ(again.tokens("https://as", "https://h/mcp")->refresh_token.reveal(), "r");
  EXPECT_EQ(again.tokens("https://as", "https://h/mcp")->expires_at, WallTime(std::chrono::hours(1)));
  EXPECT_FALSE(again.tokens("https://other", "https://h/mcp"));
  EXPECT_EQ(file.st_mode & 0777U, 0600U);
  EXPECT_EQ(text.find("shh"), std::string::npos);
  EXPECT_FALSE(stranger.registration("https://as"));
  EXPECT_TRUE(again.forget_server("https://h/mcp"));
  EXPECT_FALSE(again.tokens("https://as", "https://h/mcp"));
  EXPECT_FALSE(again.forget_server("https://h/mcp"));
  std::filesystem::remove(path);
}

TEST(FileCredentialStore, SeesWhatAnotherProcessWrites) {
  const std::string path = std::filesystem::temp_directory_path() / ("convoke-shared-" + std::to_string(::getpid()));
  FileCredentialStore one(path, Secret("key"), Log{});
  FileCredentialStore other(path, Secret("key"), Log{});

  one.keep("https://as", "https://a/mcp", {Secret("a")});
  other.keep("https://as", "https://b/mcp", {Secret("b")});

  EXPECT_EQ(one.tokens("https://as", "https://b/mcp")->access_token.reveal(), "b");
  EXPECT_EQ(other.tokens("https://as", "https://a/mcp")->access_token.reveal(), "a");
  std::filesystem::remove(path);
}

TEST(SealedFile, OpensOnlyUnchangedAndWithItsKey) {
  const std::string file = std::filesystem::temp_directory_path() / ("convoke-key-" + std::to_string(::getpid()));
  const StorageKey key = storage_key(Secret(""), file).value();
  const StorageKey same = storage_key(Secret(""), file).value();
  std::string text = sealed(key, "tokens");

  EXPECT_EQ(unsealed(same, text), "tokens");
  EXPECT_EQ(unsealed(storage_key(Secret("x"), file).value(), text).error().code, Errc::invalid_input);
  text[40] = text[40] == 'A' ? 'B' : 'A';
  EXPECT_EQ(unsealed(key, text).error().code, Errc::invalid_input);
  EXPECT_EQ(unsealed(key, "").error().code, Errc::invalid_input);
  std::filesystem::permissions(file, std::filesystem::perms::group_read, std::filesystem::perm_options::add);
  EXPECT_EQ(storage_key(Secret(""), file).error().code, Errc::denied);
  std::filesystem::remove(file);
}

}  // namespace
}  // namespace convoke::mcp
