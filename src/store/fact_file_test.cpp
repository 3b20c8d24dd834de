#include "store/fact_file.hpp"

#include <gmock/gmock.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

namespace convoke {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class FactFileTest : public testing::Test {
 protected:
  FactFileTest() {
    std::string pattern = std::filesystem::temp_directory_path() / "convoke-facts-XXXXXX";
    folder_ = mkdtemp(pattern.data());
    path_ = folder_ / "memory.json";
  }
  ~FactFileTest() override { std::filesystem::remove_all(folder_); }

  static Fact fact(std::string id, std::string text) { return {std::move(id), std::move(text), "c1"}; }

  std::filesystem::path folder_;
  std::string path_;
};

TEST_F(FactFileTest, KeepsFactsForTheNextOneWhoOpensIt) {
  FactFile(path_).add(fact("1", "The user is called Ada.")).value();

  EXPECT_THAT(FactFile(path_).all().value(), ElementsAre(fact("1", "The user is called Ada.")));
}

TEST_F(FactFileTest, ChangesAndForgets) {
  FactFile file(path_);
  file.add(fact("1", "likes tea")).value();
  file.add(fact("2", "lives in Oslo")).value();

  EXPECT_EQ(file.edit("1", "likes coffee", WallTime{} + std::chrono::hours(1))->text, "likes coffee");
  EXPECT_TRUE(file.erase("2"));

  EXPECT_THAT(file.all().value(), ElementsAre(testing::Field(&Fact::text, "likes coffee")));
  EXPECT_EQ(file.edit("9", "x", {}).error().code, Errc::not_found);
  EXPECT_EQ(file.erase("2").error().code, Errc::not_found);
}

TEST_F(FactFileTest, LeavesNothingOfWhatIsForgottenInTheFile) {
  FactFile file(path_);
  file.add(fact("1", "the password is abracadabra")).value();
  file.erase("1").value();

  std::ifstream stream(path_);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(stream), {}), "[\n]\n");
}

TEST_F(FactFileTest, RemembersTheSameWordsOnce) {
  FactFile file(path_);
  file.add(fact("1", "likes tea")).value();
  file.add(fact("2", "likes tea")).value();

  EXPECT_THAT(file.all().value(), ElementsAre(fact("1", "likes tea")));
}

TEST_F(FactFileTest, IsForItsOwnerOnly) {
  FactFile(path_).add(fact("1", "likes tea")).value();

  struct stat found{};
  ASSERT_EQ(stat(path_.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0077U, 0U);
}

TEST_F(FactFileTest, RefusesWhatItCannotKeep) {
  FactFile file(path_);

  EXPECT_EQ(file.add(fact("1", " \n")).error().code, Errc::invalid_input);
  EXPECT_EQ(file.add(fact("1", std::string(3000, 'x'))).error().code, Errc::invalid_input);
  EXPECT_THAT(file.all().value(), IsEmpty());
}

TEST_F(FactFileTest, LeavesAFileAloneThatIsNotItsOwn) {
  std::ofstream(path_) << "my notes";

  const auto refused = FactFile(path_).add(fact("1", "likes tea"));

  EXPECT_THAT(refused.error().message, HasSubstr("not a list of facts"));
  std::ifstream stream(path_);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(stream), {}), "my notes");
}

}  // namespace
}  // namespace convoke
