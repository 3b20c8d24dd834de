#include "tokens/tokenizer_file.hpp"

#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>

namespace convoke {
namespace {

using testing::HasSubstr;

/// tests/tokens/make_file_vectors.py makes these, and larger ones.
std::string vectors_path() {
  const char* larger = std::getenv("CONVOKE_TOKENIZER_FILES");
  return std::string(larger ? larger : CONVOKE_TESTDATA) + "/tokenizer_files.jsonl";
}

TEST(FileTokenizer, MakesTheTokensThatTheTokenizersLibraryMakes) {
  std::ifstream file(vectors_path());
  ASSERT_TRUE(file);
  for (std::string line; std::getline(file, line);) {
    const json::value family = json::parse(line);
    const auto tokenizer = FileTokenizer::parse(family.at("file").as_string());
    ASSERT_TRUE(tokenizer) << family.at("name") << ": " << tokenizer.error().message;
    for (const json::value& one : family.at("cases").as_array()) {
      const std::string_view text = one.at(0).as_string();
      const auto expected = json::value_to<std::vector<TokenId>>(one.at(1));
      ASSERT_EQ(tokenizer->encode(text), expected) << family.at("name") << ": " << json::serialize(one.at(0));
      ASSERT_EQ(tokenizer->count(text), std::ssize(expected));
    }
  }
}

std::string complaint_about(std::string_view file) {
  const auto tokenizer = FileTokenizer::parse(file);
  return tokenizer ? "none" : tokenizer.error().message;
}

TEST(FileTokenizer, SaysWhatOfAFileItDoesNotKnow) {
  EXPECT_THAT(complaint_about("[1]"), HasSubstr("not an object"));
  EXPECT_THAT(complaint_about("{}"), HasSubstr("no 'model'"));
  EXPECT_THAT(complaint_about(R"({"model":{"type":"Unigram"}})"), HasSubstr("model: 'Unigram' is not known here"));
  EXPECT_THAT(complaint_about(R"({"model":{"type":"BPE"},"normalizer":{"type":"NFKC"}})"), HasSubstr("'NFKC'"));
  EXPECT_THAT(complaint_about(R"({"model":{"type":"BPE"},"pre_tokenizer":{"type":"Whitespace"}})"),
              HasSubstr("'Whitespace'"));
  EXPECT_THAT(complaint_about(R"({"model":{"type":"BPE","vocab":{"a":0},"merges":["a b"]}})"),
              HasSubstr("model.merges: 'a b'"));
}

TEST(FileTokenizer, CountsLongRunsInTimeThatGrowsWithThem) {
  std::string vocab = R"("a":0)", merges;
  for (std::string token = "aa"; token.size() <= 64; token += token) {
    vocab += ",\"" + token + "\":" + std::to_string(token.size());
    const std::string half = token.substr(token.size() / 2);
    merges += (merges.empty() ? "\"" : ",\"") + half + " " + half + "\"";
  }
  const auto tokenizer =
      FileTokenizer::parse(R"({"model":{"type":"BPE","vocab":{)" + vocab + "},\"merges\":[" + merges + "]}}").value();

  EXPECT_EQ(tokenizer.count(std::string(64 * 4000, 'a')), 4000);
}

}  // namespace
}  // namespace convoke
