#include "app/config_loader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace convoke {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

Environment variables(std::map<std::string, std::string> values) {
  return [values](std::string_view name) -> std::optional<std::string> {
    const auto found = values.find(std::string(name));
    if (found == values.end()) return std::nullopt;
    return found->second;
  };
}
const Environment nothing_set = variables({});

std::vector<std::string> lines(const std::vector<ConfigProblem>& problems) {
  std::vector<std::string> described;
  for (const auto& problem : problems) described.push_back(describe(problem));
  return described;
}

ConfigOutcome parsed(std::string_view yaml, const Environment& environment = nothing_set) {
  return parse_config(yaml, "config.yaml", environment);
}

TEST(Config, OfAnEmptyFileIsTheDefaults) {
  const auto outcome = parsed("");

  EXPECT_THAT(lines(outcome.problems), IsEmpty());
  EXPECT_THAT(lines(outcome.warnings), IsEmpty());
  EXPECT_EQ(outcome.config.chat, ChatConfig{});
  EXPECT_EQ(outcome.config.websocket, WebsocketConfig{});
  EXPECT_EQ(outcome.config.llm.active, "demo");
}

TEST(Config, ReadsEverySectionOfTheFilePeopleHave) {
  const auto outcome = parsed(R"(
llm:
  active: groq
  providers:
    groq:
      base_url: https://api.groq.com/openai/v1/
      model: llama-3.3-70b-versatile
      temperature: 0.7
      max_tokens: 4096
      top_p: 1
      api_key: env:GROQ_API_KEY
      http_client: {max_connections: 20, read_timeout: 2.5, requests_per_minute: 60}
chat:
  service:
    system_prompt: |
      You are brief.
    max_tool_hops: 3
    streaming: {enabled: false}
    context: {max_tokens: 4000, reserve_tokens: 500, preserve_recent: 5}
    repository:
      type: sqlite
      path: chats.db
      persistence: {retention_policy: token_limit, max_tokens_per_conversation: 9000, clear_on_startup: yes}
  websocket:
    port: 9000
    allow_origins: ["https://a.example", "https://b.example"]
    concurrency: {max_connections: 50}
logging: {level: WARNING, format: json}
mcp:
  config_file: tools.json
  connection: {initial_reconnect_delay: 0.25}
)",
                              variables({{"GROQ_API_KEY", "gsk-1"}}));

  ASSERT_THAT(lines(outcome.problems), IsEmpty());
  EXPECT_THAT(lines(outcome.warnings), IsEmpty());
  const ProviderConfig& groq = outcome.config.llm.providers.at("groq");
  EXPECT_EQ(outcome.config.llm.active, "groq");
  EXPECT_EQ(groq.base_url, "https://api.groq.com/openai/v1");
  EXPECT_EQ(groq.temperature, 0.7);
  EXPECT_EQ(groq.max_tokens, 4096);
  EXPECT_EQ(groq.api_key.reveal(), "gsk-1");
  EXPECT_EQ(groq.http_client.max_connections, 20);
  EXPECT_EQ(groq.http_client.read_timeout, std::chrono::milliseconds(2500));
  const ChatConfig& chat = outcome.config.chat;
  EXPECT_EQ(chat.system_prompt, "You are brief.\n");
  EXPECT_EQ(chat.limits.max_tool_hops, 3);
  EXPECT_FALSE(chat.streaming_enabled);
  EXPECT_EQ(chat.context, (ContextConfig{4000, 500, 5}));
  EXPECT_EQ(chat.repository.path, "chats.db");
  EXPECT_EQ(chat.repository.persistence.retention_policy, RetentionPolicy::token_limit);
  EXPECT_TRUE(chat.repository.persistence.clear_on_startup);
  EXPECT_EQ(outcome.config.websocket.port, 9000);
  EXPECT_THAT(outcome.config.websocket.allow_origins, ElementsAre("https://a.example", "https://b.example"));
  EXPECT_EQ(outcome.config.websocket.max_connections, 50);
  EXPECT_EQ(outcome.config.logging, (LoggingConfig{LogLevel::warning, LogFormat::json}));
  EXPECT_EQ(outcome.config.mcp.config_file, "tools.json");
  EXPECT_EQ(outcome.config.mcp.connection.initial_reconnect_delay, std::chrono::milliseconds(250));
}

