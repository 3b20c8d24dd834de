#include "base/config_text.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace convoke {
namespace {

TEST(ReadConfigFile, TellsAFileFromNoneAndFromAFolder) {
  const std::string path = testing::TempDir() + "convoke_config_text";
  std::ofstream(path) << "a: 1\n";

  EXPECT_EQ(read_config_file(path).value(), std::optional<std::string>("a: 1\n"));
  EXPECT_EQ(read_config_file("/nowhere/at/all").value(), std::optional<std::string>());
  EXPECT_EQ(read_config_file("/tmp").error().expected, "it is a folder, not a file");
}

TEST(ReadConfigFile, TakesAnEmptyFile) {
  EXPECT_EQ(read_config_file("/dev/null").value(), std::optional<std::string>(""));
}

TEST(EncodingProblem, NamesTheLine) {
  EXPECT_FALSE(encoding_problem("a: é\n", "f"));
  EXPECT_EQ(encoding_problem("a: 1\nb: \xe9\n", "f")->line, 2);
}

TEST(UnclosedReference, IsANameWithoutABrace) {
  EXPECT_TRUE(has_unclosed_reference("a ${NAME"));
  EXPECT_TRUE(has_unclosed_reference("${A} ${env:B:-c"));
  EXPECT_FALSE(has_unclosed_reference("${A} $B ${ ${1 $${C"));
  EXPECT_FALSE(has_unclosed_reference("${A:-${B}"));
}

}  // namespace
}  // namespace convoke
