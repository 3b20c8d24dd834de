#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "base/log.hpp"
#include "mcp/auth/oauth_authorizer.hpp"

namespace convoke::mcp {

/// Sends the person to the page with a function of the host's, and takes them back at an address of this machine that
/// exists for this one visit (RFC 8252, section 7.3).
class LoopbackBrowser final : public Browser {
 public:
  /// Shows the person the URL, in a browser or in print. It is meant for them alone: never log it.
  using Open = std::function<void(const std::string& url)>;

  LoopbackBrowser(Executor executor, Open open, Log log, std::chrono::milliseconds patience = std::chrono::minutes(5));
  ~LoopbackBrowser() override;

  Task<Result<std::string>> redirect_uri() override;
  Task<Result<std::string>> visit(std::string authorization_url) override;

 private:
  struct Reception;
  Executor executor_;
  Open open_;
  Log log_;
  std::chrono::milliseconds patience_;
  std::unique_ptr<Reception> reception_;
};

}  // namespace convoke::mcp
