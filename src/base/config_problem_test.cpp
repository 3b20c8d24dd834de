#include "base/config_problem.hpp"

#include <gtest/gtest.h>

namespace convoke {
namespace {

TEST(ConfigProblem, IsDescribedInOneLineWithPlaceKeyAndValue) {
  const ConfigProblem problem{"config.yaml", 12, "chat.websocket.port", "99999", "expected at most 65535"};

  EXPECT_EQ(describe(problem), "config.yaml:12: chat.websocket.port is \"99999\": expected at most 65535");
}

TEST(ConfigProblem, LeavesOutWhatItHasNot) {
  EXPECT_EQ(describe({"config.yaml", 3, "", "", "not YAML"}), "config.yaml:3: not YAML");
  EXPECT_EQ(describe({"config.yaml", 0, "", "", "there is no such file"}), "config.yaml: there is no such file");
  EXPECT_EQ(describe({"config.yaml", 3, "llm", "", "expected a section"}), "config.yaml:3: llm: expected a section");
}

TEST(Nearest, FindsTheNameThatWasMeant) {
  EXPECT_EQ(nearest("prot", {"host", "port", "endpoint"}), "port");
  EXPECT_EQ(nearest("ping_intervall", {"ping_timeout", "ping_interval"}), "ping_interval");
}

TEST(Nearest, FindsNothingWhenNothingIsNear) { EXPECT_EQ(nearest("workers", {"host", "port", "endpoint"}), ""); }

}  // namespace
}  // namespace convoke
