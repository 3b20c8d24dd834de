#include "hub/server_log.hpp"

#include "base/utf8.hpp"

namespace convoke {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t longest_line = 1024;
constexpr int lines_per_second = 20;
// Shorter values ("1", "true") are settings rather than secrets, and would blot out half the text.
constexpr std::size_t shortest_secret = 6;

std::vector<std::string> secrets_of(const ServerEntry& server) {
  std::vector<std::string> secrets;
  const auto take = [&](const std::map<std::string, Secret>& values) {
    for (const auto& [name, value] : values) {
      if (value.reveal().size() >= shortest_secret) secrets.push_back(value.reveal());
    }
  };
  take(server.environment);
  take(server.headers);
  return secrets;
}

std::string readable(std::string_view line, const std::vector<std::string>& secrets) {
  std::string text(line);
  for (const std::string& secret : secrets) {
    for (auto at = text.find(secret); at != std::string::npos; at = text.find(secret, at)) {
      text.replace(at, secret.size(), "***");
    }
  }
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  if (text.size() > longest_line) text = std::string(utf8_prefix(text, longest_line)) + "...";
  return text;
}

}  // namespace

ServerLog::ServerLog(const ServerEntry& server, const Clock& clock, Log log)
    : clock_(clock), log_(std::move(log)), secrets_(secrets_of(server)) {}

void ServerLog::write(std::string_view event, std::string_view line) {
  if (!may_write()) {
    ++left_out_;
    return;
  }
  if (left_out_ > 0) log_.warning("server.lines_left_out", {{"lines", std::exchange(left_out_, 0)}});
  log_.info(event, {{"line", readable(line, secrets_)}});
}

bool ServerLog::may_write() {
  if (const auto now = clock_.now(); now - second_began_ >= 1s) second_began_ = now, written_ = 0;
  return ++written_ <= lines_per_second;
}

}  // namespace convoke
