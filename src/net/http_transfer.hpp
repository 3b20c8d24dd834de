#pragma once
#include <curl/curl.h>

#include <array>
#include <boost/asio/steady_timer.hpp>
#include <exception>
#include <memory>
#include <optional>

#include "net/http_client.hpp"
#include "net/url.hpp"

namespace convoke::net {

/// One request on its way, with its answer so far: what curl calls back into. Included only by this room's sources.
class HttpTransfer {
 public:
  /// `invalid_input` for a URL, method or header that cannot be sent.
  static Result<std::unique_ptr<HttpTransfer>> prepare(Executor executor, const HttpClientOptions& options,
                                                       HttpRequest request, HttpStreaming streaming);
  ~HttpTransfer();
  HttpTransfer(const HttpTransfer&) = delete;
  HttpTransfer& operator=(const HttpTransfer&) = delete;

  CURL* easy() { return easy_; }

  /// Waits until the answer is complete, the caller has enough, or a deadline has passed.
  Task<> ended();
  /// What to tell the caller after `ended`.
  Result<HttpResponse> take_outcome();

  /// curl is through with it, for better or worse.
  void finish(CURLcode result);

  bool is_complete() const { return is_complete_; }  ///< curl holds it no more
  /// The caller has what it wants, and what is left of the answer is thrown away.
  bool is_draining() const { return is_over_ && !error_ && !bug_ && !is_complete_; }
  /// The caller's hooks are not called again, and what they hold is let go.
  void forget_hooks() { streaming_ = {}; }
  asio::steady_timer& timer() { return wake_; }

 private:
  enum class Stage { queued, connecting, sending, waiting, receiving };

  HttpTransfer(Executor executor, HttpRequest request, HttpStreaming streaming, std::string peer);
  Result<void> configure(const HttpClientOptions& options, const Url& url);
  Result<void> add_headers();
  void choose_method();
  /// True for a body that curl sends in one piece with the head, so that there is no sending to be slow.
  bool leaves_at_once() const { return request_.body.size() <= 16UL * 1024; }

  static curl_socket_t open_socket(void* self, curlsocktype, curl_sockaddr* address);
  static int on_resolving(void* state, void* reserved, void* self);
  static int on_connected(void* self, char* peer_address, char*, int, int);
  static std::size_t on_send(char* buffer, std::size_t, std::size_t size, void* self);
  static int on_rewind(void* self, curl_off_t offset, int origin);
  bool may_reach(std::string_view address);
  static std::size_t on_header(char* bytes, std::size_t, std::size_t size, void* self);
  static std::size_t on_body(char* bytes, std::size_t, std::size_t size, void* self);
  bool take_header(std::string_view line);
  bool take_body(std::string_view bytes);
  void enter(Stage stage);
  std::chrono::milliseconds limit_of(Stage stage) const;
  Deadline due() const;
  std::string overdue() const;
  void end_with(Errc code, std::string_view reason);
  Error explain(CURLcode result) const;

  HttpRequest request_;
  HttpStreaming streaming_;
  std::string peer_;  ///< "host:port"
  CURL* easy_;
  curl_slist* headers_ = nullptr;
  std::array<char, CURL_ERROR_SIZE> curl_message_{};
  asio::steady_timer wake_;  ///< the next deadline; cancelled to wake the caller earlier

  std::string peer_address_;
  bool unreachable_ = false;  ///< an address was outside of the request's reach
  HttpResponse response_;
  std::size_t header_bytes_ = 0;
  bool has_head_ = false;
  bool is_streamed_ = false;

  std::size_t sent_ = 0;  ///< bytes of the request's body that curl has taken

  Stage stage_ = Stage::queued;
  Deadline started_ = SteadyClock::now();
  Deadline stage_began_ = started_;  ///< when receiving: the time of the last piece
  bool is_over_ = false;
  bool is_complete_ = false;
  std::optional<Error> error_;
  std::exception_ptr bug_;  ///< thrown by a hook; must not unwind through curl
};

}  // namespace convoke::net
