#include "gateway/page.hpp"

#include <algorithm>

#include "gateway/web_files.hpp"

namespace convoke {
namespace {

/// The page loads nothing from elsewhere, runs nothing inline and never turns text into HTML; what models and tools say
/// cannot change that.
constexpr std::string_view content_security_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

void add_safety_headers(net::Headers& headers) {
  headers.emplace_back("Content-Security-Policy", content_security_policy);
  headers.emplace_back("X-Content-Type-Options", "nosniff");
  headers.emplace_back("Referrer-Policy", "no-referrer");
}

}  // namespace

net::ServerResponse page_response(const net::ServerRequest& request) {
  const std::string_view path = request.path == "/" ? "/index.html" : std::string_view(request.path);
  const auto files = web_files();
  const auto file = std::ranges::find(files, path, &WebFile::path);
  if (file == files.end()) return net::text_response(404, "There is nothing here. The chat page is at /.\n");

  net::ServerResponse response;
  response.headers.emplace_back("ETag", file->etag);
  response.headers.emplace_back("Cache-Control", "no-cache");  // asked for each time, sent only when it changed
  add_safety_headers(response.headers);
  if (net::find_header(request.headers, "if-none-match") == file->etag) {
    response.status = 304;
    return response;
  }
  response.headers.emplace_back("Content-Type", file->content_type);
  response.body = file->bytes;
  return response;
}

}  // namespace convoke
