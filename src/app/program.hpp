#pragma once
#include <atomic>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/thread_pool.hpp>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "app/configuration.hpp"
#include "app/loop.hpp"
#include "app/memory_server.hpp"
#include "gateway/authorization_desk.hpp"
#include "gateway/mcp_gateway.hpp"
#include "hub/hub.hpp"
#include "mcp/auth/file_credential_store.hpp"

namespace convoke {

/// Sets level and format for the whole process; where the format is open, a terminal gets text.
void apply_logging(const LoggingConfig& config);

/// What outlives the process, or not, as configured.
struct OpenedStore {
  std::unique_ptr<ConversationStore> conversations;
  std::unique_ptr<Ledger> ledger;  ///< may live in `conversations`
};

/// The whole server: builds every object once, connects them, runs until a signal. Reading this class shows what there
/// is and who owns it.
class Program {
 public:
  /// `configuration` has no problems. `read_again` reads the same files when they have changed.
  Program(Configuration configuration, std::function<Configuration()> read_again, OpenedStore store, Log log);
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
  Task<> watch_configuration();
  Task<> let_old_messages_go();
  Task<> apply(Configuration configuration);
  Task<> serve_loop(Loop& loop);
  Executor first_loop() { return contexts_.front()->get_executor(); }

  /// What can be asked, for people. Replaced as a whole when the configuration changes.
  struct OfferedModels {
    std::string provider;
    std::string model;
    std::vector<std::string> names;
    std::string hint{};  ///< one line: a model server that was found on this machine
  };
  std::shared_ptr<const OfferedModels> offered_models() const;
  void offer_models();
  void announce(Notice notice);

  std::function<Task<net::ServerResponse>(net::ServerRequest)> mcp_requests();
  json::object health() const;
  json::object status() const;
  std::string metrics_text();

  Configuration configuration_;  ///< as it was at the start
  Config& config_ = configuration_.config;
  std::function<Configuration()> read_again_;
  Log log_;
  SystemClock clock_;
  SteadyClock::time_point began_;
  Metrics metrics_;
  TurnMetrics turn_metrics_;
  CallMetrics call_metrics_;
  CallGate gate_;
  TokenCounts token_counts_;
  ToolOffers offers_;
  asio::thread_pool workers_{1};  ///< for what would keep a loop busy
  std::unique_ptr<ConversationStore> store_;
  std::unique_ptr<Ledger> ledger_;
  LiveTurns live_turns_;
  ApprovalMemory approvals_;
  Conversations conversations_;
  Memory memory_;
  std::unique_ptr<mcp::Server> memory_server_;
  std::atomic<bool> ready_{false};
  std::vector<LocalModelServer> local_models_;
  mutable std::mutex offered_mutex_;
  std::shared_ptr<const OfferedModels> offered_;             ///< guarded by offered_mutex_
  std::vector<std::unique_ptr<asio::io_context>> contexts_;  ///< one per loop; the first one runs the program, too
  asio::signal_set signals_;                                 ///< caught from the start, waited for once we serve
  net::HttpClient mcp_http_;                                 ///< a pool of its own, on the first loop
  mcp::FileCredentialStore credentials_;                     ///< on the first loop, too
  Hub hub_;
  McpGateway mcp_gateway_;
  AuthorizationDesk authorization_desk_;
  SharedParts shared_;
  std::vector<std::unique_ptr<Loop>> loops_;
};

}  // namespace convoke
