#pragma once
#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>

#include "app/call_metrics.hpp"
#include "app/configuration.hpp"
#include "app/providers.hpp"
#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "chat/conversations.hpp"
#include "chat/turns.hpp"
#include "gateway/gateway.hpp"
#include "hub/hub.hpp"
#include "hub/toolbox.hpp"
#include "net/http_client.hpp"
#include "net/http_server.hpp"

namespace convoke {

/// What all loops share. Everything in it may be used from any thread.
struct SharedParts {
  const Config& config;
  ConversationStore& store;
  Ledger& ledger;
  CallMetrics& call_metrics;
  Toolbox& tools;
  Hub& hub;
  const Clock& clock;
  Metrics& metrics;
  TurnMetrics& turn_metrics;
  CallGate& gate;
  Counting counting;
  ToolOffers& offers;
  LiveTurns& live_turns;
  ApprovalMemory& approvals;
  Conversations& conversations;
  Memory& memory;
  ProgramState program;
  std::function<json::object()> status;
  std::function<void(Notice)> announce;  ///< tells every client of every loop
  Log log;
};

/// One event loop with everything that lives on it: its listener and connections, its turns, its HTTP client and
/// models. Nothing in here is touched from another thread, except through the loop's executor.
class Loop {
 public:
  /// `context` runs on one thread and outlives the loop.
  Loop(int number, asio::io_context& context, const SharedParts& shared);
  ~Loop();

  /// Opens the listening sockets and returns their port. Before `serve`. "localhost" is both 127.0.0.1 and, where there
  /// is IPv6, ::1: some clients try only one of them.
  Result<std::uint16_t> listen(std::uint16_t port);

  Executor executor() { return context_.get_executor(); }

  // On this loop:
  void announce(const Notice& notice) { gateway_.announce(notice); }
  /// Serves until cancelled.
  Task<> serve();
  /// Takes nothing new, tells the clients, lets the turns end until `deadline`, says goodbye.
  Task<> drain(Deadline deadline);
  /// Takes these settings for the turns that follow. To be called once before `serve`.
  void use(const Configuration& configuration);
  const Models& models() const { return turns_.models(); }

 private:
  Task<> watch_lag();

  asio::io_context& context_;
  const SharedParts& shared_;
  Log log_;
  net::HttpClient http_;
  Turns turns_;
  Gateway gateway_;
  net::HttpServer server_;
  net::HttpServer second_server_;  ///< on ::1
  Histogram& lag_;
};

}  // namespace convoke
