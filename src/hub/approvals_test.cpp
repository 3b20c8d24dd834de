#include "hub/approvals.hpp"

#include <gtest/gtest.h>

namespace convoke {
namespace {

Tool tool(std::string server, std::string name) {
  Tool made;
  made.name = server + "__" + name;
  made.server = std::move(server);
  made.own_name = std::move(name);
  return made;
}

Tool read_only(Tool tool) {
  tool.hints.read_only = true;
  return tool;
}

ApprovalSettings rules(std::initializer_list<std::string_view> texts) {
  ApprovalSettings settings;
  for (const std::string_view text : texts) settings.rules.push_back(parse_approval_rule(text).value());
  return settings;
}

TEST(ApprovalRule, ReadsAChoiceAServerAndPerhapsATool) {
  EXPECT_EQ(parse_approval_rule("allow files/read_*"), (ApprovalRule{ApprovalChoice::allow, "files", "read_*"}));
  EXPECT_EQ(parse_approval_rule("  deny\tfiles "), (ApprovalRule{ApprovalChoice::deny, "files", "*"}));
  EXPECT_EQ(parse_approval_rule("ask web/a/b"), (ApprovalRule{ApprovalChoice::ask, "web", "a/b"}));
  EXPECT_EQ(to_text({ApprovalChoice::hints, "demo", "*"}), "hints demo");
}

TEST(ApprovalRule, RefusesWhatIsNoRule) {
  EXPECT_FALSE(parse_approval_rule("allow"));
  EXPECT_FALSE(parse_approval_rule("maybe files"));
  EXPECT_FALSE(parse_approval_rule("allow files read"));
  EXPECT_FALSE(parse_approval_rule("allow /read"));
  EXPECT_FALSE(parse_approval_rule("allow files/"));
}

TEST(Permission, FollowsTheFirstRuleThatFits) {
  const ApprovalSettings settings = rules({"deny */delete_*", "allow files", "ask *"});

  EXPECT_EQ(permission_for(settings, tool("files", "delete_all")), Permission::deny);
  EXPECT_EQ(permission_for(settings, tool("files", "write")), Permission::allow);
  EXPECT_EQ(permission_for(settings, read_only(tool("web", "search"))), Permission::ask);
}

TEST(Permission, TakesAnnotationsAsHintsOnlyWhereNothingIsConfigured) {
  EXPECT_EQ(permission_for({}, read_only(tool("web", "search"))), Permission::allow);
  EXPECT_EQ(permission_for({}, tool("web", "post")), Permission::ask);
  EXPECT_EQ(permission_for({.otherwise = ApprovalChoice::ask}, read_only(tool("web", "search"))), Permission::ask);
}

TEST(Permission, KnowsAutoApproveBelowTheRules) {
  Tool approved = tool("files", "write");
  approved.auto_approved = true;

  EXPECT_EQ(permission_for({.otherwise = ApprovalChoice::deny}, approved), Permission::allow);
  EXPECT_EQ(permission_for(rules({"deny files"}), approved), Permission::deny);
}

TEST(Glob, MatchesAsAShellDoes) {
  EXPECT_TRUE(fits_glob("*", ""));
  EXPECT_TRUE(fits_glob("read_*", "read_file"));
  EXPECT_TRUE(fits_glob("*_file_*", "read_file_now"));
  EXPECT_TRUE(fits_glob("a?c", "abc"));
  EXPECT_FALSE(fits_glob("read_*", "write_file"));
  EXPECT_FALSE(fits_glob("a?c", "ac"));
  EXPECT_FALSE(fits_glob("read", "read_file"));
}

TEST(Glob, EndsSoonOnAPatternOfManyStars) {
  const std::string text(2'000, 'a');
  EXPECT_FALSE(fits_glob("*a*a*a*a*a*a*a*a*a*b", text));
}

}  // namespace
}  // namespace convoke
