#include "hub/servers_config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hub/env_file.hpp"

namespace convoke {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::optional<std::string> token_and_home(std::string_view name) {
  if (name == "TOKEN") return "t0ken";
  if (name == "HOME") return "/home/ada";
  return std::nullopt;
}

std::vector<std::string> lines(const std::vector<ConfigProblem>& problems) {
  std::vector<std::string> described;
  for (const auto& problem : problems) described.push_back(describe(problem));
  return described;
}

ServersOutcome parsed(std::string_view text) { return parse_servers_config(text, "servers.json", token_and_home); }

TEST(ServersConfig, ReadsServersOfEveryKindInTheFilesOrder) {
  const auto outcome = parsed(R"({
    // what I use
    "mcpServers": {
      "files": {"command": "npx", "args": ["-y", "files-server", "${HOME}/docs"], "env": {"KEY": "env:TOKEN"},
                "cwd": "/tmp", "timeout": 2.5, "initTimeout": 90, "autoApprove": ["read"]},
      "build": {"command": ["python3", "-m"], "args": ["build_server"], "disabled": true},
      /* remote ones */
      "web": {"url": "https://mcp.example/mcp", "headers": {"Authorization": "Bearer ${TOKEN}"}, "era": "modern",
              "oauth": {"scopes": ["a"]}},
      "old": {"type": "sse", "url": "http://127.0.0.1:1/sse",},
    },
  })");

  ASSERT_THAT(lines(outcome.problems), IsEmpty());
  EXPECT_THAT(lines(outcome.warnings), IsEmpty());
  ASSERT_EQ(outcome.servers.size(), 4u);
  const ServerEntry& files = outcome.servers[0];
  EXPECT_EQ(files.name, "files");
  EXPECT_EQ(files.transport, ServerTransport::stdio);
  EXPECT_EQ(files.command, "npx");
  EXPECT_THAT(files.arguments, ElementsAre("-y", "files-server", "/home/ada/docs"));
  EXPECT_EQ(files.environment.at("KEY").reveal(), "t0ken");
  EXPECT_EQ(files.working_directory, "/tmp");
  EXPECT_EQ(files.call_timeout, std::chrono::milliseconds(2500));
  EXPECT_EQ(files.start_timeout, std::chrono::seconds(90));
  EXPECT_THAT(files.auto_approve, ElementsAre("read"));
  const ServerEntry& build = outcome.servers[1];
  EXPECT_EQ(build.command, "python3");
  EXPECT_THAT(build.arguments, ElementsAre("-m", "build_server"));
  EXPECT_FALSE(build.enabled);
  const ServerEntry& web = outcome.servers[2];
  EXPECT_EQ(web.transport, ServerTransport::http);
  EXPECT_EQ(web.era, mcp::EraChoice::modern);
  EXPECT_EQ(web.headers.at("Authorization").reveal(), "Bearer t0ken");
  EXPECT_TRUE(web.oauth.contains("scopes"));
  EXPECT_EQ(outcome.servers[3].transport, ServerTransport::sse);
}

TEST(ServersConfig, ListsEveryProblemWithItsLine) {
  const auto outcome = parsed(R"({"mcpServers": {
    "no spaces": {"command": "a"},
    "empty": {},
    "both": {"command": "a", "url": "http://b"},
    "kind": {"command": "a",
      "type": "carrier-pigeon"},
    "types": {"command": 5,
      "args": "-y",
      "env": {"A": 1,
              "B": "${MISSING}"},
      "timeout": 60000,
      "enabled": "yes"},
    "web": {"url": "ws://c"},
    "twice": {"command": "a"},
    "twice": {"command": "b"},
    "number": 7
  }})");

  EXPECT_THAT(
      lines(outcome.problems),
      ElementsAre(
          "servers.json:2: mcpServers.no spaces: expected a name of 1 to 48 letters, digits, '-', '_' and '.'",
          "servers.json:3: mcpServers.empty: expected a command or a url",
          "servers.json:4: mcpServers.both: expected either a command to start or a url to connect to, not both",
          R"(servers.json:6: mcpServers.kind.type is "carrier-pigeon": )"
          "expected one of http, sse, stdio, streamable-http, streamableHttp",
          "servers.json:7: mcpServers.types.command: expected text, not a number",
          "servers.json:8: mcpServers.types.args: expected a list of texts, not a string",
          "servers.json:9: mcpServers.types.env.A: expected text, not a number",
          R"(servers.json:10: mcpServers.types.env.B is "***": the environment variable MISSING is not set)",
          R"(servers.json:11: mcpServers.types.timeout is "60000": expected seconds from 0.001 to 3600)",
          R"(servers.json:12: mcpServers.types.enabled is "yes": expected true or false)",
          R"(servers.json:13: mcpServers.web.url is "ws://c": expected an http or https address)",
          "servers.json:14: mcpServers.twice: it is there twice",
          "servers.json:16: mcpServers.number: expected an object, not a number"));
}

