#pragma once
#include <deque>
#include <functional>
#include <map>
#include <memory>

#include "base/log.hpp"
#include "base/signal.hpp"
#include "base/wakeup.hpp"
#include "mcp/transport/pipe.hpp"
#include "mcp/transport/transport.hpp"

namespace convoke::mcp {

/// Opens a fresh pipe to the server: starts the process, or makes the in-memory pair.
using OpenPipe = std::function<Result<std::unique_ptr<Pipe>>()>;

/// A Transport over a Pipe: pairs responses with requests by id. Lines that are no messages are skipped, as are
/// responses that nobody can have asked for; the log tells of the first few, and how many there were in the end.
/// At most 64 MiB wait to be written; a sender waits for room then.
class PipeTransport final : public Transport {
 public:
  PipeTransport(Executor executor, OpenPipe open, Log log);
  ~PipeTransport() override;

  Kind kind() const override { return Kind::pipe; }
  Task<Error> run(OnMessage on_message, std::function<void()> ready) override;
  Task<Result<jsonrpc::Response>> exchange(jsonrpc::Request request, jsonrpc::Headers headers,
                                           Deadline deadline) override;
  Task<Result<void>> send(jsonrpc::Message message) override;
  void agreed(Revision) override {}
  Task<> established() override;

 private:
  struct Pending;
  Task<Error> carry(OnMessage on_message);
  Task<Error> read_messages(OnMessage on_message);
  Task<Error> write_messages();
  Task<Error> expire_requests();
  Task<Result<void>> room();
  void put(const jsonrpc::Message& message);
  void take(std::string line, const OnMessage& on_message);
  void deliver(jsonrpc::Response response);
  void tell_skipped(std::string_view what, std::string_view reason);
  void lose(const Error& reason);

  OpenPipe open_;
  Log log_;
  std::unique_ptr<Pipe> pipe_;
  std::map<jsonrpc::Id, Pending*> pending_;
  std::string unwritten_;
  std::int64_t highest_id_ = -1;  ///< of any request on this pipe
  std::uint64_t skipped_ = 0;     ///< messages
  std::uint64_t put_bytes_ = 0;   ///< ever, and how many of them were written
  std::uint64_t written_bytes_ = 0;
  Wakeup something_to_write_;
  Signal written_;
  Deadline next_expiry_{};  ///< no request expires before
  Signal sooner_expiry_;
  std::optional<Error> lost_;  ///< why nothing can be sent now
};

}  // namespace convoke::mcp
