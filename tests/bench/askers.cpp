#include "askers.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <boost/json.hpp>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <stdexcept>

namespace convoke::bench {
namespace {

int connect_to(std::uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error(fmt::format("cannot connect to port {}: {}", port, std::strerror(errno)));
  }
  return socket;
}

/// Tells the requests of one run from those of another.
const auto start_of_run = std::chrono::system_clock::now().time_since_epoch().count();

std::string quoted(std::string_view text) { return boost::json::serialize(boost::json::string_view(text)); }

}  // namespace

Asker::Asker(std::uint16_t port) : socket_(connect_to(port)) {}

Asker::~Asker() { ::close(socket_); }

void Asker::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) throw std::runtime_error("the peer has closed the connection");
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

Asker::Seen Asker::receive(Tally& tally) {
  std::array<char, 64 * 1024> bytes;
  const ssize_t size = ::recv(socket_, bytes.data(), bytes.size(), 0);
  if (size <= 0) throw std::runtime_error("the peer has closed the connection");
  tally.wire_bytes += static_cast<std::uint64_t>(size);
  received_.append(bytes.data(), static_cast<std::size_t>(size));
  return take(tally);
}

std::string Asker::receive_until(std::string_view end) {
  std::array<char, 4096> bytes;
  std::size_t found = 0;
  while ((found = received_.find(end)) == std::string::npos) {
    const ssize_t size = ::recv(socket_, bytes.data(), bytes.size(), 0);
    if (size <= 0) throw std::runtime_error("the peer has closed the connection");
    received_.append(bytes.data(), static_cast<std::size_t>(size));
  }
  std::string all = received_.substr(0, found + end.size());
  received_.erase(0, all.size());
  return all;
}

namespace {

/// A WebSocket client that knows what it needs: short text messages out, unfragmented ones in.
class WebSocketAsker : public Asker {
 public:
  explicit WebSocketAsker(std::uint16_t port) : Asker(port) {
    send(
        fmt::format("GET /ws/chat HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n",
                    port));
    const std::string head = receive_until("\r\n\r\n");
    if (!head.starts_with("HTTP/1.1 101")) throw std::runtime_error("no upgrade: " + head.substr(0, head.find('\r')));
  }

 protected:
  virtual Seen take_message(std::string_view text, Tally& tally) = 0;

  enum Opcode : unsigned char { text_message = 0x1, close = 0x8, ping = 0x9, pong = 0xA };

  /// Masked with zeros, which is allowed and leaves the payload as it is.
  void send_message(Opcode opcode, std::string_view payload) {
    std::string frame{static_cast<char>(0x80 | opcode)};
    if (payload.size() < 126) {
      frame += static_cast<char>(0x80 | payload.size());
    } else {
      if (payload.size() > 0xFFFF) throw std::runtime_error("a question is too long for this client");
      frame += static_cast<char>(0x80 | 126);
      frame += static_cast<char>(payload.size() >> 8U);
      frame += static_cast<char>(payload.size() & 0xFFU);
    }
    frame.append(4, '\0');
    frame += payload;
    send(frame);
  }

 private:
  Seen take(Tally& tally) override {
    Seen seen;
    std::string_view rest = received_;
    while (const std::optional<Message> message = next(rest)) {
      if (message->opcode == ping) send_message(pong, message->payload);
      if (message->opcode == close) throw std::runtime_error("the peer has closed the WebSocket");
      if (message->opcode != text_message) continue;
      const Seen now = take_message(message->payload, tally);
      seen.words = seen.words || now.words;
      seen.end = seen.end || now.end;
    }
    received_.erase(0, received_.size() - rest.size());
    return seen;
  }

  struct Message {
    unsigned char opcode;
    std::string_view payload;
  };

