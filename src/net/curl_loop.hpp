#pragma once
#include <curl/curl.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_map>

#include "base/task.hpp"

namespace convoke::net {

/// Lets an event loop drive one libcurl multi handle: the loop watches curl's sockets and keeps its one timer. Included
/// only by this room's sources. Used from its loop only, and never from inside a curl callback.
class CurlLoop {
 public:
  /// `on_finished` runs outside curl, after the transfer has been removed.
  using Finished = std::function<void(CURL*, CURLcode)>;

  CurlLoop(Executor executor, Finished on_finished);
  ~CurlLoop();
  CurlLoop(const CurlLoop&) = delete;
  CurlLoop& operator=(const CurlLoop&) = delete;

  CURLM* multi() { return multi_; }

  /// Starts a transfer, which takes its first step at once. Not to be called from a callback of curl.
  void add(CURL* easy);
  /// Ends one that has not finished. A connection in the middle of an answer is closed.
  void remove(CURL* easy);

  /// Dies with this object: a handler that is already queued looks at it before it touches anything.
  std::weak_ptr<const bool> lifetime() const { return alive_; }

 private:
  struct Watch {
    std::uint64_t id;  ///< tells it from an earlier socket of the same number
    asio::posix::stream_descriptor descriptor;
    bool wants_read = false;
    bool wants_write = false;
    bool is_reading = false;
    bool is_writing = false;
  };

  static int on_socket(CURL*, curl_socket_t socket, int what, void* self, void*);
  static int on_timer(CURLM*, long timeout_ms, void* self);
  int watch(curl_socket_t socket, int what);
  void forget(curl_socket_t socket);
  void arm(curl_socket_t socket, Watch& watch);
  void on_ready(curl_socket_t socket, std::uint64_t id, int events);
  void act(curl_socket_t socket, int events);

  Executor executor_;
  Finished on_finished_;
  CURLM* multi_;
  asio::steady_timer timer_;
  std::unordered_map<curl_socket_t, Watch> watches_;
  std::uint64_t last_id_ = 0;
  bool is_adding_ = false;
  std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

}  // namespace convoke::net