TEST(ServersConfig, TakesAnEraOrARevisionAndTheLongestTimeOfACall) {
  const auto outcome = parsed(R"({"servers": {
    "old": {"command": "a", "protocol": "2025-03-26", "maxTimeout": 5},
    "new": {"command": "a", "protocol": "2026-07-28"},
    "any": {"command": "a", "era": "auto"},
    "wrong": {"command": "a",
      "protocol": "2020-01-01"}}})");

  EXPECT_THAT(lines(outcome.problems),
              ElementsAre(R"(servers.json:6: servers.wrong.protocol is "2020-01-01": )"
                          "expected one of auto, legacy, modern, or a revision such as 2025-11-25"));
  ASSERT_EQ(outcome.servers.size(), 4u);
  EXPECT_EQ(outcome.servers[0].era, mcp::EraChoice::legacy);
  EXPECT_EQ(outcome.servers[0].legacy_revision, mcp::Revision::v2025_03_26);
  EXPECT_EQ(outcome.servers[0].longest_call, std::chrono::seconds(5));
  EXPECT_EQ(outcome.servers[1].era, mcp::EraChoice::modern);
  EXPECT_EQ(outcome.servers[2].era, mcp::EraChoice::automatic);
}

TEST(ServersConfig, ReadsHowWeAreAuthorized) {
  const auto outcome = parsed(R"({"servers": {
    "a": {"url": "https://a", "oauth": {"clientId": "id", "clientSecret": "${TOKEN}", "scopes": "one two",
                                        "issuer": "https://as", "grant": "client_credentials"}},
    "b": {"url": "https://b", "oauth": false},
    "c": {"url": "https://c", "oauth": {"client_id": "id", "privateKey": "env:TOKEN", "algorithm": "RS256",
                                        "scopes": ["x"], "authMethod": "client_secret_post"}}}})");

  ASSERT_THAT(lines(outcome.problems), IsEmpty());
  EXPECT_THAT(lines(outcome.warnings), IsEmpty());
  const OAuthSettings& a = outcome.servers[0].authorization;
  EXPECT_EQ(a.client_id, "id");
  EXPECT_EQ(a.client_secret.reveal(), "t0ken");
  EXPECT_THAT(a.scopes, ElementsAre("one", "two"));
  EXPECT_EQ(a.issuer, "https://as");
  EXPECT_EQ(a.grant, OAuthSettings::Grant::client_credentials);
  EXPECT_FALSE(outcome.servers[1].authorization.enabled);
  EXPECT_EQ(outcome.servers[2].authorization.private_key.reveal(), "t0ken");
  EXPECT_EQ(outcome.servers[2].authorization.algorithm, "RS256");
}

TEST(ServersConfig, ReadsGrantsThatAskNobody) {
  const auto outcome = parsed(R"({"servers": {
    "a": {"url": "https://a", "oauth": {"clientId": "id", "grant": "workload_identity", "assertion": "${TOKEN}",
                                        "allowPrivateNetworks": true}},
    "b": {"url": "https://b", "oauth": {"clientId": "id", "grant": "enterprise_managed", "identityProvider": {
          "tokenEndpoint": "https://idp/token", "clientId": "us", "idTokenFile": "/run/id-token"}}}}})");

  ASSERT_THAT(lines(outcome.problems), IsEmpty());
  EXPECT_THAT(lines(outcome.warnings), IsEmpty());
  const OAuthSettings& a = outcome.servers[0].authorization;
  EXPECT_EQ(a.grant, OAuthSettings::Grant::workload_identity);
  EXPECT_EQ(a.assertion.text.reveal(), "t0ken");
  EXPECT_TRUE(a.allow_private_networks);
  const OAuthSettings& b = outcome.servers[1].authorization;
  EXPECT_EQ(b.grant, OAuthSettings::Grant::enterprise_managed);
  EXPECT_EQ(b.identity_provider, "https://idp/token");
  EXPECT_EQ(b.identity_client_id, "us");
  EXPECT_EQ(b.id_token.file, "/run/id-token");
}

