#include "mcp/server/http_replies.hpp"

namespace convoke::mcp {

net::ServerResponse json_reply(int status, const jsonrpc::Response& response) {
  return net::json_response(status, jsonrpc::serialise(response));
}

net::ServerResponse refusal(int status, jsonrpc::ErrorObject error, std::optional<jsonrpc::Id> id) {
  return json_reply(status, {std::move(id), std::unexpected(std::move(error))});
}

net::ServerResponse refusal(int status, int code, std::string why, std::optional<jsonrpc::Id> id) {
  return refusal(status, jsonrpc::ErrorObject{code, std::move(why), std::nullopt}, std::move(id));
}

net::ServerResponse accepted() { return {.status = 202}; }

net::ServerResponse no_stream_here() {
  auto response = net::text_response(405, "only POST is served here\n");
  response.headers.emplace_back("Allow", "POST");
  return response;
}

net::ServerResponse event_stream_reply(std::shared_ptr<OutStream> stream, std::uint64_t after, bool priming,
                                       std::function<void()> on_end) {
  net::ServerResponse response;
  response.headers = {
      {"Content-Type", "text/event-stream"}, {"Cache-Control", "no-cache"}, {"X-Accel-Buffering", "no"}};
  response.stream = [stream = std::move(stream), after, priming,
                     on_end = std::move(on_end)](net::BodyWriter& writer) -> Task<> {
    struct AtEnd {
      const std::function<void()>& call;
      ~AtEnd() {
        if (call) call();
      }
    } const at_end{on_end};
    co_await stream->write_to(writer, after, priming);
  };
  return response;
}

}  // namespace convoke::mcp