TEST(Config, ListsEveryProblemOfABadFileWithItsLine) {
  const auto outcome = parsed(R"(llm:
  active: mine
  providers:
    mine:
      base_url: ftp://models.example
      temperature: hot
      api_key: env:MY_KEY
chat:
  service:
    max_tool_hops: 0
    context: {max_tokens: 1000, reserve_tokens: 2000}
    repository: events.db
  websocket:
    host: 0.0.0.0
    port: 99999
    port: 8000
    allow_origins: {a: b}
logging:
  level: loud
)");

  EXPECT_THAT(
      lines(outcome.problems),
      ElementsAre(
          "config.yaml: llm.providers.mine.model: must not be empty",
          R"(config.yaml:5: llm.providers.mine.base_url is "ftp://models.example": expected an http or https address)",
          R"(config.yaml:6: llm.providers.mine.temperature is "hot": expected a number from 0 to 2)",
          R"(config.yaml:7: llm.providers.mine.api_key is "***": the environment variable MY_KEY is not set)",
          R"(config.yaml:10: chat.service.max_tool_hops is "0": expected a whole number from 1 to 100)",
          R"(config.yaml:11: chat.service.context.reserve_tokens is "2000": )"
          "expected at least 128 less than chat.service.context.max_tokens, which is 1000",
          R"(config.yaml:12: chat.service.repository is "events.db": expected a section with settings of its own)",
          R"(config.yaml:14: chat.websocket.host is "0.0.0.0": other machines can reach this address, so clients must )"
          "authenticate: list at least one token under server.auth.tokens, or listen on localhost",
          R"(config.yaml:15: chat.websocket.port is "99999": expected a whole number from 0 to 65535)",
          "config.yaml:16: chat.websocket.port: it is set already at line 15",
          "config.yaml:17: chat.websocket.allow_origins: expected a list, each item text",
          R"(config.yaml:19: logging.level is "loud": expected one of debug, info, warning, error, critical, off)"));
}

TEST(Config, RefusesATokenizerItCannotRead) {
  const auto outcome = parsed("llm:\n  providers:\n    demo:\n      tokenizer: /does/not/exist.json\n");

  EXPECT_THAT(lines(outcome.problems),
              ElementsAre("config.yaml:4: llm.providers.demo.tokenizer is \"/does/not/exist.json\": "
                          "/does/not/exist.json: No such file or directory"));
}

TEST(Config, RefusesAnActiveProviderNobodyKnows) {
  EXPECT_THAT(
      lines(parsed("llm:\n  active: grok\n").problems),
      ElementsAre("config.yaml:2: llm.active is \"grok\": expected openai, anthropic, openrouter, groq, ollama, "
                  "llamacpp, vllm, lmstudio, demo, or a name under llm.providers"));
}

TEST(Config, TellsWhereTheKeyOfTheActiveProviderIsExpected) {
  EXPECT_THAT(
      lines(parsed("llm:\n  active: groq\n").problems),
      ElementsAre("config.yaml: llm.providers.groq.api_key: must be set, for example by the environment variable "
                  "GROQ_API_KEY"));
}

TEST(Config, SaysWhereAFileIsNotYaml) {
  const auto outcome = parsed("llm:\n  active: demo\n chat: {\n");

  ASSERT_EQ(outcome.problems.size(), 1u);
  EXPECT_EQ(outcome.problems[0].line, 3);
  EXPECT_THAT(outcome.problems[0].expected, testing::StartsWith("not YAML: "));
}

TEST(Config, RefusesAliasesThatGrowWithoutBound) {
  const auto outcome = parsed("a: &a [1, *a]\n");

  ASSERT_EQ(outcome.problems.size(), 1u);
}

TEST(Config, RefusesADocumentWithoutSections) {
  EXPECT_THAT(lines(parsed("just text").problems),
              ElementsAre(R"(config.yaml:1: expected sections like "llm:" and "chat:")"));
}

TEST(Config, WarnsOfAMisspeltKeyAndNamesTheRealOne) {
  const auto outcome =
      parsed("chat:\n  websocket:\n    prot: 9000\n  max_tool_hops: 3\nlog: {}\nllm:\n  provider: {}\n");

  EXPECT_THAT(lines(outcome.problems), IsEmpty());
  EXPECT_THAT(
      lines(outcome.warnings),
      ElementsAre("config.yaml:3: chat.websocket.prot: there is no such setting; did you mean chat.websocket.port?",
                  "config.yaml:4: chat.max_tool_hops: there is no such setting; did you mean "
                  "chat.service.max_tool_hops?",
                  "config.yaml:5: log: there is no such setting; it is ignored",
                  "config.yaml:7: llm.provider: there is no such setting; did you mean llm.providers?"));
}

