#include "cli/server_link.hpp"

#include "base/random.hpp"

namespace convoke {

Error error_in(const json::value& frame) {
  const json::value* error = find(frame, "error");
  if (!error) return {Errc::protocol, "the server reported an error without saying which", {}};
  return {errc_of(string_or_empty(*error, "type")), string_or_empty(*error, "message"), {}};
}

ServerLink::ServerLink(ServerAddress address) : address_(std::move(address)) {}
ServerLink::~ServerLink() = default;

Task<Result<void>> ServerLink::connect() {
  if (socket_) co_return Result<void>{};
  net::Headers headers;
  if (!address_.token.empty()) headers.emplace_back("Authorization", "Bearer " + address_.token.reveal());
  auto socket = co_await net::connect_websocket(address_.url, std::move(headers), {});
  if (!socket && socket.error().code == Errc::unavailable) {
    socket.error().message += " (is the server running? `convoke serve` starts it)";
  }
  CO_TRY(socket_, during("connecting to " + address_.url, std::move(socket)));
  co_return Result<void>{};
}

Task<Result<void>> ServerLink::send(json::object frame) {
  CO_CHECK(co_await connect());
  auto sent = co_await socket_->write(json::serialize(frame));
  if (!sent) socket_.reset();
  co_return sent;
}

Task<Result<json::value>> ServerLink::next_frame() {
  if (!socket_) co_return fail(Errc::unavailable, "the connection is lost");
  auto text = co_await socket_->read();
  if (!text) {
    socket_.reset();
    co_return fail(std::move(text).error());
  }
  co_return parse_json(*text);
}

Task<Result<json::value>> ServerLink::query(std::string action, json::object payload,
                                            std::function<Result<void>(std::string_view)> on_piece) {
  const std::string request_id = random_id("q_");
  CO_CHECK(co_await send({{"action", action}, {"request_id", request_id}, {"payload", std::move(payload)}}));
  for (;;) {
    CO_TRY(json::value frame, co_await next_frame());
    if (find_string(frame, "request_id") != request_id) continue;
    const auto status = find_string(frame, "status").value_or("");
    if (status == "error") co_return fail(error_in(frame));
    if (status == "chunk") {
      const json::value* chunk = find(frame, "chunk");
      if (chunk && on_piece) CO_CHECK(on_piece(find_string(*chunk, "data").value_or("")));
      continue;
    }
    const json::value* data = find(frame, "data");
    co_return data ? *data : json::value(json::object{});
  }
}

Task<> ServerLink::close() {
  if (socket_) co_await socket_->close({1000, "bye"});
}

}  // namespace convoke
