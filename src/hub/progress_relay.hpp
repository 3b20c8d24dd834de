#pragma once
#include <boost/asio/post.hpp>
#include <functional>
#include <memory>

#include "base/task.hpp"
#include "hub/toolbox.hpp"
#include "mcp/client/client_options.hpp"

namespace convoke {

/// Brings progress from the loop of the server to the loop of the caller, as long as the call lasts. It is created,
/// closed and delivered to on the caller's loop; the server's loop only posts.
class ProgressRelay {
 public:
  ProgressRelay(Executor home, std::function<void(const ToolProgress&)> on_progress)
      : home_(std::move(home)), target_(std::make_shared<Target>(std::move(on_progress))) {}
  ~ProgressRelay() { target_->on_progress = nullptr; }
  ProgressRelay(const ProgressRelay&) = delete;
  ProgressRelay& operator=(const ProgressRelay&) = delete;

  std::function<void(const mcp::Progress&)> entrance() const {
    if (!target_->on_progress) return {};
    return [home = home_, target = target_](const mcp::Progress& progress) {
      asio::post(home, [target, seen = ToolProgress{progress.progress, progress.total, progress.message}] {
        if (target->on_progress) target->on_progress(seen);
      });
    };
  }

 private:
  /// Shared with posted deliveries, which may arrive after the caller has gone.
  struct Target {
    std::function<void(const ToolProgress&)> on_progress;
  };
  Executor home_;
  std::shared_ptr<Target> target_;
};

}  // namespace convoke