TEST(Config, WarnsOnceOfEachKeyThatMeansNothingHere) {
  const auto outcome = parsed("server:\n  workers: 4\nlogging:\n  format: '%(asctime)s %(message)s'\n");

  EXPECT_THAT(lines(outcome.problems), IsEmpty());
  EXPECT_THAT(
      lines(outcome.warnings),
      ElementsAre(
          "config.yaml:2: server.workers: means nothing here: event loops serve all clients; see server.threads",
          "config.yaml:4: logging.format: a format of Python's logging means nothing here; it is ignored"));
}

TEST(Config, TakesASettingWithoutAValueAsUnset) {
  const auto outcome = parsed("chat:\n  websocket:\n    port:\nserver:\nllm:\n  providers:\n    groq:\n");

  EXPECT_THAT(lines(outcome.problems), IsEmpty());
  EXPECT_EQ(outcome.config.websocket.port, 8000);
}

TEST(Config, PutsEnvironmentVariablesIntoValues) {
  const auto outcome = parsed("chat:\n  websocket:\n    port: ${PORT}\n    endpoint: /${BASE:-ws}/chat\n",
                              variables({{"PORT", "1234"}}));

  ASSERT_THAT(lines(outcome.problems), IsEmpty());
  EXPECT_EQ(outcome.config.websocket.port, 1234);
  EXPECT_EQ(outcome.config.websocket.endpoint, "/ws/chat");
}

TEST(Config, DoesNotShowWhatAVariableHolds) {
  const auto outcome = parsed("chat:\n  websocket:\n    port: ${PORT}\n", variables({{"PORT", "sk-secret"}}));

  EXPECT_THAT(
      lines(outcome.problems),
      ElementsAre(R"(config.yaml:3: chat.websocket.port is "${PORT}": expected a whole number from 0 to 65535, )"
                  "which this is not once its variables are put in"));
}

TEST(Config, NeedsNoKeyOfAProviderThatIsNotUsed) {
  const auto outcome = parsed("llm:\n  active: demo\n  providers:\n    openai: {api_key: '${OPENAI_API_KEY}'}\n");

  EXPECT_THAT(lines(outcome.problems), IsEmpty());
  EXPECT_TRUE(outcome.config.llm.providers.at("openai").api_key.empty());
}

TEST(Config, ChoosesTheProviderWhoseKeyIsInTheEnvironment) {
  EXPECT_EQ(parsed("", variables({{"GROQ_API_KEY", "k"}})).config.llm.active, "groq");
  EXPECT_EQ(parsed("", variables({{"GROQ_API_KEY", "k"}, {"ANTHROPIC_API_KEY", "a"}})).config.llm.active, "anthropic");
  EXPECT_EQ(parsed("", variables({{"GROQ_API_KEY", "k"}, {"OPENROUTER_API_KEY", "k"}})).config.llm.active,
            "openrouter");
  EXPECT_EQ(parsed("", variables({{"GROQ_API_KEY", "k"}, {"OPENAI_API_KEY", "k"}})).config.llm.active, "openai");
  EXPECT_EQ(parsed("llm: {active: demo}", variables({{"OPENAI_API_KEY", "k"}})).config.llm.active, "demo");
}

TEST(Config, LetsATokenOpenTheServerToOtherMachines) {
  const auto outcome = parsed("chat:\n  websocket: {host: 0.0.0.0}\nserver:\n  auth: {tokens: [one, two]}\n");

  ASSERT_THAT(lines(outcome.problems), IsEmpty());
  EXPECT_EQ(outcome.config.server.auth_tokens.size(), 2u);
}

TEST(Config, ChecksTheAddressOfTheCommandLineToo) {
  const auto outcome = parse_config("", "config.yaml", nothing_set, {.host = "192.0.2.1", .port = 80});

  EXPECT_THAT(lines(outcome.problems),
              ElementsAre(HasSubstr("the command line: --host is \"192.0.2.1\": other machines can reach")));
  EXPECT_EQ(outcome.config.websocket.port, 80);
}

TEST(ConfigPath, IsTheCommandLinesThenTheEnvironmentsThenTheWorkingDirectorys) {
  const auto environment = variables({{"MCP_CONFIG_PATH", "/etc/env.yaml"}});

  EXPECT_EQ(config_path("mine.yaml", environment).path, "mine.yaml");
  EXPECT_EQ(config_path(std::nullopt, environment).path, "/etc/env.yaml");
  EXPECT_EQ(config_path(std::nullopt, nothing_set).path, "config.yaml");
  EXPECT_FALSE(config_path(std::nullopt, nothing_set).required);
}