TEST(ServersConfig, SaysWhatAGrantLacks) {
  const auto outcome = parsed(R"({"servers": {
    "a": {"url": "https://a", "oauth": {"clientId": "id", "grant": "workload_identity"}},
    "b": {"url": "https://b", "oauth": {"clientId": "id", "grant": "enterprise_managed", "allowPrivateNetworks": 1}}}})");

  EXPECT_THAT(lines(outcome.problems),
              ElementsAre("servers.json:2: servers.a.oauth: workload_identity needs an assertion or an assertionFile",
                          "servers.json:3: servers.b.oauth: enterprise_managed needs an identityProvider with "
                          "tokenEndpoint, clientId, and idToken or idTokenFile",
                          "servers.json:3: servers.b.oauth.allowPrivateNetworks is \"1\": expected true or false"));
}

TEST(ServersConfig, ListsWhatIsWrongWithAnAuthorization) {
  const auto outcome = parsed(R"({"servers": {
    "a": {"url": "https://a", "oauth": {"clientSecret": "s", "grant": "magic", "colour": 1}},
    "b": {"url": "https://b", "oauth": {"clientId": 7, "privateKeyFile": "/nowhere.pem"}},
    "c": {"url": "https://c", "oauth": "yes"}}})");

  EXPECT_THAT(
      lines(outcome.problems),
      ElementsAre("servers.json:2: servers.a.oauth: "
                  "a secret, a key and every grant but authorization_code need a clientId",
                  "servers.json:2: servers.a.oauth.grant is \"magic\": "
                  "expected one of authorization_code, client_credentials, enterprise_managed, workload_identity",
                  "servers.json:3: servers.b.oauth.clientId: expected text, not a number",
                  "servers.json:3: servers.b.oauth.privateKeyFile is \"/nowhere.pem\": "
                  "the file cannot be read, or is empty",
                  "servers.json:4: servers.c.oauth: expected an object, not a string"));
  EXPECT_THAT(lines(outcome.warnings),
              ElementsAre("servers.json:2: servers.a.oauth.colour: there is no such setting; it is ignored"));
}

TEST(ServersConfig, SaysWhereAFileIsNotJson) {
  const auto outcome = parsed("{\n  \"servers\": {\n    files: {}\n");

  ASSERT_EQ(outcome.problems.size(), 1u);
  EXPECT_EQ(outcome.problems[0].line, 3);
  EXPECT_THAT(outcome.problems[0].expected, testing::StartsWith("not JSON: "));
}

TEST(ServersConfig, WarnsOfAMisspeltKeyAndNamesTheRealOne) {
  const auto outcome = parsed(R"({"servers": {"a": {"comand": "x", "command": "x", "icon": "y"}}, "inputs": []})");

  EXPECT_THAT(lines(outcome.problems), IsEmpty());
  EXPECT_THAT(lines(outcome.warnings),
              ElementsAre("servers.json:1: inputs: there is no such setting; it is ignored",
                          "servers.json:1: servers.a.comand: there is no such setting; did you mean servers.a.command?",
                          "servers.json:1: servers.a.icon: there is no such setting; it is ignored"));
}

TEST(ServersConfig, NeedsNoVariableOfADisabledServer) {
  EXPECT_THAT(lines(parsed(R"({"servers": {"a": {"command": "${MISSING}", "enabled": false}}})").problems), IsEmpty());
}

TEST(ServersConfig, NeedsAListOfServers) {
  EXPECT_THAT(lines(parsed("{}").problems),
              ElementsAre("servers.json: expected an object \"mcpServers\" with a member for each server"));
}

TEST(ServersConfig, OfAMissingFileIsTheDemoServer) {
  const auto outcome = load_servers_config("/nowhere.json", false, "/opt/convoke-demo-server", token_and_home);

  ASSERT_EQ(outcome.servers.size(), 1u);
  EXPECT_EQ(outcome.servers[0].name, "demo");
  EXPECT_EQ(outcome.servers[0].command, "/opt/convoke-demo-server");
}

TEST(ServersConfig, RefusesAFolderAndWhatIsNotUtf8) {
  EXPECT_THAT(lines(load_servers_config("/tmp", false, "demo", token_and_home).problems),
              ElementsAre("/tmp: it is a folder, not a file"));
  EXPECT_THAT(lines(parsed("{\"servers\": {\n \"a\": {\"command\": \"\xe4\"}}}").problems),
              ElementsAre("servers.json:2: this line is not UTF-8; save the file in that encoding"));
}

