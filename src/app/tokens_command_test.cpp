#include "app/tokens_command.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace convoke {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

struct Counted {
  bool all_read;
  std::string output;
  std::string complaints;
};

Counted count(const TokensCommand& command, const std::string& text) {
  std::istringstream input(text);
  std::ostringstream output, complaints;
  const bool all_read = count_tokens(command, input, output, complaints);
  return {all_read, output.str(), complaints.str()};
}

TEST(TokensCommand, CountsStandardInput) {
  const Counted counted = count({}, "hello world");

  EXPECT_TRUE(counted.all_read);
  EXPECT_EQ(counted.output, "2\n");
  EXPECT_EQ(counted.complaints, "");
}

TEST(TokensCommand, SaysWhenItEstimates) {
  const Counted counted = count({.model = "claude-sonnet-4"}, "hello world");

  EXPECT_TRUE(counted.all_read);
  EXPECT_THAT(counted.complaints, HasSubstr("estimate"));
}

TEST(TokensCommand, TellsMoreAsJson) {
  EXPECT_EQ(count({.model = "gpt-4", .json = true}, "hello world").output,
            R"({"file":"-","tokens":2,"bytes":11,"tokenizer":"cl100k_base","error":0})"
            "\n");
}

TEST(TokensCommand, WritesALineForAFileThatCannotBeReadToo) {
  const Counted counted = count({.files = {"/does/not/exist", "-"}, .json = true}, "hello world");

  EXPECT_FALSE(counted.all_read);
  EXPECT_THAT(counted.output,
              StartsWith(R"({"file":"/does/not/exist","problem":"/does/not/exist: No such file or directory"})"
                         "\n"
                         R"({"file":"-","tokens":2,)"));
}

TEST(TokensCommand, GoesOnAfterAFileThatCannotBeRead) {
  const Counted counted = count({.files = {"/does/not/exist", "/", "-"}}, "hello world");

  EXPECT_FALSE(counted.all_read);
  EXPECT_EQ(counted.output, "2 -\n2 total\n");
  EXPECT_THAT(counted.complaints, HasSubstr("/does/not/exist"));
  EXPECT_THAT(counted.complaints, HasSubstr("/: Is a directory"));
}

}  // namespace
}  // namespace convoke
