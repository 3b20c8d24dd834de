#include "gateway/page.hpp"

#include <gmock/gmock.h>

#include "gateway/web_files.hpp"

namespace convoke {
namespace {

using testing::HasSubstr;
using testing::Not;

net::ServerRequest get(std::string path, net::Headers headers = {}) {
  return {.method = "GET", .path = std::move(path), .headers = std::move(headers)};
}

std::string header_of(const net::ServerResponse& response, std::string_view name) {
  return std::string(net::find_header(response.headers, name).value_or(""));
}

TEST(Page, ServesItsIndexAtTheRoot) {
  const net::ServerResponse response = page_response(get("/"));

  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(header_of(response, "Content-Type"), "text/html; charset=utf-8");
  EXPECT_THAT(response.body, testing::StartsWith("<!doctype html>"));
}

TEST(Page, ServesEveryFileTheIndexNames) {
  const std::string index = page_response(get("/")).body;

  for (const std::string file : {"base.css", "layout.css", "transcript.css", "theme.js", "app.js", "favicon.svg"}) {
    EXPECT_THAT(index, HasSubstr('"' + file + '"'));
    EXPECT_EQ(page_response(get("/" + file)).status, 200) << file;
  }
}

TEST(Page, KeepsItsTestsToItself) {
  for (const WebFile& file : web_files()) EXPECT_THAT(std::string(file.path), Not(HasSubstr("test"))) << file.path;
}

TEST(Page, AllowsNothingInlineAndNothingFromElsewhere) {
  const std::string policy = header_of(page_response(get("/")), "Content-Security-Policy");

  EXPECT_THAT(policy, HasSubstr("default-src 'none'"));
  EXPECT_THAT(policy, Not(HasSubstr("unsafe")));
  EXPECT_THAT(policy, Not(HasSubstr("http")));
  EXPECT_EQ(header_of(page_response(get("/app.js")), "X-Content-Type-Options"), "nosniff");
}

TEST(Page, SendsNothingTheBrowserHasAlready) {
  const std::string etag = header_of(page_response(get("/app.js")), "ETag");

  const net::ServerResponse response = page_response(get("/app.js", {{"If-None-Match", etag}}));

  EXPECT_EQ(response.status, 304);
  EXPECT_EQ(response.body, "");
}

TEST(Page, KnowsNoOtherPath) {
  EXPECT_EQ(page_response(get("/../convoke.db")).status, 404);
  EXPECT_EQ(page_response(get("/app.js/")).status, 404);
}

}  // namespace
}  // namespace convoke
