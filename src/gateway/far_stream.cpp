#include "gateway/far_stream.hpp"

#include <boost/asio/post.hpp>

namespace convoke {
namespace {

using Stream = std::function<Task<>(net::BodyWriter&)>;

/// The connection's writer, as seen from the loop of the stream. Both loops wait for each other's turn, so that a slow
/// reader slows the stream.
class FarWriter final : public net::BodyWriter {
 public:
  FarWriter(Executor home, net::BodyWriter& writer) : home_(std::move(home)), writer_(writer) {}

  Task<Result<void>> write(std::string bytes) override {
    std::function<Task<Result<void>>()> at_home = [writer = &writer_, bytes = std::move(bytes)] {
      return writer->write(bytes);
    };
    co_return co_await run_on<Result<void>>(home_, std::move(at_home));
  }

  /// Arrives before the news that the stream has returned, which goes the same way.
  void break_off() override {
    asio::post(home_, [writer = &writer_] { writer->break_off(); });
  }

 private:
  Executor home_;
  net::BodyWriter& writer_;
};

}  // namespace

net::ServerResponse streamed_from(Executor owner, net::ServerResponse response) {
  if (!response.stream) return response;
  const auto destroy = [owner](Stream* stream) { asio::post(owner, [stream] { delete stream; }); };
  const std::shared_ptr<Stream> stream(new Stream(std::move(response.stream)), destroy);
  response.stream = [owner, stream](net::BodyWriter& writer) -> Task<> {
    const Executor home = co_await asio::this_coro::executor;
    std::function<Task<>()> at_owner = [home, stream, &writer]() -> Task<> {
      FarWriter far(home, writer);
      co_await (*stream)(far);
    };
    co_await run_on<void>(owner, std::move(at_owner));
  };
  return response;
}

}  // namespace convoke
