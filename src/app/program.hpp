#pragma once
#include <atomic>
#include <boost/asio/signal_set.hpp>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "app/config.hpp"
#include "app/loop.hpp"
#include "hub/hub.hpp"

namespace convoke {

/// The whole server: builds every object once, connects them, runs until a signal. Reading this class shows what there
/// is and who owns it.
class Program {
 public:
  /// `servers` are the MCP servers to connect to; `providers` has a usable entry for `config.llm.active`.
  Program(Config config, std::vector<ServerEntry> servers, std::vector<ProviderSettings> providers,
          std::unique_ptr<ConversationStore> store, Log log);
  ~Program();

  /// Opens the listening sockets, serves, and returns after the first SIGTERM or SIGINT once everything is closed.
  /// A second signal ends the process at once. An error means that it could not start.
  Result<void> run();

 private:
  Result<std::uint16_t> listen();
  Task<> live(std::uint16_t port);
  Task<> serve_until_told();
  Task<> signalled();
  Task<> drain();
  Task<> look_for_local_models();
  Task<> clear_if_configured();
  Task<> close_interrupted_turns();
  Task<> serve_loop(Loop& loop);
  Executor first_loop() { return contexts_.front()->get_executor(); }

  json::object health() const;
  json::object status() const;
  std::string metrics_text();

  Config config_;
  std::vector<ProviderSettings> providers_;
  Log log_;
  SystemClock clock_;
  SteadyClock::time_point began_;
  Metrics metrics_;
  TurnMetrics turn_metrics_;
  std::unique_ptr<ConversationStore> store_;
  LiveTurns live_turns_;
  Conversations conversations_;
  std::atomic<bool> ready_{false};
  /// One line for people, set once after the start.
  std::atomic<std::shared_ptr<const std::string>> hint_;
  std::vector<std::unique_ptr<asio::io_context>> contexts_;  ///< one per loop; the first one runs the program, too
  asio::signal_set signals_;                                 ///< caught from the start, waited for once we serve
  net::HttpClient mcp_http_;                                 ///< a pool of its own, on the first loop
  Hub hub_;
  SharedParts shared_;
  std::vector<std::unique_ptr<Loop>> loops_;
};

}  // namespace convoke
