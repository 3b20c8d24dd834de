#include "hub/server_log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace convoke {
namespace {

using testing::HasSubstr;
using testing::Not;

class ServerLogTest : public testing::Test {
 protected:
  ServerLogTest() {
    configure_logging(LogLevel::info, LogFormat::json);
    capture_log([this](std::string_view line) { lines.emplace_back(line); });
    entry.environment.emplace("TOKEN", Secret("sk-12345"));
  }
  ~ServerLogTest() override {
    capture_log({});
    configure_logging(LogLevel::warning, LogFormat::json);
  }

  ServerEntry entry{.name = "zoo"};
  ManualClock clock;
  std::vector<std::string> lines;
};

TEST_F(ServerLogTest, CleansAndCutsALine) {
  ServerLog log(entry, clock, Log{});

  log.write("server.stderr", "red \x1b[31m alert" + std::string(2'000, 'x'));

  ASSERT_EQ(lines.size(), 1u);
  EXPECT_THAT(lines[0], HasSubstr("red  [31m alert"));
  EXPECT_LT(lines[0].size(), 1'200u);
}

TEST_F(ServerLogTest, BlotsOutTheSecretsTheServerWasGiven) {
  ServerLog log(entry, clock, Log{});

  log.write("server.stderr", "using sk-12345 and sk-12345");

  EXPECT_THAT(lines[0], HasSubstr("using *** and ***"));
}

TEST_F(ServerLogTest, WritesTwentyLinesASecondAndCountsTheOthers) {
  ServerLog log(entry, clock, Log{});

  for (int i = 0; i < 50; ++i) log.write("server.stderr", "again");
  EXPECT_EQ(lines.size(), 20u);
  clock.advance(std::chrono::seconds(1));
  log.write("server.stderr", "later");

  ASSERT_EQ(lines.size(), 22u);
  EXPECT_THAT(lines[20], HasSubstr(R"("event":"server.lines_left_out","lines":30)"));
  EXPECT_THAT(lines[21], HasSubstr("later"));
}

}  // namespace
}  // namespace convoke
