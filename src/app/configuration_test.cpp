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
