#pragma once
#include "base/task.hpp"
#include "net/http_server.hpp"

namespace convoke {

/// Makes an answer whose stream belongs to the loop of `owner` one that another loop can send: the stream runs, and is
/// destroyed, on its own loop, and what it writes is carried over. Answers without a stream stay as they are.
net::ServerResponse streamed_from(Executor owner, net::ServerResponse response);

}  // namespace convoke
