#include "net/http_transfer.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <boost/asio/as_tuple.hpp>
#include <cctype>
#include <charconv>
#include <system_error>

#include "net/cancellation.hpp"

namespace convoke::net {
namespace {

constexpr std::size_t max_answer_header_bytes = 256 * 1024;

/// libcurl reads options through varargs: what a `long` option gets must be a long.
void set(CURL* easy, CURLoption option, long value) { curl_easy_setopt(easy, option, value); }

bool has_line_break(std::string_view text) { return text.find_first_of(std::string_view("\r\n\0", 3)) != text.npos; }

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

Result<std::unique_ptr<HttpTransfer>> HttpTransfer::prepare(Executor executor, const HttpClientOptions& options,
                                                            HttpRequest request, HttpStreaming streaming) {
  TRY(const Url url, parse_url(request.url));
  std::unique_ptr<HttpTransfer> transfer(
      new HttpTransfer(std::move(executor), std::move(request), std::move(streaming), url.authority()));
  CHECK_OK(transfer->configure(options, url));
  return transfer;
}

Result<void> HttpTransfer::configure(const HttpClientOptions& options, const Url& url) {
  if (url.scheme != "http" && url.scheme != "https") {
    return fail(Errc::invalid_input, peer_ + ": an HTTP request needs an http or https URL");
  }
  curl_easy_setopt(easy_, CURLOPT_URL, request_.url.c_str());
  curl_easy_setopt(easy_, CURLOPT_PRIVATE, this);
  curl_easy_setopt(easy_, CURLOPT_ERRORBUFFER, curl_message_.data());
  curl_easy_setopt(easy_, CURLOPT_USERAGENT, options.user_agent.c_str());
  set(easy_, CURLOPT_NOSIGNAL, 1);
  set(easy_, CURLOPT_QUICK_EXIT, 1);  // or a cancelled name lookup would block the loop until the resolver answers
  set(easy_, CURLOPT_TCP_NODELAY, 1);
  set(easy_, CURLOPT_TCP_KEEPALIVE, 1);
  set(easy_, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1);
  // HTTP/2 only where ALPN agrees on it: 7.88 breaks a cleartext connection when it is used again. Waiting for a
  // connection to multiplex on pays with TLS; in the clear it would make requests queue behind the first answer.
  set(easy_, CURLOPT_HTTP_VERSION, url.is_secure() ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1);
  set(easy_, CURLOPT_PIPEWAIT, url.is_secure() ? 1 : 0);
  // Our own timer rules; curl is told so that it shares the time out between a host's addresses.
  constexpr long a_day_ms = 24L * 60 * 60 * 1000;
  const long connect_ms = static_cast<long>(request_.timeouts.connect.count());
  set(easy_, CURLOPT_CONNECTTIMEOUT_MS, connect_ms > 0 ? connect_ms : a_day_ms);
  if (!options.ca_file.empty()) curl_easy_setopt(easy_, CURLOPT_CAINFO, options.ca_file.c_str());
  const long expiry_s = static_cast<long>((options.idle_expiry.count() + 999) / 1000);
  set(easy_, CURLOPT_MAXAGE_CONN, std::max(expiry_s, 1L));
  if (expiry_s == 0) set(easy_, CURLOPT_FORBID_REUSE, 1);

  // Either says that the request has its place in the pool and begins to connect.
  curl_easy_setopt(easy_, CURLOPT_RESOLVER_START_FUNCTION, &HttpTransfer::on_resolving);
  curl_easy_setopt(easy_, CURLOPT_RESOLVER_START_DATA, this);
  curl_easy_setopt(easy_, CURLOPT_OPENSOCKETFUNCTION, &HttpTransfer::open_socket);
  curl_easy_setopt(easy_, CURLOPT_OPENSOCKETDATA, this);
  curl_easy_setopt(easy_, CURLOPT_PREREQFUNCTION, &HttpTransfer::on_connected);
  curl_easy_setopt(easy_, CURLOPT_PREREQDATA, this);
  curl_easy_setopt(easy_, CURLOPT_HEADERFUNCTION, &HttpTransfer::on_header);
  curl_easy_setopt(easy_, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(easy_, CURLOPT_WRITEFUNCTION, &HttpTransfer::on_body);
  curl_easy_setopt(easy_, CURLOPT_WRITEDATA, this);
  choose_method();
  return add_headers();
}

void HttpTransfer::choose_method() {
  const std::string& method = request_.method;
  if (method == "HEAD") {
    set(easy_, CURLOPT_NOBODY, 1);
  } else if (!request_.body.empty() || method == "POST" || method == "PUT" || method == "PATCH") {
    set(easy_, CURLOPT_POST, 1);
    curl_easy_setopt(easy_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
    curl_easy_setopt(easy_, CURLOPT_READFUNCTION, &HttpTransfer::on_send);
    curl_easy_setopt(easy_, CURLOPT_READDATA, this);
    curl_easy_setopt(easy_, CURLOPT_SEEKFUNCTION, &HttpTransfer::on_rewind);
    curl_easy_setopt(easy_, CURLOPT_SEEKDATA, this);
  }
  if (method != "HEAD") curl_easy_setopt(easy_, CURLOPT_CUSTOMREQUEST, method.c_str());
}

Result<void> HttpTransfer::add_headers() {
  if (request_.method.empty() || has_line_break(request_.method) || request_.method.contains(' ')) {
    return fail(Errc::invalid_input, peer_ + ": the method is not one word");
  }
  const auto append = [this](const std::string& line) {
    curl_slist* const longer = curl_slist_append(headers_, line.c_str());
    if (!longer) throw std::bad_alloc();
    headers_ = longer;
  };
  append("Expect:");  // no "100-continue": it costs a round trip
  if (!find_header(request_.headers, "Content-Type")) append("Content-Type:");  // or curl would claim a web form
  for (const auto& [name, value] : request_.headers) {
    if (name.empty() || has_line_break(name) || name.contains(':') || has_line_break(value)) {
      return fail(Errc::invalid_input, peer_ + ": a header field is empty or holds a line break");
    }
    append(value.empty() ? name + ';' : name + ": " + value);
  }
  curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, headers_);
  return {};
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
  transfer.enter(transfer.request_.body.empty() ? Stage::waiting : Stage::sending);
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
  wake_.cancel();  // the next deadline may come sooner than the one waited for
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
