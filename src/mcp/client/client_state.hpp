#pragma once
#include "base/signal.hpp"
#include "mcp/client/session.hpp"

namespace convoke::mcp {

/// What a Client is made of. Internal to client/.
struct Client::State {
  State(Executor executor, std::unique_ptr<Transport> transport, ClientOptions options, Log log);

  /// The handshake failed in a way that an older server would cause.
  bool should_try_older_way(const Result<void>& ended, EraChoice choice);
  /// One life of the connection.
  Task<Result<void>> live(EraChoice choice, std::function<Task<Result<void>>()> body);
  Task<> talk_while_carried(EraChoice choice, std::function<Task<Result<void>>()> body,
                            std::optional<Result<void>>& ended);
  Task<Result<void>> talk(EraChoice choice, std::function<Task<Result<void>>()> body);
  Task<> listen_forever();

  Executor executor;
  std::unique_ptr<Transport> transport;
  ClientOptions options;
  Log log;
  Session session;
  ServerDescription server{};
  bool connected = false;
  bool probing = false;       ///< the last life has not got beyond the handshake
  bool known_legacy = false;  ///< learnt from an earlier life: no need to ask again
  bool is_open = false;
  Signal opened;
};

}  // namespace convoke::mcp
