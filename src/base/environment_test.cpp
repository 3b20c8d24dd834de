#include "base/environment.hpp"

#include <gtest/gtest.h>

namespace convoke {
namespace {

std::optional<std::string> two_variables(std::string_view name) {
  if (name == "HOST") return "example.org";
  if (name == "EMPTY") return "";
  return std::nullopt;
}

std::string expanded(std::string_view text) { return expand_environment(text, two_variables).value(); }

TEST(ExpandEnvironment, ReplacesAReferenceThatIsTheWholeValue) {
  EXPECT_EQ(expanded("env:HOST"), "example.org");
  EXPECT_EQ(expanded("${HOST}"), "example.org");
  EXPECT_EQ(expanded("${env:HOST}"), "example.org");
}

TEST(ExpandEnvironment, ReplacesReferencesAnywhereInAValue) {
  EXPECT_EQ(expanded("https://${HOST}/${HOST}?x=$1"), "https://example.org/example.org?x=$1");
}

TEST(ExpandEnvironment, TakesTheDefaultForAVariableThatIsUnsetOrEmpty) {
  EXPECT_EQ(expanded("${NOWHERE:-here}"), "here");
  EXPECT_EQ(expanded("${EMPTY:-here}"), "here");
  EXPECT_EQ(expanded("${HOST:-here}"), "example.org");
  EXPECT_EQ(expanded("${NOWHERE:-}"), "");
}

TEST(ExpandEnvironment, NamesTheVariableThatIsNotSet) {
  EXPECT_EQ(expand_environment("a ${NOWHERE} b", two_variables).error(), "NOWHERE");
  EXPECT_EQ(expand_environment("env:NOWHERE", two_variables).error(), "NOWHERE");
}

TEST(ExpandEnvironment, LeavesAloneWhatIsNoReference) {
  EXPECT_EQ(expanded("env: HOST"), "env: HOST");
  EXPECT_EQ(expanded("${not a name} ${open"), "${not a name} ${open");
  EXPECT_EQ(expanded("costs 5$"), "costs 5$");
}

TEST(ExpandEnvironment, KeepsAnEscapedReferenceAsItIs) { EXPECT_EQ(expanded("$${HOST}"), "${HOST}"); }

}  // namespace
}  // namespace convoke
