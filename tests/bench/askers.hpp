#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace convoke::bench {

struct Question {
  std::string model;
  std::string text;
};

/// What has come back, over all questions.
struct Tally {
  std::uint64_t answers = 0;
  std::uint64_t frames = 0;      ///< messages that held words of an answer
  std::uint64_t text_bytes = 0;  ///< in them
  std::uint64_t wire_bytes = 0;  ///< everything received
};

/// One connection that asks one question at a time. Raw blocking sockets and no JSON parser, so that the one who
/// measures costs little beside what is measured. Throws std::runtime_error when the peer breaks off or answers with an
/// error.
class Asker {
 public:
  explicit Asker(std::uint16_t port);
  virtual ~Asker();
  Asker(const Asker&) = delete;
  Asker& operator=(const Asker&) = delete;

  int descriptor() const { return socket_; }

  virtual void ask(const Question& question) = 0;
  /// Gives up on the answer; its end comes all the same.
  virtual void cancel() {}

  struct Seen {
    bool words = false;  ///< the first words of the answer have come, now or before
    bool end = false;    ///< the answer is complete
  };
  /// Waits for bytes and takes them in.
  Seen receive(Tally& tally);

 protected:
  virtual Seen take(Tally& tally) = 0;
  void send(std::string_view bytes);
  /// Reads until `end` has come and returns everything up to and with it.
  std::string receive_until(std::string_view end);

  std::string received_{};  ///< and not taken yet

 private:
  int socket_;
};

/// Asks over the WebSocket API (docs/websocket-api.md), of Convoke or of something that speaks as it does.
std::unique_ptr<Asker> chat_asker(std::uint16_t port);

/// Asks the provider itself, over chat completions.
std::unique_ptr<Asker> provider_asker(std::uint16_t port);

/// Exchanges `ping` frames instead of questions: a WebSocket message in, one out, and nothing behind it.
std::unique_ptr<Asker> ping_asker(std::uint16_t port);

}  // namespace convoke::bench