TEST(ServersConfigPath, IsTheEnvironmentsThenTheConfigurationsThenTheWorkingDirectorys) {
  Config config;
  config.mcp.config_file = "tools.json";

  EXPECT_EQ(servers_config_path(config, variables({{"MCP_SERVERS_CONFIG_PATH", "/etc/s.json"}})).path, "/etc/s.json");
  EXPECT_EQ(servers_config_path(config, nothing_set).path, "tools.json");
  EXPECT_EQ(servers_config_path(Config{}, nothing_set).path, "servers_config.json");
}

TEST(LoadConfig, TakesTheDefaultsWhenThereIsNoFile) {
  EXPECT_THAT(lines(load_config({"/nowhere/config.yaml", false}, nothing_set).problems), IsEmpty());
}

TEST(Config, RefusesAHostThatIsNoAddress) {
  EXPECT_THAT(lines(parsed("chat: {websocket: {host: nohost.invalid}}").problems),
              ElementsAre("config.yaml:1: chat.websocket.host is \"nohost.invalid\": "
                          "expected localhost or an IP address to listen on"));
}

TEST(Config, SaysThatIndentationTakesNoTabs) {
  EXPECT_THAT(lines(parsed("chat:\n\twebsocket:\n\t\tport: 1\n").problems),
              ElementsAre("config.yaml:2: not YAML: indentation must be spaces, not a tab"));
  EXPECT_THAT(lines(parsed("chat:\n  websocket:\n\tport: 1\n").problems),
              ElementsAre("config.yaml:3: not YAML: indentation must be spaces, not a tab"));
}

TEST(Config, RefusesWhatIsNotUtf8AndSaysWhere) {
  EXPECT_THAT(lines(parsed("chat:\n  service:\n    system_prompt: \"\xe4\xf6\"\n").problems),
              ElementsAre("config.yaml:3: this line is not UTF-8; save the file in that encoding"));
  EXPECT_THAT(lines(parsed("chat: {service: {system_prompt: \"${WORDS}\"}}", variables({{"WORDS", "\xe4"}})).problems),
              ElementsAre(HasSubstr("system_prompt is \"${WORDS}\": expected UTF-8, which the variable in it is not")));
}

TEST(Config, RefusesASecondDocument) {
  EXPECT_THAT(lines(parsed("logging: {level: info}\n---\nlogging: {level: debug}\n").problems),
              ElementsAre("config.yaml:3: not YAML: a second document begins here; expected one"));
  EXPECT_THAT(lines(parsed("---\nlogging: {level: info}\n---\n").problems), IsEmpty());
}

TEST(Config, MergesWhatAnAliasStandsForUnderWhatIsWritten) {
  const auto outcome = parsed(
      "llm:\n  providers:\n"
      "    demo: &common {model: a, temperature: 0.5}\n"
      "    mine: &mine {<<: *common, base_url: \"http://m.example\", model: b}\n"
      "    third: {<<: [*mine, *common], max_tokens: 7}\n");

  ASSERT_THAT(lines(outcome.problems), IsEmpty());
  EXPECT_THAT(lines(outcome.warnings), IsEmpty());
  const auto& providers = outcome.config.llm.providers;
  EXPECT_EQ(providers.at("mine").model, "b");
  EXPECT_EQ(providers.at("mine").temperature, 0.5);
  EXPECT_EQ(providers.at("third").model, "b") << "the first of a list goes before the others";
  EXPECT_EQ(providers.at("third").base_url, "http://m.example");
  EXPECT_EQ(providers.at("third").max_tokens, 7);
}

TEST(Config, MergesSectionsOnly) {
  EXPECT_THAT(lines(parsed("logging:\n  <<: loud\n").problems),
              ElementsAre("config.yaml:2: not YAML: << expects a section, or a list of sections"));
}

TEST(Config, ListsEveryItemThatIsNoGoodAndNoneThatIs) {
  const auto outcome = parsed(
      "mcp:\n  approvals:\n    rules:\n"
      "      - allow files\n      - perhaps files\n      - deny\n      - \"\"\n"
      "llm:\n  fallbacks: [nobody, demo, \"\"]\n");

  EXPECT_THAT(
      lines(outcome.problems),
      ElementsAre(testing::StartsWith("config.yaml:5: mcp.approvals.rules is \"perhaps files\": expected"),
                  testing::StartsWith("config.yaml:6: mcp.approvals.rules is \"deny\": expected"),
                  testing::EndsWith(", not an empty text"), HasSubstr("llm.fallbacks is \"nobody\": expected a name"),
                  HasSubstr("llm.fallbacks: one of them is empty; expected a name")));
}

