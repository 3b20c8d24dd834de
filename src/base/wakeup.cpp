#include "base/wakeup.hpp"

#include <boost/system/system_error.hpp>

namespace convoke {

Task<> Wakeup::wait() {
  auto initiate = [this](auto handler) {
    auto cancelled = asio::get_associated_cancellation_slot(handler);
    resume_ = [handler = std::move(handler)]() mutable {
      const Executor loop = asio::get_associated_executor(handler);
      asio::post(loop, std::move(handler));
    };
    if (cancelled.is_connected()) cancelled.assign([this](asio::cancellation_type) { notify(); });
  };
  co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(std::move(initiate), asio::use_awaitable);
  const auto state = co_await asio::this_coro::cancellation_state;
  if (auto slot = state.slot(); slot.is_connected()) slot.clear();
  if (state.cancelled() != asio::cancellation_type::none) {
    throw boost::system::system_error(asio::error::operation_aborted);
  }
}

}  // namespace convoke
