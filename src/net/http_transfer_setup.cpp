// How a transfer is set up: what libcurl is told before it begins.
#include "net/http_transfer.hpp"

namespace convoke::net {
namespace {

/// libcurl reads options through varargs: what a `long` option gets must be a long.
void set(CURL* easy, CURLoption option, long value) { curl_easy_setopt(easy, option, value); }

bool has_line_break(std::string_view text) { return text.find_first_of(std::string_view("\r\n\0", 3)) != text.npos; }

}  // namespace

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

}  // namespace convoke::net