TEST(Config, RefusesValuesThatContradictEachOther) {
  EXPECT_THAT(lines(parsed("llm: {providers: {demo: {circuit_breaker: {rest: 10, max_rest: 1}}}}").problems),
              ElementsAre("config.yaml:1: llm.providers.demo.circuit_breaker.rest is \"10\": "
                          "expected at most llm.providers.demo.circuit_breaker.max_rest, which is 1"));
  EXPECT_THAT(lines(parsed("llm: {providers: {demo: {circuit_breaker: {max_rest: 1}}}}").problems),
              ElementsAre("config.yaml:1: llm.providers.demo.circuit_breaker.max_rest is \"1\": "
                          "expected at least llm.providers.demo.circuit_breaker.rest, which is 5"));
  EXPECT_THAT(lines(parsed("chat: {service: {context: {max_tokens: 1000, reserve_tokens: 999}}}").problems),
              ElementsAre(HasSubstr("reserve_tokens is \"999\": expected at least 128 less than "
                                    "chat.service.context.max_tokens, which is 1000")));
  EXPECT_THAT(lines(parsed("chat: {service: {context: {max_tokens: 1000}}}").problems),
              ElementsAre(HasSubstr("max_tokens is \"1000\": expected at least 128 more than "
                                    "chat.service.context.reserve_tokens, which is 2000")));
}

TEST(Config, RefusesAPathAtWhichTheServerAnswersSomethingElse) {
  for (const std::string path : {"/health", "/mcp", "/oauth/start"}) {
    EXPECT_THAT(lines(parsed("chat: {websocket: {endpoint: " + path + "}}").problems),
                ElementsAre(HasSubstr("chat.websocket.endpoint is \"" + path + "\"")));
  }
}

TEST(Config, RefusesAReferenceThatDoesNotEnd) {
  EXPECT_THAT(lines(parsed("chat: {service: {system_prompt: \"be ${MOOD\"}}").problems),
              ElementsAre(HasSubstr("system_prompt is \"be ${MOOD\": expected a } after ${")));
  EXPECT_THAT(lines(parsed("chat: {service: {system_prompt: \"$${MOOD costs $5 or ${\"}}").problems), IsEmpty());
}

TEST(LoadConfig, RefusesAFolder) {
  EXPECT_THAT(lines(load_config({"/tmp", true}, nothing_set).problems),
              ElementsAre("/tmp: it is a folder, not a file"));
  EXPECT_THAT(lines(load_config({"/tmp", false}, nothing_set).problems),
              ElementsAre("/tmp: it is a folder, not a file"));
}

TEST(LoadConfig, MissesAFileThatSomebodyNamed) {
  EXPECT_THAT(lines(load_config({"/nowhere/config.yaml", true}, nothing_set).problems),
              ElementsAre("/nowhere/config.yaml: there is no such file"));
}

TEST(Config, ReadsWhichToolsNeedConsent) {
  const auto outcome = parsed(R"(
mcp:
  approvals:
    rules:
      - deny */delete_*
      - allow files
    default: ask
    timeout: 2.5
  sampling: {servers: ["sage*"], approval: allow, max_tokens: 100}
  roots: [/srv/data]
)");

  ASSERT_THAT(lines(outcome.problems), IsEmpty());
  const McpConfig& mcp = outcome.config.mcp;
  EXPECT_THAT(mcp.approvals.rules, ElementsAre(ApprovalRule{ApprovalChoice::deny, "*", "delete_*"},
                                               ApprovalRule{ApprovalChoice::allow, "files", "*"}));
  EXPECT_EQ(mcp.approvals.otherwise, ApprovalChoice::ask);
  EXPECT_EQ(mcp.approvals.timeout, std::chrono::milliseconds(2500));
  EXPECT_THAT(mcp.sampling.servers, ElementsAre("sage*"));
  EXPECT_FALSE(mcp.sampling.ask);
  EXPECT_THAT(mcp.roots, ElementsAre("/srv/data"));
}

TEST(Config, RefusesWhatIsNoRuleOfConsent) {
  const auto outcome = parsed("mcp:\n  approvals:\n    rules: [perhaps files]\n    timeout: 0\n    default: never\n");

  EXPECT_THAT(lines(outcome.problems),
              ElementsAre(HasSubstr("mcp.approvals.rules is \"perhaps files\": expected a list, each item `allow`"),
                          HasSubstr("mcp.approvals.timeout is \"0\": expected seconds from 0.1 to 86400"),
                          HasSubstr("mcp.approvals.default is \"never\": expected one of hints, allow, ask, deny")));
}

}  // namespace
}  // namespace convoke
