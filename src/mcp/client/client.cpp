#include "mcp/client/client.hpp"

#include "mcp/client/client_state.hpp"
#include "mcp/client/handshake.hpp"

namespace convoke::mcp {

namespace {

/// What a server answers over HTTP that does not know our way of speaking to it.
bool is_refusal(Errc code) { return code == Errc::invalid_input || code == Errc::not_found; }

std::unexpected<Error> lost(Error reason) {
  if (reason.code == Errc::cancelled) reason.code = Errc::unavailable;
  return fail(std::move(reason));
}

}  // namespace

Client::State::State(Executor e, std::unique_ptr<Transport> t, ClientOptions o, Log l)
    : executor(e),
      transport(std::move(t)),
      options(std::move(o)),
      log(std::move(l)),
      session(e, *transport, options, log),
      opened(e) {}

Client::Client(Executor executor, std::unique_ptr<Transport> transport, ClientOptions options, Log log)
    : state_(std::make_unique<State>(executor, std::move(transport), std::move(options), std::move(log))) {}

Client::~Client() = default;

bool Client::connected() const { return state_->connected; }

const ServerDescription& Client::server() const { return state_->server; }

Task<Result<void>> Client::run(std::function<Task<Result<void>>()> body) {
  const EraChoice choice = state_->options.era;
  const bool remembers_legacy = choice == EraChoice::automatic && state_->known_legacy;
  auto ended = co_await state_->live(remembers_legacy ? EraChoice::legacy : choice, body);

  if (state_->should_try_older_way(ended, choice)) {
    auto older = co_await state_->live(EraChoice::legacy, std::move(body));
    // Of a server that refuses both ways, what it said to the usual one is what people can use.
    if (older || !state_->probing || !is_refusal(older.error().code)) ended = std::move(older);
  }
  if (state_->probing) {
    state_->known_legacy = false;
    state_->transport->forget_older_way();
  }
  co_return ended;
}

bool Client::State::should_try_older_way(const Result<void>& ended, EraChoice choice) {
  if (ended || !probing || choice == EraChoice::modern) return false;
  const Errc code = ended.error().code;
  if (transport->kind() == Transport::Kind::http) return is_refusal(code) && transport->try_older_way();
  // Some legacy servers leave at the first message that is not `initialize`: start again with that.
  return code == Errc::unavailable && choice == EraChoice::automatic && !known_legacy;
}

Task<Result<void>> Client::State::live(EraChoice choice, std::function<Task<Result<void>>()> body) {
  TaskScope tasks(executor, log);
  struct Life {
    State& state;
    ~Life() { state.session.end(), state.connected = false; }
  } const life{*this};
  session.begin(tasks);
  is_open = false;
  probing = true;

  std::optional<Result<void>> ended;
  co_await tasks.run(talk_while_carried(choice, std::move(body), ended));
  co_return *std::move(ended);
}

Task<> Client::State::talk_while_carried(EraChoice choice, std::function<Task<Result<void>>()> body,
                                         std::optional<Result<void>>& ended) {
  using namespace asio::experimental::awaitable_operators;
  auto carried = transport->run([this](jsonrpc::Message message) { session.take(std::move(message)); },
                                [this] { is_open = true, opened.notify(); });
  auto first = co_await (talk(choice, std::move(body)) || std::move(carried));
  ended = std::visit(Overloaded{[](Result<void>& result) { return std::move(result); },
                                [](Error& reason) -> Result<void> { return lost(std::move(reason)); }},
                     first);
}

Task<Result<void>> Client::State::talk(EraChoice choice, std::function<Task<Result<void>>()> body) {
  using namespace asio::experimental::awaitable_operators;
  while (!is_open) co_await opened.wait();
  CO_CHECK(co_await shake_hands(session, choice));
  probing = false;
  known_legacy = session.era() == Era::legacy;
  server = session.server;
  connected = true;
  log.debug("mcp.connected", {{"software", server.info.name}, {"revision", name_of(server.revision)}});
  if (session.era() == Era::legacy) co_return co_await body();

  // The subscription has nothing to say about the body's end: it only ends with it.
  auto first = co_await (body() || listen_forever());
  co_return std::get<0>(std::move(first));
}

Task<> Client::State::listen_forever() {
  co_await session.listen();
  co_await sleep_until(Deadline::max());
}

}  // namespace convoke::mcp
