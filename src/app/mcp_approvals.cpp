#include <fmt/format.h>

#include <algorithm>
#include <iostream>

#include "app/mcp_commands.hpp"
#include "hub/approval_file.hpp"
#include "hub/approvals.hpp"

namespace convoke {

Result<void> show_approvals(const Configuration& configuration, const std::string& forget) {
  const std::string& path = configuration.config.mcp.approvals_file;
  TRY(auto approvals, read_approvals(path));
  if (!forget.empty()) {
    const auto slash = forget.find('/');
    const std::string server = forget.substr(0, slash);
    const std::string tool = slash == std::string::npos ? "*" : forget.substr(slash + 1);
    const auto forgotten = std::erase_if(
        approvals, [&](const KeptApproval& one) { return fits_glob(server, one.server) && fits_glob(tool, one.tool); });
    if (forgotten > 0) {
      CHECK_OK(write_approvals(path, approvals));
    }
    std::cout << fmt::format("{} forgotten.\n", forgotten);
  }
  for (const KeptApproval& one : approvals) {
    std::cout << fmt::format("{}/{}  in conversation {}\n", one.server, one.tool, one.conversation_id);
  }
  return {};
}

}  // namespace convoke
