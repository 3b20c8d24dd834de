#include "app/config_settings.hpp"

#include "app/config_setting_kinds.hpp"
#include "app/limit_settings.hpp"

namespace convoke {
namespace {

/// One of some words, kept as text.
Kind<std::string> word_of(std::initializer_list<std::string> words) {
  std::vector<std::pair<std::string, std::string>> names;
  for (const std::string& word : words) names.emplace_back(word, word);
  return one_of(std::move(names));
}

constexpr int million = 1'000'000;
constexpr double hour = 3'600;

template <class... Members>
auto chat(Members... members) {
  return at(&Config::chat, members...);
}
template <class... Members>
auto stored(Members... members) {
  return at(&Config::chat, &ChatConfig::repository, members...);
}
template <class... Members>
auto kept(Members... members) {
  return stored(&RepositoryConfig::persistence, members...);
}
template <class... Members>
auto socket(Members... members) {
  return at(&Config::websocket, members...);
}
template <class... Members>
auto connection(Members... members) {
  return at(&Config::mcp, &McpConfig::connection, members...);
}
template <class... Members>
auto sampling(Members... members) {
  return at(&Config::mcp, &McpConfig::sampling, members...);
}
template <class... Members>
auto approvals(Members... members) {
  return at(&Config::mcp, &McpConfig::approvals, members...);
}
template <class... Members>
auto http(Members... members) {
  return at(&ProviderConfig::http_client, members...);
}

std::vector<Setting<Config>> llm_settings() {
  return {
      setting("llm.active", at(&Config::llm, &LlmConfig::active), text(),
              "The provider that answers: a name under `llm.providers`, or a known one. Unset: `openai`, `anthropic`, "
              "`openrouter` or `groq`, the first whose key is in the environment, else `demo`."),
      setting("llm.resume_partial", at(&Config::llm, &LlmConfig::resume_partial), flag(),
              "Ask for the rest of an answer that breaks off after its first word, rather than end the turn."),
      setting("llm.prices_file", at(&Config::llm, &LlmConfig::prices_file), text(),
              "A list of prices that goes before the built-in one, as `convoke prices update` writes it. Unset: "
              "`prices.json` if it exists."),
  };
}

std::vector<Setting<Config>> chat_settings() {
  const auto context = [](auto member) { return chat(&ChatConfig::context, member); };
  const auto limits = [](auto member) { return chat(&ChatConfig::limits, member); };
  const auto summary = [](auto member) { return chat(&ChatConfig::context, &ContextConfig::summary, member); };
  const auto titles = [](auto member) { return chat(&ChatConfig::titles, member); };
  const auto notifications = [](auto member) { return chat(&ChatConfig::tool_notifications, member); };
  return {
      setting("chat.service.system_prompt", chat(&ChatConfig::system_prompt), text(),
              "What the model is told before every conversation."),
      setting("chat.service.max_tool_hops", limits(&TurnLimits::max_tool_hops), whole(1, 100),
              "How many times in one turn the model may ask for tools."),
      setting("chat.service.max_turn_duration", limits(&TurnLimits::max_duration), seconds(1, 24 * hour),
              "A turn that takes longer is ended; the time a user takes to answer questions does not count."),
      setting("chat.service.max_turn_tokens", limits(&TurnLimits::max_tokens), whole(0, 1000 * million),
              "Tokens all requests to models in one turn may use, prompts and answers together; 0 is any number."),
      setting("chat.service.max_turn_cost", limits(&TurnLimits::max_cost), dollars(million),
              "What they may cost, as far as their price is known. Unset: any amount."),
      setting(
          "chat.service.max_repeated_errors", limits(&TurnLimits::max_repeated_errors), whole(0, 100),
          "A tool that has failed so often in the same way is not called again in that turn: the model has to answer "
          "with what it has. 0 is any number."),
      setting(
          "chat.service.max_repeated_results", limits(&TurnLimits::max_repeated_results), whole(0, 100),
          "The same for a tool that has returned the same result so often for the same arguments. Raise it for tools "
          "that are asked again and again until something is done."),
      setting("chat.service.streaming.enabled", chat(&ChatConfig::streaming_enabled), flag(),
              "Send an answer word by word when the client does not say what it wants."),
      setting("chat.service.context.max_tokens", context(&ContextConfig::max_tokens), whole(256, 10 * million),
              "Room for one request to the model, prompt and answer together. Older messages that do not fit are left "
              "out; a question that does not fit is refused."),
      setting("chat.service.context.reserve_tokens", context(&ContextConfig::reserve_tokens), whole(0, million),
              "Part of it that is kept free for the answer."),
      setting("chat.service.context.preserve_recent", context(&ContextConfig::preserve_recent), whole(0, 10'000),
              "How many of the newest messages are never left out, even where that takes more than `max_tokens`."),
      setting("chat.service.context.max_result_bytes", context(&ContextConfig::max_result_bytes), whole(1'024, million),
              "Of a tool's result, how much the model sees at once. The rest it can read page by page."),
      setting(
          "chat.service.context.max_tools_percent", context(&ContextConfig::max_tools_percent), whole(1, 100),
          "Share of `max_tokens` that the definitions of tools may take. When they are more, the model is given two "
          "tools instead, to search them and to call what it finds; 100 never does that."),
      setting("chat.service.context.summary.enabled", summary(&SummaryConfig::enabled), flag(),
              "Sum up older messages that do not fit any more, instead of leaving them out without a trace."),
      setting("chat.service.context.summary.model", summary(&SummaryConfig::model), text(),
              "Who writes the summary: a model, a provider or `provider:model`; a cheap one will do. Unset: the one "
              "that answers."),
      setting("chat.service.context.summary.max_tokens", summary(&SummaryConfig::max_tokens), whole(100, 20'000),
              "Length of the summary."),
      setting("chat.service.titles.source", titles(&TitlesConfig::source),
              one_of<TitleSource>({{"auto", TitleSource::automatic},
                                   {"model", TitleSource::model},
                                   {"first_words", TitleSource::first_words}}),
              "What becomes the title of a conversation after its first answer: what a model makes of it, in the "
              "background, or the first words of the question. `auto`: the model, unless it runs on this machine."),
      setting("chat.service.titles.model", titles(&TitlesConfig::model), text(),
              "Who finds titles: a model, a provider or `provider:model`; a cheap one will do. Unset: the one that "
              "answered."),
      setting("chat.service.max_priority", chat(&ChatConfig::max_priority),
              one_of<QuestionPriority>({{"background", QuestionPriority::background},
                                        {"normal", QuestionPriority::normal},
                                        {"urgent", QuestionPriority::urgent}}),
              "The highest `priority` that a question may ask for, where calls have to wait for their limits."),
      setting("chat.service.tool_notifications.enabled", notifications(&ToolNotificationsConfig::enabled), flag(),
              "Tell the client when a tool is called."),
      setting("chat.service.tool_notifications.show_args", notifications(&ToolNotificationsConfig::show_args), flag(),
              "Tell it the arguments too."),
  };
}

std::vector<Setting<Config>> repository_settings() {
  return {
      setting("chat.service.repository.type", stored(&RepositoryConfig::type),
              one_of<RepositoryType>({{"sqlite", RepositoryType::sqlite},
                                      {"postgresql", RepositoryType::postgresql},
                                      {"memory", RepositoryType::memory}}),
              "Where conversations are kept. In memory they are gone when the server stops."),
      setting("chat.service.repository.path", stored(&RepositoryConfig::path), text(),
              "For `sqlite`: the file. It is created when it does not exist, and its folder too."),
      setting("chat.service.repository.url", stored(&RepositoryConfig::url), secret(),
              "For `postgresql`: the database, `postgresql://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=require`; "
              "better `${NAME}` of an environment variable. Its tables are made at the first start."),
      setting("chat.service.repository.persistence.enabled", kept(&PersistenceConfig::enabled), flag(),
              "`false` keeps conversations in memory whatever the type."),
      setting("chat.service.repository.persistence.retention_policy", kept(&PersistenceConfig::retention_policy),
              one_of<RetentionPolicy>({{"unlimited", RetentionPolicy::unlimited},
                                       {"token_limit", RetentionPolicy::token_limit},
                                       {"message_count", RetentionPolicy::message_count},
                                       {"time_based", RetentionPolicy::time_based}}),
              "Which old messages are deleted for good. The next three settings belong to one policy each."),
      setting("chat.service.repository.persistence.max_tokens_per_conversation",
              kept(&PersistenceConfig::max_tokens_per_conversation), whole(1, 1000 * million),
              "For `token_limit`: the newest messages within so many tokens stay."),
      setting("chat.service.repository.persistence.max_messages_per_conversation",
              kept(&PersistenceConfig::max_messages_per_conversation), whole(1, 1000 * million),
              "For `message_count`: so many of the newest messages stay."),
      setting("chat.service.repository.persistence.retention_days", kept(&PersistenceConfig::retention_days),
              whole(1, 36'500), "For `time_based`: messages older than this go."),
      setting("chat.service.repository.persistence.clear_on_startup", kept(&PersistenceConfig::clear_on_startup),
              flag(), "Delete every conversation at each start."),
  };
}

std::vector<Setting<Config>> websocket_settings() {
  return {
      setting("chat.websocket.host", socket(&WebsocketConfig::host), text(),
              "Address to listen on. One that other machines can reach needs `server.auth.tokens`."),
      setting("chat.websocket.port", socket(&WebsocketConfig::port), whole(0, 65'535),
              "Port to listen on; 0 takes any free one and logs it."),
      setting("chat.websocket.endpoint", socket(&WebsocketConfig::endpoint), url_path(), "Path of the chat WebSocket."),
      list_setting(
          "chat.websocket.allow_origins", socket(&WebsocketConfig::allow_origins), text(),
          "Web pages that may connect besides the server's own, e.g. `https://chat.example.org`; `*` allows any."),
      setting("chat.websocket.max_message_size", socket(&WebsocketConfig::max_message_size),
              whole(1'024, 256 * 1024 * 1024), "Bytes of the longest message a client may send."),
      setting("chat.websocket.max_pending_bytes", socket(&WebsocketConfig::max_pending_bytes),
              whole(16'384, 1024 * 1024 * 1024),
              "Bytes that may wait for one slow client before its connection is closed. It can come back and resume."),
      setting("chat.websocket.ping_interval", socket(&WebsocketConfig::ping_interval), seconds(0, hour),
              "Between pings on a silent connection; 0 sends none."),
      setting("chat.websocket.ping_timeout", socket(&WebsocketConfig::ping_timeout), seconds(1, hour),
              "How long an answer to a ping may take before the client counts as gone."),
      setting("chat.websocket.concurrency.max_connections", socket(&WebsocketConfig::max_connections),
              whole(1, million), "Clients connected at once; one more is refused."),
  };
}

std::vector<Setting<Config>> server_settings() {
  return {
      setting("logging.level", at(&Config::logging, &LoggingConfig::level),
              one_of<LogLevel>({{"debug", LogLevel::debug},
                                {"info", LogLevel::info},
                                {"warning", LogLevel::warning},
                                {"error", LogLevel::error},
                                {"critical", LogLevel::error},
                                {"off", LogLevel::off}}),
              "The least severe lines that are written. `critical` is the same as `error`."),
      setting("logging.format", at(&Config::logging, &LoggingConfig::format),
              one_of<std::optional<LogFormat>>(
                  {{"auto", std::nullopt}, {"json", LogFormat::json}, {"text", LogFormat::text}}),
              "JSON lines or text for people. `auto` is text on a terminal and JSON elsewhere."),
      setting("server.threads", at(&Config::server, &ServerConfig::threads), whole(0, 256),
              "Event loops; 0 is one for each core."),
      setting("server.shutdown_timeout", at(&Config::server, &ServerConfig::shutdown_timeout), seconds(0, hour),
              "How long answers that are being written may take when the server is told to stop."),
      list_setting("server.auth.tokens", at(&Config::server, &ServerConfig::auth_tokens), secret(),
                   "A client must send one of these as a bearer token. None: no authentication."),
  };
}

std::vector<Setting<Config>> memory_settings() {
  return {
      setting("memory.enabled", at(&Config::memory, &MemoryConfig::enabled), flag(),
              "Remember facts across conversations when the user asks for it. The model gets tools for that; the user "
              "sees, edits and deletes all of it."),
      setting("memory.path", at(&Config::memory, &MemoryConfig::path), text(), "The file with these facts."),
  };
}

std::vector<Setting<Config>> mcp_settings() {
  using Connection = ConnectionSettings;
  return {
      setting("mcp.config_file", at(&Config::mcp, &McpConfig::config_file), text(),
              "The list of MCP servers. Unset: `servers_config.json` if it exists, else the demo server."),
      setting("mcp.credentials_file", at(&Config::mcp, &McpConfig::credentials_file), text(),
              "Where tokens for MCP servers are kept, encrypted. The key is in the environment variable "
              "`CONVOKE_CREDENTIALS_KEY`, or in a file beside it whose name ends in `.key`."),
      setting("mcp.gateway.enabled", at(&Config::mcp, &McpConfig::gateway), flag(),
              "Offer all connected servers as one MCP server at `/mcp`."),
      setting("mcp.connection.max_reconnect_attempts", connection(&Connection::max_reconnect_attempts),
              whole(0, million), "Failed starts in a row after which a server is given up; 0 never gives up."),
      setting("mcp.connection.initial_reconnect_delay", connection(&Connection::initial_reconnect_delay),
              seconds(0.01, hour), "Wait before the first restart; it doubles each time."),
      setting("mcp.connection.max_reconnect_delay", connection(&Connection::max_reconnect_delay), seconds(0.01, hour),
              "The longest wait between restarts. A server that failed five times in a minute rests for this long, "
              "twice as "
              "long after each further attempt, up to ten times."),
      setting("mcp.connection.connection_timeout", connection(&Connection::connection_timeout), seconds(0.1, hour),
              "How long a server may take to start and to agree on a protocol version."),
      setting("mcp.connection.ping_interval", connection(&Connection::ping_interval), seconds(0, hour),
              "Between questions whether a server is still alive; 0 asks none."),
      setting("mcp.connection.ping_timeout", connection(&Connection::ping_timeout), seconds(0.1, hour),
              "A server that does not answer such a question in this time is restarted."),
      list_setting("mcp.approvals.rules", approvals(&ApprovalSettings::rules), approval_rule(),
                   "Which tools may be called; the first rule that fits decides. See [approvals](#approvals)."),
      setting("mcp.approvals.default", approvals(&ApprovalSettings::otherwise),
              one_of<ApprovalChoice>({{"hints", ApprovalChoice::hints},
                                      {"allow", ApprovalChoice::allow},
                                      {"ask", ApprovalChoice::ask},
                                      {"deny", ApprovalChoice::deny}}),
              "For tools that no rule is about. `hints` allows those that call themselves read-only and asks for the "
              "others."),
      setting("mcp.approvals.path", at(&Config::mcp, &McpConfig::approvals_file), text(),
              "The file with what users approved for the rest of a conversation."),
      setting("mcp.approvals.timeout", approvals(&ApprovalSettings::timeout), seconds(0.1, 24 * hour),
              "How long a question to the user waits: for approvals, and for what servers ask. Unanswered means no."),
      list_setting("mcp.sampling.servers", sampling(&SamplingConfig::servers), text(),
                   "Servers that may ask the model while they work on a call, by name, with `*` and `?`. "
                   "`allowSampling` of a server says it for that one."),
      setting("mcp.sampling.approval", sampling(&SamplingConfig::ask), one_of<bool>({{"ask", true}, {"allow", false}}),
              "Whether the user is asked each time. What the model says is on the account of their turn."),
      setting("mcp.sampling.max_tokens", sampling(&SamplingConfig::max_tokens), whole(1, million),
              "Tokens one such answer may have, whatever the server wishes."),
      setting("mcp.sampling.max_per_turn", sampling(&SamplingConfig::max_per_turn), whole(1, 1'000),
              "Such answers in one turn."),
      list_setting("mcp.roots", at(&Config::mcp, &McpConfig::roots), text(),
                   "Folders that servers are told to work in, unless they have `roots` of their own. It keeps nobody "
                   "out of others."),
  };
}

std::vector<Setting<ProviderConfig>> model_settings() {
  return {
      setting("api", at(&ProviderConfig::api),
              word_of({"openai", "openai_chat", "openai_responses", "anthropic", "openrouter", "groq",
                       "openai-compatible", "demo"}),
              "How the provider is spoken to; see docs/providers.md. Unset: known from its name, else "
              "`openai-compatible`."),
      setting("base_url", at(&ProviderConfig::base_url), address(),
              "Where it is, up to but without `/chat/completions` or the like. Known providers have a default."),
      setting("model", at(&ProviderConfig::model), text(), "The model to ask. Known providers have a default."),
      setting("temperature", at(&ProviderConfig::temperature), number(0, 2), "Unset: the provider's own default."),
      setting("max_tokens", at(&ProviderConfig::max_tokens), whole(1, million),
              "Tokens one answer may have. Unset: the provider's own limit."),
      setting("top_p", at(&ProviderConfig::top_p), number(0, 1), "Unset: the provider's own default."),
      setting("tokenizer", at(&ProviderConfig::tokenizer), text(),
              "A `tokenizer.json` of Hugging Face by which the provider's models count. Unset: known from the model's "
              "name, else an estimate."),
      setting("api_key", at(&ProviderConfig::api_key), secret(),
              "Unset: the provider's usual environment variable, e.g. `OPENAI_API_KEY`."),
      setting("reasoning_effort", at(&ProviderConfig::reasoning_effort),
              word_of({"none", "minimal", "low", "medium", "high", "xhigh", "max"}),
              "How hard a model thinks before it speaks; the nearest it knows is sent. Unset: the provider's own "
              "default."),
  };
}

std::vector<Setting<ProviderConfig>> openrouter_settings() {
  using Router = OpenRouterSettings;
  const auto router = [](auto member) { return at(&ProviderConfig::openrouter, member); };
  return {
      setting("openrouter.app_url", router(&Router::app_url), text(),
              "For OpenRouter alone: the address its rankings name you by. Unset: none."),
      setting("openrouter.app_title", router(&Router::app_title), text(), "The title that goes with it."),
      list_setting("openrouter.fallback_models", router(&Router::fallback_models), text(),
                   "Models OpenRouter asks in this order when the first cannot answer."),
      list_setting("openrouter.order", router(&Router::order), text(),
                   "Upstream providers in order of preference, by their slugs."),
      list_setting("openrouter.only", router(&Router::only), text(), "The only upstream providers to use."),
      list_setting("openrouter.ignore", router(&Router::ignore), text(), "Upstream providers never to use."),
      setting("openrouter.sort", router(&Router::sort), word_of({"price", "throughput", "latency"}),
              "What to choose upstream providers by, instead of OpenRouter's own balance."),
      setting("openrouter.data_collection", router(&Router::data_collection), word_of({"allow", "deny"}),
              "`deny` leaves out upstream providers that keep what they are sent."),
      setting("openrouter.allow_fallbacks", router(&Router::allow_fallbacks), flag(),
              "`false` fails rather than to ask another upstream provider. Unset: true."),
      setting("openrouter.require_parameters", router(&Router::require_parameters), flag(),
              "Use only upstream providers that know every member of the request. Unset: false."),
      setting("openrouter.zero_data_retention", router(&Router::zero_data_retention), flag(),
              "Use only upstream providers that keep nothing. Unset: false."),
  };
}

std::vector<Setting<ProviderConfig>> price_settings() {
  constexpr int dearest = 10'000;
  const auto price = [](auto member) { return at(&ProviderConfig::prices, member); };
  return {
      setting("prices.input", price(&PricesConfig::input), dollars(dearest),
              "What a million input tokens cost, for all models of this provider. Unset: as in the price list; 0: "
              "free, such as on a machine of your own."),
      setting("prices.output", price(&PricesConfig::output), dollars(dearest), "The same for output."),
      setting("prices.cached_input", price(&PricesConfig::cached_input), dollars(dearest),
              "For input from the provider's prompt cache. Unset: like other input."),
      setting("prices.cache_write", price(&PricesConfig::cache_write), dollars(dearest),
              "For input that is put into that cache. Unset: like other input."),
  };
}

std::vector<Setting<ProviderConfig>> http_settings() {
  using Http = HttpClientConfig;
  return {
      setting("http_client.connect_timeout", http(&Http::connect_timeout), seconds(0.1, hour),
              "For name look-up, connection and TLS."),
      setting("http_client.read_timeout", http(&Http::read_timeout), seconds(0.1, hour),
              "How long the provider may be silent, before the first word or between two."),
      setting("http_client.first_byte_timeout", http(&Http::first_byte_timeout), seconds(0, hour),
              "How long it may be silent before the first word, where that is to be another time; 0: `read_timeout`."),
      setting("http_client.total_timeout", http(&Http::total_timeout), seconds(0, 24 * hour),
              "For a whole answer, however busy it is; 0 is no limit."),
      setting("http_client.write_timeout", http(&Http::write_timeout), seconds(0.1, hour),
              "How long the provider may take no byte while the request is sent."),
      setting("http_client.pool_timeout", http(&Http::pool_timeout), seconds(0, hour),
              "How long a request may wait for its turn under its limits, and then for a free connection. What cannot "
              "start within this is refused at once."),
      setting("http_client.max_connections", http(&Http::max_connections), whole(1, 10'000),
              "Connections to this provider open at once, for each thread."),
      setting("http_client.max_keepalive", http(&Http::max_keepalive), whole(0, 10'000),
              "Idle connections kept for the next request, for each thread."),
      setting("http_client.keepalive_expiry", http(&Http::keepalive_expiry), seconds(0, hour),
              "An idle connection is not used again after this, in whole seconds; 0: never again."),
      setting("http_client.ca_file", http(&Http::ca_file), text(),
              "A file of certificate authorities (PEM) to trust besides the system's."),
      setting("http_client.requests_per_minute", http(&Http::requests_per_minute), whole(0, million),
              "The same as `limits.requests_per_minute`, which goes before it."),
      setting("http_client.concurrent_requests", http(&Http::concurrent_requests), whole(0, 100'000),
              "The same as `limits.concurrent_requests`, which goes before it."),
      setting("http_client.max_retries", http(&Http::max_retries), whole(0, 20),
              "Further attempts after a failed one. Never after the first word was shown."),
      setting("http_client.backoff_factor", http(&Http::backoff_factor), seconds(0, 60),
              "Wait before the first further attempt; it doubles each time."),
  };
}

template <class Owner>
std::vector<Setting<Owner>> joined(std::initializer_list<std::vector<Setting<Owner>>> parts) {
  std::vector<Setting<Owner>> all;
  for (const auto& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

}  // namespace

const std::vector<Setting<Config>>& settings() {
  static const auto all = joined({llm_settings(), shared_limit_settings(), chat_settings(), repository_settings(),
                                  websocket_settings(), server_settings(), mcp_settings(), memory_settings()});
  return all;
}

const std::vector<Setting<ProviderConfig>>& provider_settings() {
  static const auto all =
      joined({model_settings(), openrouter_settings(), provider_limit_settings(), http_settings(), price_settings()});
  return all;
}

const std::vector<ForeignKey>& foreign_keys() {
  static const std::vector<ForeignKey> all{
      {"chat.websocket.concurrency", "event loops serve all clients; see server.threads"},
      {"chat.websocket.workers", "event loops serve all clients; see server.threads"},
      {"server.workers", "event loops serve all clients; see server.threads"},
      {"server.reload", "the program does not change while it runs"},
      {"server.host", "the address is chat.websocket.host"},
      {"server.port", "the port is chat.websocket.port"},
      {"logging.file", "logs go to stderr; send that where you like"},
      {"logging.handlers", "logs go to stderr; send that where you like"},
      {"logging.date_format", "times are written as ISO 8601 in UTC"},
      {"logging.loggers", "there is one log; see logging.level"},
  };
  return all;
}

}  // namespace convoke
