#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/toolbox.hpp"

namespace convoke {

/// Whether a tool may be called.
enum class Permission { allow, ask, deny };

/// What a rule says. `hints` believes the tool's own annotations: one that calls itself read-only is allowed, any other
/// is asked for.
enum class ApprovalChoice { allow, hints, ask, deny };
std::string_view name_of(ApprovalChoice choice);

/// "allow files/read_*": the tools of a server whose names fit. `*` stands for any characters, `?` for one.
struct ApprovalRule {
  ApprovalChoice choice = ApprovalChoice::ask;
  std::string server = "*";
  std::string tool = "*";  ///< by the server's own name for it
  bool operator==(const ApprovalRule&) const = default;
};

/// `mcp.approvals` in config.yaml.
struct ApprovalSettings {
  std::vector<ApprovalRule> rules{};
  ApprovalChoice otherwise = ApprovalChoice::hints;  ///< for tools that no rule is about
  std::chrono::milliseconds timeout{300'000};        ///< how long a question waits for its answer
  bool operator==(const ApprovalSettings&) const = default;
};

/// "CHOICE SERVER" or "CHOICE SERVER/TOOL"; nothing when the text is not a rule.
std::optional<ApprovalRule> parse_approval_rule(std::string_view text);
/// The rule as one would write it.
std::string to_text(const ApprovalRule& rule);

/// Decides by the first rule that fits; then by the server's `autoApprove`; then by `otherwise`. Pure.
Permission permission_for(const ApprovalSettings& settings, const Tool& tool);

/// `*` matches any characters, none included; `?` exactly one byte; all else itself. Takes time in proportion to the
/// product of the lengths, at worst.
bool fits_glob(std::string_view pattern, std::string_view text);

}  // namespace convoke