TEST(ServersConfig, RefusesValuesThatContradictEachOther) {
  const auto outcome = parsed(R"({"servers": {
    "times": {"command": "a", "timeout": 50, "maxTimeout": 1},
    "is": {"command": "a", "enabled": true, "disabled": true},
    "empty": {"command": ""},
    "lost": {"command": "a", "cwd": "/does/not/exist"},
    "open": {"command": "a", "args": ["${NAME"]}
  }})");

  EXPECT_THAT(lines(outcome.problems),
              ElementsAre("servers.json:2: servers.times.timeout is \"50\": expected at most maxTimeout, which is 1",
                          "servers.json:3: servers.is.disabled is \"true\": "
                          "expected the opposite of enabled, which is true",
                          "servers.json:4: servers.empty.command: expected a program, not an empty text",
                          "servers.json:5: servers.lost.cwd is \"/does/not/exist\": there is no such folder",
                          "servers.json:6: servers.open.args is \"${NAME\": "
                          "expected a } after ${; write $${ for a literal ${"));
}

TEST(ServersConfig, WarnsOfWhatIsForAServerOfTheOtherKind) {
  const auto outcome = parsed(R"({"servers": {"a": {"command": "x", "headers": {"A": "b"}},
    "b": {"url": "http://b", "args": ["-y"]}}})");

  EXPECT_THAT(lines(outcome.problems), IsEmpty());
  EXPECT_THAT(lines(outcome.warnings),
              ElementsAre("servers.json:1: servers.a.headers: is for servers with a url; it is ignored",
                          "servers.json:2: servers.b.args: is for servers with a command; it is ignored"));
}

TEST(ServersConfig, LetsALimitThatIsWrittenHoldOverOneThatIsNot) {
  const auto outcome =
      parsed(R"({"servers": {"a": {"command": "x", "maxTimeout": 5}, "b": {"command": "x", "timeout": 900}}})");

  ASSERT_THAT(lines(outcome.problems), IsEmpty());
  EXPECT_EQ(outcome.servers[0].call_timeout, std::chrono::seconds(5));
  EXPECT_EQ(outcome.servers[1].call_timeout, std::chrono::seconds(900));
}

TEST(ServersConfig, MissesAFileThatSomebodyNamed) {
  EXPECT_THAT(lines(load_servers_config("/nowhere.json", true, "demo", token_and_home).problems),
              ElementsAre("/nowhere.json: there is no such file"));
}

TEST(EnvFile, HoldsVariablesCommentsAndQuotes) {
  const auto variables = parse_env_file("# mine\nA=1\r\n\nexport B = \"two words\" \nC='x=y'\nD=");

  ASSERT_TRUE(variables);
  EXPECT_EQ(variables->at("A").reveal(), "1");
  EXPECT_EQ(variables->at("B").reveal(), "two words");
  EXPECT_EQ(variables->at("C").reveal(), "x=y");
  EXPECT_EQ(variables->at("D").reveal(), "");
}

TEST(EnvFile, SaysWhichLineIsNotAVariable) {
  EXPECT_EQ(parse_env_file("A=1\nnonsense\n").error(), "line 2 of it is not NAME=value");
}

TEST(ServersConfig, ReadsWhoMayAskTheModelAndWhereServersWork) {
  const auto outcome = parsed(R"({"servers": {
    "sage": {"command": "a", "allowSampling": true, "roots": ["/srv/data", "file:///x"], "autoApprove": true},
    "none": {"command": "a"},
    "wrong": {"command": "a",
      "allowSampling": "yes"}}})");

  EXPECT_THAT(lines(outcome.problems),
              ElementsAre(R"(servers.json:5: servers.wrong.allowSampling is "yes": expected true or false)"));
  EXPECT_EQ(outcome.servers[0].allow_sampling, true);
  EXPECT_THAT(outcome.servers[0].roots, ElementsAre(mcp::Root{"file:///srv/data", "data"}, mcp::Root{"file:///x"}));
  EXPECT_THAT(outcome.servers[0].auto_approve, ElementsAre("*"));
  EXPECT_EQ(outcome.servers[1].allow_sampling, std::nullopt);
}

}  // namespace
}  // namespace convoke
