#include "hub/approvals.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace convoke {
namespace {

constexpr std::array<std::pair<std::string_view, ApprovalChoice>, 4> choices{{
    {"allow", ApprovalChoice::allow},
    {"hints", ApprovalChoice::hints},
    {"ask", ApprovalChoice::ask},
    {"deny", ApprovalChoice::deny},
}};

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

Permission by_choice(ApprovalChoice choice, const Tool& tool) {
  switch (choice) {
    case ApprovalChoice::allow: return Permission::allow;
    case ApprovalChoice::hints: return tool.hints.read_only ? Permission::allow : Permission::ask;
    case ApprovalChoice::ask: return Permission::ask;
    case ApprovalChoice::deny: return Permission::deny;
  }
  std::unreachable();
}

}  // namespace

std::string_view name_of(ApprovalChoice choice) {
  return std::ranges::find(choices, choice, &decltype(choices)::value_type::second)->first;
}

std::optional<ApprovalRule> parse_approval_rule(std::string_view text) {
  const std::string_view whole = trimmed(text);
  const auto space = whole.find_first_of(" \t");
  if (space == std::string_view::npos) return std::nullopt;
  const auto choice = std::ranges::find(choices, whole.substr(0, space), &decltype(choices)::value_type::first);
  const std::string_view tools = trimmed(whole.substr(space));
  if (choice == choices.end() || tools.find_first_of(" \t") != std::string_view::npos) return std::nullopt;
  const auto slash = tools.find('/');
  ApprovalRule rule{choice->second, std::string(tools.substr(0, slash))};
  if (slash != std::string_view::npos) rule.tool = tools.substr(slash + 1);
  if (rule.server.empty() || rule.tool.empty()) return std::nullopt;
  return rule;
}

std::string to_text(const ApprovalRule& rule) {
  std::string text(name_of(rule.choice));
  text += ' ' + rule.server;
  if (rule.tool != "*") text += '/' + rule.tool;
  return text;
}

Permission permission_for(const ApprovalSettings& settings, const Tool& tool) {
  for (const ApprovalRule& rule : settings.rules) {
    if (fits_glob(rule.server, tool.server) && fits_glob(rule.tool, tool.own_name)) return by_choice(rule.choice, tool);
  }
  if (tool.auto_approved) return Permission::allow;
  return by_choice(settings.otherwise, tool);
}

bool fits_glob(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;  // the last '*', and where in the text what follows it was tried
  std::size_t tried = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      tried = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++tried;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace convoke
