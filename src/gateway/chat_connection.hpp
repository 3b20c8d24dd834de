#pragma once
#include <functional>
#include <list>
#include <optional>
#include <string>

#include "base/metrics.hpp"
#include "base/task_scope.hpp"
#include "chat/turns.hpp"
#include "gateway/queries.hpp"
#include "net/http_server.hpp"

namespace convoke {

/// What a connection works with. All of it outlives the connections.
struct ConnectionServices {
  Turns& turns;
  QueryServices queries;
  /// More than this waiting for a client that does not read, and it is disconnected.
  std::size_t max_pending_bytes = 4U << 20U;
  Counter& frames_in;
  Counter& frames_out;
  Counter& slow_clients;
};

/// One client on its WebSocket: frames in, frames out. What it started goes on without it. Lives on one loop.
class ChatConnection {
 public:
  /// `user` is whose usage its questions are; empty where nobody is known by name.
  ChatConnection(Executor executor, net::WebSocket& socket, const ConnectionServices& services, Log log,
                 std::string user = {});

  /// Serves the client until it leaves or is closed.
  Task<> run();

  /// Tells the client something in no request's name.
  void announce(Notice notice);
  /// Closes the socket once what waits has been sent, or at once when the client does not read.
  void close(net::CloseReason reason);

 private:
  Task<> read_frames();
  Task<> write_frames(News news);
  Task<> say_goodbye();

  void take(std::string_view text);
  Task<> handle(ClientFrame frame);
  Task<> handle(std::string request_id, Chat chat);
  Task<> handle(std::string request_id, CancelTurn cancel);
  Task<> handle(std::string request_id, ResumeTurn resume);
  Task<> handle(std::string request_id, AnswerInput given);
  Task<> handle(std::string request_id, ExportConversation wanted);
  Task<> handle(std::string request_id, ImportConversations given);
  /// All others are answered with one frame.
  template <class Query>
  Task<> handle(std::string request_id, Query query);

  Task<std::string> open_own_conversation();
  void read_journal(Result<Turns::Place> place, const std::string& request_id);
  std::optional<std::string> own_conversation_of(const std::string& request_id) const;
  void answer(const std::string& request_id, json::object data);
  void refuse(const std::string& request_id, Error error, std::string field = "");
  void send(const ServerFrame& frame);
  std::optional<std::string> next_text();
  void something_waits(News news);
  std::size_t pending_bytes() const;

  net::WebSocket& socket_;
  const ConnectionServices& services_;
  Log log_;
  TaskScope requests_;
  Signal changed_;
  std::string user_;
  std::string own_conversation_;
  bool own_is_used_ = false;  ///< a question went there
  /// The file that is coming in, one at a time.
  struct RunningImport {
    std::string id;
    std::unique_ptr<Import> import;
    bool is_busy = false;  ///< with a piece
  };
  std::optional<RunningImport> import_;
  std::list<std::string> waiting_;  ///< frames that belong to no journal
  std::size_t waiting_bytes_ = 0;
  std::list<JournalReader> readers_;
  std::optional<net::CloseReason> close_reason_;
  std::optional<SteadyClock::time_point> writes_since_;  ///< set while a frame is being written
  bool is_writing_ = false;                              ///< `write_frames` runs
  bool says_goodbye_ = false;                            ///< nothing is written after the close frame
};

}  // namespace convoke
