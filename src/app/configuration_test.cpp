#include "app/configuration.hpp"

#include <gmock/gmock.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

namespace convoke {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(NeedingRestart, NamesWhatCannotChangeWhileRunning) {
  Config before;
  Config after;
  after.websocket.port = 9000;
  after.server.threads = 3;
  after.chat.system_prompt = "another";

  EXPECT_THAT(needing_restart(before, after), ElementsAre("chat.websocket", "server.threads"));
}

TEST(NeedingRestart, IsNotNeededForOrigins) {
  Config before;
  Config after;
  after.websocket.allow_origins = {"https://chat.example.com"};

  EXPECT_THAT(needing_restart(before, after), IsEmpty());
}

TEST(ReadConfiguration, KeepsTheNameOfTheMemoryServerForOurOwn) {
  const std::string main = testing::TempDir() + "with_memory.yaml";
  const std::string servers = testing::TempDir() + "with_memory.json";
  std::ofstream(main) << "memory: {enabled: true}\nmcp: {config_file: " << servers << "}\n";
  std::ofstream(servers) << R"({"mcpServers": {"convoke-memory": {"command": "x"}}})";

  const auto read = read_configuration({.config = main}, [](std::string_view) { return std::nullopt; });

  ASSERT_EQ(read.problems.size(), 1u);
  EXPECT_EQ(describe(read.problems[0]), servers +
                                            ": mcpServers.convoke-memory: expected another name: "
                                            "with memory.enabled, a server of our own has this one");
}

TEST(FileWatch, SeesAFileThatIsReplacedMadeOrRemoved) {
  const std::string path = testing::TempDir() + "watched.yaml";
  std::filesystem::remove(path);
  FileWatch watch;
  watch.add(path);
  EXPECT_FALSE(watch.changed());

  std::ofstream(path) << "a";
  EXPECT_TRUE(watch.changed());
  EXPECT_FALSE(watch.changed());

  std::ofstream(path + ".new") << "b";
  std::filesystem::rename(path + ".new", path);
  EXPECT_TRUE(watch.changed());

  std::filesystem::remove(path);
  EXPECT_TRUE(watch.changed());
}

}  // namespace
}  // namespace convoke