  /// Takes one whole message off the front, if there is one.
  static std::optional<Message> next(std::string_view& bytes) {
    const auto at = [&](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(bytes[i])); };
    if (bytes.size() < 2) return std::nullopt;
    std::size_t size = at(1);
    const std::size_t length_bytes = size == 127 ? 8 : size == 126 ? 2 : 0;
    if (bytes.size() < 2 + length_bytes) return std::nullopt;
    if (length_bytes > 0) size = 0;
    for (std::size_t i = 0; i < length_bytes; ++i) size = size << 8U | at(2 + i);
    const std::size_t whole = 2 + length_bytes + size;
    if (bytes.size() < whole) return std::nullopt;
    const Message message{static_cast<unsigned char>(at(0) & 0x0FU), bytes.substr(2 + length_bytes, size)};
    bytes.remove_prefix(whole);
    return message;
  }
};

class ChatAsker final : public WebSocketAsker {
 public:
  using WebSocketAsker::WebSocketAsker;

  void ask(const Question& question) override {
    // Never used before, and long enough to be taken for unique everywhere, as a UUID is.
    static std::atomic<std::uint64_t> asked = 0;
    request_id_ = fmt::format("load-{:016x}-{:08x}", start_of_run, ++asked);
    if (questions_++ % questions_per_conversation == 0) conversation_ = "c-" + request_id_;
    send_message(
        text_message,
        fmt::format(
            R"({{"action":"chat","request_id":"{}","payload":{{"conversation_id":"{}","model":{},"text":{}}}}})",
            request_id_, conversation_, quoted(question.model), quoted(question.text)));
  }

  void cancel() override {
    send_message(text_message,
                 fmt::format(R"({{"action":"cancel","request_id":"{}","payload":{{"conversation_id":"{}"}}}})",
                             request_id_, conversation_));
  }

 private:
  Seen take_message(std::string_view text, Tally& tally) override {
    constexpr std::string_view status_member = R"("status":")";
    constexpr std::string_view data_member = R"("data":")";
    constexpr std::string_view after_data = R"("}})";
    const std::string_view status = text.substr(text.find(status_member) + status_member.size());
    if (status.starts_with("error")) throw std::runtime_error(std::string(text));
    if (status.starts_with("complete")) {
      ++tally.answers;
      return {.words = true, .end = true};
    }
    if (!status.starts_with("chunk")) return {};
    ++tally.frames;
    const std::size_t data = text.find(data_member) + data_member.size();
    tally.text_bytes += text.size() - data - after_data.size();
    return {.words = true};
  }

  static constexpr int questions_per_conversation = 10;

  std::string request_id_;
  std::string conversation_;
  int questions_ = 0;
};

class PingAsker final : public WebSocketAsker {
 public:
  using WebSocketAsker::WebSocketAsker;
  void ask(const Question&) override { send_message(text_message, R"({"action":"ping","request_id":"ping"})"); }

 private:
  Seen take_message(std::string_view, Tally& tally) override {
    ++tally.answers;
    return {.words = true, .end = true};
  }
};

class ProviderAsker final : public Asker {
 public:
  using Asker::Asker;

  void ask(const Question& question) override {
    has_words_ = false;
    const std::string body = fmt::format(R"({{"model":{},"messages":[{{"role":"user","content":{}}}],"stream":true}})",
                                         quoted(question.model), quoted(question.text));
    send(
        fmt::format("POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                    "Authorization: Bearer none\r\nContent-Length: {}\r\n\r\n{}",
                    body.size(), body));
  }

 private:
  Seen take(Tally& tally) override {
    if (!has_words_) has_words_ = received_.contains(R"("content":")");
    const bool is_end = received_.ends_with("\r\n0\r\n\r\n");
    if (is_end) ++tally.answers;
    // What is left decides whether the next bytes are the end.
    if (is_end || has_words_)
      received_.erase(0, is_end ? received_.size() : received_.size() - std::min<std::size_t>(received_.size(), 16));
    return {.words = has_words_, .end = is_end};
  }

  bool has_words_ = false;
};

}  // namespace

std::unique_ptr<Asker> chat_asker(std::uint16_t port) { return std::make_unique<ChatAsker>(port); }
std::unique_ptr<Asker> provider_asker(std::uint16_t port) { return std::make_unique<ProviderAsker>(port); }
std::unique_ptr<Asker> ping_asker(std::uint16_t port) { return std::make_unique<PingAsker>(port); }

}  // namespace convoke::bench
