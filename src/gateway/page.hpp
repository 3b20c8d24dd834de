#pragma once
#include "net/http_server.hpp"

namespace convoke {

/// Answers a GET or HEAD with a file of the built-in chat page ("/" is its index), 304 where the browser has it, or
/// 404.
net::ServerResponse page_response(const net::ServerRequest& request);

}  // namespace convoke
