#include "tokens/exact_tokenizer.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <ctime>
#include <fstream>
#include <random>
#include <thread>

#include "base/json.hpp"
#include "tokens/utf8.hpp"

namespace convoke {
namespace {

using ::testing::ElementsAre;

std::string fnv(const std::vector<std::uint32_t>& values) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const std::uint32_t value : values) {
    for (unsigned shift = 0; shift < 32; shift += 8) hash = (hash ^ (value >> shift & 0xff)) * 0x100000001b3;
  }
  return fmt::format("{:016x}", hash);
}

std::vector<std::uint32_t> ends_of(const std::vector<std::string_view>& pieces, std::string_view text) {
  std::vector<std::uint32_t> ends;
  for (const std::string_view piece : pieces) {
    ends.push_back(static_cast<std::uint32_t>(piece.data() + piece.size() - text.data()));
  }
  return ends;
}

/// What tiktoken made of some text: number of tokens, hash of the tokens, hash of the pieces' ends or null.
void expect_same(const json::value& theirs, const ExactTokenizer& tokenizer, std::string_view text) {
  EXPECT_EQ(tokenizer.count(text), theirs.at(0).as_int64()) << text;
  EXPECT_EQ(fnv(tokenizer.encode(text)), theirs.at(1).as_string()) << text;
  if (theirs.at(2).is_null()) return;
  EXPECT_EQ(fnv(ends_of(pieces_of(tokenizer.pattern(), text), text)), theirs.at(2).as_string()) << text;
}

/// tests/tokens/make_vectors.py makes these, and larger ones.
std::string vectors_path() {
  const char* larger = std::getenv("CONVOKE_TOKEN_VECTORS");
  return larger ? larger : CONVOKE_TESTDATA "/vectors.jsonl";
}

TEST(ExactTokenizer, MakesTheTokensAndPiecesThatTiktokenMakes) {
  std::ifstream file(vectors_path());
  ASSERT_TRUE(file);
  for (std::string line; std::getline(file, line) && !testing::Test::HasFailure();) {
    const json::value vector = json::parse(line);
    const std::string_view text = vector.at("text").as_string();
    expect_same(vector.at("o200k_base"), o200k_base(), text);
    expect_same(vector.at("cl100k_base"), cl100k_base(), text);
  }
}

TEST(ExactTokenizer, TakesSpecialTokensForText) {
  EXPECT_EQ(o200k_base().count("<|endoftext|>"), 7);
  EXPECT_EQ(o200k_harmony().encode("<|start|>"), o200k_base().encode("<|start|>"));
}

TEST(ExactTokenizer, CountsInvalidBytesAsReplacementCharacters) {
  const std::string broken = "caf\xc3 \xff\xfe \xe4\xbd \xed\xa0\x80 \xf0\x9f\x98";
  const std::string replaced = "caf\ufffd \ufffd\ufffd \ufffd \ufffd\ufffd\ufffd \ufffd";
  EXPECT_EQ(replace_invalid_utf8(broken), replaced);
  EXPECT_EQ(o200k_base().encode(broken), o200k_base().encode(replaced));
  EXPECT_EQ(o200k_base().count(broken), o200k_base().count(replaced));
}

TEST(ExactTokenizer, NeedsNoMoreTimePerByteForLongRuns) {
  constexpr std::size_t size = 1 << 17;
  std::string noise(size, '\0');
  std::mt19937 random(1);
  for (char& c : noise) c = static_cast<char>(random());
  std::string words;
  while (words.size() < size) words += "aA\xe4\xb8\xad";
  for (const std::string& text : {std::string(size, 'a'), std::string(size, ' '), std::string(size, '\n'),
                                  std::string(size, '-'), noise, words}) {
    const std::clock_t began = std::clock();  // of the processor: the machine may be busy
    const std::int64_t tokens = o200k_base().count(text) + cl100k_base().count(text);
    EXPECT_GT(tokens, 0);
    // Quadratic time would be minutes.
    EXPECT_LT(std::clock() - began, 20 * CLOCKS_PER_SEC) << static_cast<int>(text[0]);
  }
}

TEST(ExactTokenizer, CountsTheSameHoweverManyPiecesItHasSeen) {
  // Far more pieces than it remembers, of all lengths it remembers, and each twice.
  std::mt19937 random(7);
  const std::vector<std::string> letters{"a", "e", "n", "T", "é", "ж", "中", "ก"};
  std::string text;
  for (int i = 0; i < 60'000; ++i) {
    text += ' ';
    for (auto length = 1 + random() % 24; length > 0; --length) text += letters[random() % letters.size()];
  }
  text += text;

  EXPECT_EQ(o200k_base().count(text), std::ssize(o200k_base().encode(text)));
  EXPECT_EQ(cl100k_base().count(text), std::ssize(cl100k_base().encode(text)));
}

TEST(ExactTokenizer, CountsOnSeveralThreadsAtOnce) {
  std::vector<std::int64_t> counts(4);
  {
    std::vector<std::jthread> threads;
    for (std::int64_t& count : counts) {
      threads.emplace_back([&count] { count = o200k_base().count("Same text, same count, on every thread."); });
    }
  }
  EXPECT_THAT(counts, ElementsAre(10, 10, 10, 10));
}

TEST(Pretokenizer, TriesTheAlternativesInThePatternsOrder) {
  EXPECT_THAT(pieces_of(Pattern::o200k, "HTMLParser's  x"), ElementsAre("HTMLParser's", " ", " x"));
  EXPECT_THAT(pieces_of(Pattern::o200k, "\u0301AB"), ElementsAre("\u0301", "AB"));
  EXPECT_THAT(pieces_of(Pattern::cl100k, "HTMLParser's 1234"), ElementsAre("HTMLParser", "'s", " ", "123", "4"));
  EXPECT_THAT(pieces_of(Pattern::o200k, "a \n "), ElementsAre("a", " \n", " "));
  EXPECT_THAT(pieces_of(Pattern::cl100k, "a \n "), ElementsAre("a", " \n "));
}

}  // namespace
}  // namespace convoke
