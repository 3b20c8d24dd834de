#include "chat/approval_memory.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <thread>

namespace convoke {
namespace {

using Recall = ApprovalMemory::Recall;

Tool writer() {
  Tool tool;
  tool.name = tool.own_name = "write";
  tool.server = "files";
  tool.input_schema = {{"type", "object"}, {"required", json::array{"path"}}};
  return tool;
}

TEST(ApprovalMemory, HoldsForOneConversation) {
  ApprovalMemory memory;
  memory.remember("c1", writer());

  EXPECT_EQ(memory.recall("c1", writer()), Recall::approved);
  EXPECT_EQ(memory.recall("c2", writer()), Recall::unknown);
}

TEST(ApprovalMemory, TakesBackWhatFits) {
  Tool reader = writer();
  reader.own_name = "read";
  ApprovalMemory memory;
  memory.remember("c1", writer());
  memory.remember("c1", reader);
  memory.remember("c2", writer());

  EXPECT_EQ(memory.forget("files", "write", "c1"), 1u);
  EXPECT_EQ(memory.recall("c1", writer()), Recall::unknown);
  EXPECT_EQ(memory.recall("c1", reader), Recall::approved);
  EXPECT_EQ(memory.recall("c2", writer()), Recall::approved);

  EXPECT_EQ(memory.forget("other", "*"), 0u);
  EXPECT_EQ(memory.forget("f*", "*"), 2u);
  EXPECT_TRUE(memory.all().empty());
}

/// A file of a test's own, gone with it.
struct OwnFile {
  std::string path = testing::TempDir() + "approvals-" + std::to_string(::getpid()) + ".json";
  ~OwnFile() { std::filesystem::remove(path); }
};

TEST(ApprovalMemory, OutlivesTheProgram) {
  const OwnFile file;
  ApprovalMemory(file.path, Log{}).remember("c1", writer());

  const ApprovalMemory after(file.path, Log{});

  EXPECT_EQ(after.recall("c1", writer()), Recall::approved);
  EXPECT_EQ(after.recall("c2", writer()), Recall::unknown);
  Tool changed = writer();
  changed.description = "other";
  EXPECT_EQ(after.recall("c1", changed), Recall::changed);
}

TEST(ApprovalMemory, DoesNotReadBackWhatIsBeingTakenBack) {
  const OwnFile file;
  ApprovalMemory memory(file.path, Log{});
  const std::jthread watch([&](const std::stop_token& over) {
    while (!over.stop_requested()) memory.reload();
  });

  for (int round = 0; round < 500; ++round) {
    memory.remember("c1", writer());
    ASSERT_EQ(memory.forget("files", "write"), 1u);
    ASSERT_TRUE(memory.all().empty());
  }
}

TEST(ApprovalMemory, WritesThatAnApprovalIsTakenBack) {
  const OwnFile file;
  ApprovalMemory memory(file.path, Log{});
  memory.remember("c1", writer());

  memory.forget("files", "write");

  EXPECT_TRUE(ApprovalMemory(file.path, Log{}).all().empty());
}

TEST(ApprovalMemory, ForgetsWhatIsTakenOutOfTheFile) {
  const OwnFile file;
  ApprovalMemory memory(file.path, Log{});
  memory.remember("c1", writer());

  ASSERT_TRUE(write_approvals(file.path, {}));
  memory.reload();

  EXPECT_EQ(memory.recall("c1", writer()), Recall::unknown);
}

TEST(ApprovalMemory, TakesAFileThatIsNoneForNoConsent) {
  const OwnFile file;
  std::ofstream(file.path) << "rubbish";

  const ApprovalMemory memory(file.path, Log{});

  EXPECT_EQ(memory.recall("c1", writer()), Recall::unknown);
}

TEST(ApprovalMemory, HoldsForOneDefinition) {
  ApprovalMemory memory;
  memory.remember("c1", writer());
  const auto recall = [&](auto change) {
    Tool changed = writer();
    change(changed);
    return memory.recall("c1", changed);
  };

  EXPECT_EQ(recall([](Tool& tool) { tool.description = "other"; }), Recall::changed);
  EXPECT_EQ(recall([](Tool& tool) { tool.title = "other"; }), Recall::changed);
  EXPECT_EQ(recall([](Tool& tool) { tool.input_schema["required"] = json::array{}; }), Recall::changed);
  EXPECT_EQ(recall([](Tool& tool) { tool.hints.read_only = true; }), Recall::changed);
  EXPECT_EQ(recall([](Tool& tool) { tool.server = "other"; }), Recall::unknown);
}

TEST(ApprovalMemory, DoesNotCareAboutTheOrderOfMembers) {
  ApprovalMemory memory;
  memory.remember("c1", writer());
  Tool reordered = writer();
  reordered.input_schema = {{"required", json::array{"path"}}, {"type", "object"}};

  EXPECT_EQ(memory.recall("c1", reordered), Recall::approved);
}

TEST(ApprovalMemory, ForgetsTheOldestOfTooMany) {
  ApprovalMemory memory;
  for (int i = 0; i <= 4096; ++i) memory.remember("c" + std::to_string(i), writer());

  EXPECT_EQ(memory.recall("c0", writer()), Recall::unknown);
  EXPECT_EQ(memory.recall("c1", writer()), Recall::approved);
}

}  // namespace
}  // namespace convoke
