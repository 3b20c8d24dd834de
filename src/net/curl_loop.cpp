#include "net/curl_loop.hpp"

#include <new>

namespace convoke::net {
namespace {

/// curl keeps process-wide state that must exist before the first handle.
void initialise_curl() {
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (ready != CURLE_OK) throw std::bad_alloc();
}

}  // namespace

CurlLoop::CurlLoop(Executor executor, Finished on_finished)
    : executor_(executor),
      on_finished_(std::move(on_finished)),
      multi_((initialise_curl(), curl_multi_init())),
      timer_(executor) {
  if (!multi_) throw std::bad_alloc();
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &CurlLoop::on_socket);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &CurlLoop::on_timer);
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
}

CurlLoop::~CurlLoop() {
  curl_multi_cleanup(multi_);  // closes the idle connections, which calls on_socket for the last time
  while (!watches_.empty()) forget(watches_.begin()->first);
}

void CurlLoop::add(CURL* easy) {
  is_adding_ = true;
  curl_multi_add_handle(multi_, easy);  // asks for a timer that is due at once
  is_adding_ = false;
  act(CURL_SOCKET_TIMEOUT, 0);  // a turn of the loop, and of a timer, sooner
}

void CurlLoop::remove(CURL* easy) { curl_multi_remove_handle(multi_, easy); }

int CurlLoop::on_socket(CURL*, curl_socket_t socket, int what, void* self, void*) {
  auto& loop = *static_cast<CurlLoop*>(self);
  if (what != CURL_POLL_REMOVE) return loop.watch(socket, what);
  loop.forget(socket);
  return 0;
}

int CurlLoop::on_timer(CURLM*, long timeout_ms, void* self) {
  auto& loop = *static_cast<CurlLoop*>(self);
  if (timeout_ms < 0) {
    loop.timer_.cancel();
    return 0;
  }
  if (loop.is_adding_) return 0;
  loop.timer_.expires_after(std::chrono::milliseconds(timeout_ms));
  loop.timer_.async_wait([&loop, lifetime = loop.lifetime()](boost::system::error_code error) {
    if (!error && !lifetime.expired()) loop.act(CURL_SOCKET_TIMEOUT, 0);
  });
  return 0;
}

int CurlLoop::watch(curl_socket_t socket, int what) {
  auto [at, is_new] = watches_.try_emplace(socket, ++last_id_, asio::posix::stream_descriptor(executor_));
  if (is_new) {
    boost::system::error_code error;
    at->second.descriptor.assign(socket, error);
    if (error) {
      watches_.erase(at);
      return -1;  // curl fails the transfer
    }
  }
  at->second.wants_read = (what & CURL_POLL_IN) != 0;
  at->second.wants_write = (what & CURL_POLL_OUT) != 0;
  arm(socket, at->second);
  return 0;
}

void CurlLoop::forget(curl_socket_t socket) {
  const auto at = watches_.find(socket);
  if (at == watches_.end()) return;
  at->second.descriptor.release();  // the descriptor is curl's: it may still be open in the pool
  watches_.erase(at);
}

void CurlLoop::arm(curl_socket_t socket, Watch& watch) {
  const auto ready = [&](int events) {
    return [this, socket, id = watch.id, events, lifetime = lifetime()](boost::system::error_code error) {
      if (error != asio::error::operation_aborted && !lifetime.expired()) on_ready(socket, id, events);
    };
  };
  if (watch.wants_read && !watch.is_reading) {
    watch.is_reading = true;
    watch.descriptor.async_wait(asio::posix::stream_descriptor::wait_read, ready(CURL_CSELECT_IN));
  }
  if (watch.wants_write && !watch.is_writing) {
    watch.is_writing = true;
    watch.descriptor.async_wait(asio::posix::stream_descriptor::wait_write, ready(CURL_CSELECT_OUT));
  }
}

void CurlLoop::on_ready(curl_socket_t socket, std::uint64_t id, int events) {
  const auto find = [&] {
    const auto at = watches_.find(socket);
    return at != watches_.end() && at->second.id == id ? &at->second : nullptr;
  };
  Watch* watch = find();
  if (!watch) return;
  (events == CURL_CSELECT_IN ? watch->is_reading : watch->is_writing) = false;
  const bool is_wanted = events == CURL_CSELECT_IN ? watch->wants_read : watch->wants_write;
  if (!is_wanted) return;
  act(socket, events);
  if (Watch* still = find()) arm(socket, *still);  // curl may have closed it, or changed what it waits for
}

void CurlLoop::act(curl_socket_t socket, int events) {
  int running = 0;
  curl_multi_socket_action(multi_, socket, events, &running);
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    CURL* const easy = message->easy_handle;
    const CURLcode result = message->data.result;  // the message does not survive the removal
    curl_multi_remove_handle(multi_, easy);
    on_finished_(easy, result);
  }
}

}  // namespace convoke::net
