#include "net/http_transfer.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <boost/asio/as_tuple.hpp>
#include <cctype>
#include <charconv>
#include <system_error>

#include "base/cancellation.hpp"

namespace convoke::net {
namespace {

constexpr std::size_t max_answer_header_bytes = 256 * 1024;

std::string lower_first(std::string text) {
  const bool is_acronym = text.size() > 1 && std::isupper(static_cast<unsigned char>(text[1]));
  if (!text.empty() && !is_acronym) text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  return text;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

Errc code_of(CURLcode result) {
  switch (result) {
    case CURLE_OPERATION_TIMEDOUT: return Errc::timed_out;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE: return Errc::denied;
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL: return Errc::invalid_input;
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING: return Errc::protocol;
    case CURLE_OUT_OF_MEMORY:
    case CURLE_FAILED_INIT:
    case CURLE_BAD_FUNCTION_ARGUMENT: return Errc::internal;
    default: return Errc::unavailable;
  }
}

}  // namespace

HttpTransfer::HttpTransfer(Executor executor, HttpRequest request, HttpStreaming streaming, std::string peer)
    : request_(std::move(request)),
      streaming_(std::move(streaming)),
      peer_(std::move(peer)),
      easy_(curl_easy_init()),
      wake_(executor) {
  if (!easy_) throw std::bad_alloc();
}

HttpTransfer::~HttpTransfer() {
  curl_easy_cleanup(easy_);
  curl_slist_free_all(headers_);
}

Task<> HttpTransfer::ended() {
  while (!is_over_) {
    wake_.expires_at(due());
    co_await wake_.async_wait(asio::as_tuple(asio::use_awaitable));
    co_await unwind_if_cancelled();
    if (!is_over_ && SteadyClock::now() >= due()) end_with(Errc::timed_out, overdue());
  }
}

Result<HttpResponse> HttpTransfer::take_outcome() {
  if (bug_) std::rethrow_exception(bug_);
  if (error_) return fail(*error_);
  return std::move(response_);
}

void HttpTransfer::finish(CURLcode result) {
  is_complete_ = true;
  if (!is_over_ && result != CURLE_OK) error_ = explain(result);
  is_over_ = true;
  wake_.cancel();
}

/// Every address a name resolved to comes by here: checking the name instead would leave time to change what it means.
curl_socket_t HttpTransfer::open_socket(void* self, curlsocktype, curl_sockaddr* address) {
  auto& transfer = *static_cast<HttpTransfer*>(self);
  if (transfer.stage_ == Stage::queued) transfer.enter(Stage::connecting);
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* bytes = nullptr;
  if (address->family == AF_INET) bytes = &reinterpret_cast<const sockaddr_in*>(&address->addr)->sin_addr;
  if (address->family == AF_INET6) bytes = &reinterpret_cast<const sockaddr_in6*>(&address->addr)->sin6_addr;
  if (bytes) inet_ntop(address->family, bytes, text.data(), text.size());
  if (!transfer.may_reach(text.data())) return CURL_SOCKET_BAD;
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

int HttpTransfer::on_resolving(void*, void*, void* self) {
  auto& transfer = *static_cast<HttpTransfer*>(self);
  if (transfer.stage_ == Stage::queued) transfer.enter(Stage::connecting);
  return 0;
}

/// Also for a connection that was open already.
int HttpTransfer::on_connected(void* self, char* peer_address, char*, int, int) {
  auto& transfer = *static_cast<HttpTransfer*>(self);
  if (!transfer.may_reach(peer_address)) return CURL_PREREQFUNC_ABORT;
  transfer.peer_address_ = peer_address;
  transfer.enter(transfer.leaves_at_once() ? Stage::waiting : Stage::sending);
  return CURL_PREREQFUNC_OK;
}

bool HttpTransfer::may_reach(std::string_view address) {
  if (request_.reach.includes(network_kind_of(address))) return true;
  unreachable_ = true;
  return false;
}

std::size_t HttpTransfer::on_send(char* buffer, std::size_t, std::size_t size, void* self) {
  auto& transfer = *static_cast<HttpTransfer*>(self);
  const std::string_view left = std::string_view(transfer.request_.body).substr(transfer.sent_);
  const std::string_view piece = left.substr(0, size);
  piece.copy(buffer, piece.size());
  transfer.sent_ += piece.size();
  if (transfer.stage_ == Stage::sending) {
    const bool is_last = piece.size() == left.size();
    transfer.enter(is_last ? Stage::waiting : Stage::sending);
  }
  return piece.size();
}

/// A connection out of the pool may turn out to be dead: curl begins again on another.
int HttpTransfer::on_rewind(void* self, curl_off_t offset, int origin) {
  auto& transfer = *static_cast<HttpTransfer*>(self);
  const bool is_inside =
      origin == SEEK_SET && offset >= 0 && static_cast<std::size_t>(offset) <= transfer.request_.body.size();
  if (!is_inside) return CURL_SEEKFUNC_FAIL;
  transfer.sent_ = static_cast<std::size_t>(offset);
  return CURL_SEEKFUNC_OK;
}

std::size_t HttpTransfer::on_header(char* bytes, std::size_t, std::size_t size, void* self) {
  auto& transfer = *static_cast<HttpTransfer*>(self);
  try {
    if (transfer.take_header({bytes, size})) return size;
  } catch (...) {
    transfer.bug_ = std::current_exception();
  }
  return size + 1;  // anything but `size` ends the transfer
}

std::size_t HttpTransfer::on_body(char* bytes, std::size_t, std::size_t size, void* self) {
  auto& transfer = *static_cast<HttpTransfer*>(self);
  try {
    if (transfer.take_body({bytes, size})) return size;
  } catch (...) {
    transfer.bug_ = std::current_exception();
  }
  return size + 1;
}

bool HttpTransfer::take_header(std::string_view line) {
  if (is_over_ || has_head_) return true;  // a trailer, after a chunked body
  header_bytes_ += line.size();
  if (header_bytes_ > max_answer_header_bytes) {
    end_with(Errc::protocol, "the answer's headers are too large");
    return false;
  }
  HttpHead& head = response_.head;
  if (line.starts_with("HTTP/")) {  // of the answer, or of an interim one (1xx) before it
    head = {.peer_address = peer_address_};
    const std::size_t space = std::min(line.find(' '), line.size() - 1);
    std::from_chars(line.data() + space + 1, line.data() + line.size(), head.status);
    return true;
  }
  if (const std::string_view content = trimmed(line); !content.empty()) {
    const std::size_t colon = content.find(':');
    if (colon == content.npos) return true;
    head.headers.emplace_back(content.substr(0, colon), trimmed(content.substr(colon + 1)));
    return true;
  }
  if (head.status < 200) return true;
  has_head_ = true;
  const bool is_wanted = !streaming_.on_head || streaming_.on_head(head);
  is_streamed_ = streaming_.on_body && is_wanted;
  return true;
}

bool HttpTransfer::take_body(std::string_view bytes) {
  if (is_over_) return true;  // draining
  if (stage_ == Stage::receiving) {
    stage_began_ = SteadyClock::now();
  } else {
    enter(Stage::receiving);
  }
  if (is_streamed_) {
    if (streaming_.on_body(bytes) == BodyWanted::more) return true;
    is_over_ = true;
    wake_.cancel();
    return true;
  }
  if (response_.body.size() + bytes.size() > request_.max_body_bytes) {
    end_with(Errc::protocol, "the answer is larger than " + std::to_string(request_.max_body_bytes) + " bytes");
    return false;
  }
  response_.body += bytes;
  return true;
}

void HttpTransfer::enter(Stage stage) {
  stage_ = stage;
  stage_began_ = SteadyClock::now();
  if (due() < wake_.expiry()) wake_.cancel();  // it comes sooner than the one waited for
}

std::chrono::milliseconds HttpTransfer::limit_of(Stage stage) const {
  const auto& limits = request_.timeouts;
  switch (stage) {
    case Stage::queued: return limits.pool;
    case Stage::connecting: return limits.connect;
    case Stage::sending: return limits.write;
    case Stage::waiting: return limits.first_byte;
    case Stage::receiving: return limits.idle;
  }
  std::unreachable();
}

Deadline HttpTransfer::due() const {
  const auto after = [](Deadline from, std::chrono::milliseconds limit) {
    return limit.count() > 0 ? from + limit : Deadline::max();
  };
  return std::min(after(stage_began_, limit_of(stage_)), after(started_, request_.timeouts.total));
}

std::string HttpTransfer::overdue() const {
  const auto total = request_.timeouts.total;
  if (total.count() > 0 && SteadyClock::now() >= started_ + total) {
    return "no complete answer within " + std::to_string(total.count()) + " ms";
  }
  const std::string limit = std::to_string(limit_of(stage_).count()) + " ms";
  switch (stage_) {
    case Stage::queued: return "no free connection within " + limit;
    case Stage::connecting: return "no connection within " + limit;
    case Stage::sending: return "the request could not be sent: nothing was taken for " + limit;
    case Stage::waiting: return "no answer within " + limit;
    case Stage::receiving: return "the answer stalled for " + limit;
  }
  std::unreachable();
}

void HttpTransfer::end_with(Errc code, std::string_view reason) {
  error_ = Error{code, peer_ + ": " + std::string(reason)};
  is_over_ = true;
  wake_.cancel();
}

Error HttpTransfer::explain(CURLcode result) const {
  const bool is_refused = result == CURLE_COULDNT_CONNECT || result == CURLE_ABORTED_BY_CALLBACK;
  if (unreachable_ && is_refused) {
    return Error{Errc::denied, peer_ + ": is in a private network, where this URL may not lead"};
  }
  std::string reason = lower_first(curl_message_[0] ? curl_message_.data() : curl_easy_strerror(result));
  long os_error = 0;
  curl_easy_getinfo(easy_, CURLINFO_OS_ERRNO, &os_error);
  if (result == CURLE_COULDNT_CONNECT && os_error != 0) {
    reason = lower_first(std::generic_category().message(static_cast<int>(os_error)));
  }
  if (result == CURLE_PARTIAL_FILE) reason = "the answer was cut off";
  if (result == CURLE_GOT_NOTHING) reason = "the connection was closed without an answer";
  return Error{code_of(result), peer_ + ": " + reason};
}

}  // namespace convoke::net
