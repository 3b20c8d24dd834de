// Counts the tokens of a file, for tests/bench/tokens.py:
//   tokens_bench ranks ENCODING               the vocabulary as tiktoken's files have it, for the peers
//   tokens_bench first ENCODING               seconds of the first count of a process
//   tokens_bench count|encode ENCODING FILE ROUNDS
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include "bench.hpp"
#include "tokens/exact_tokenizer.hpp"

namespace convoke::bench {
namespace {

std::string base64(std::string_view bytes) {
  constexpr const char* digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    unsigned group = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      group = group << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    }
    for (std::size_t k = 0; k < 4; ++k) text += i + k <= bytes.size() ? digits[group >> (18 - 6 * k) & 63U] : '=';
  }
  return text;
}

int write_ranks(const ExactTokenizer& tokenizer) {
  const Vocabulary& vocabulary = tokenizer.vocabulary();
  for (TokenId token = 0; token < vocabulary.size(); ++token) {
    std::cout << base64(vocabulary.bytes(token)) << ' ' << token << '\n';
  }
  return 0;
}

int measure(const ExactTokenizer& tokenizer, bool encode, const char* path, int rounds) {
  std::ifstream file(path, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  std::int64_t tokens = 0;
  std::string seconds;
  for (int i = 0; i <= rounds; ++i) {
    const Stopwatch watch;
    tokens = encode ? std::ssize(tokenizer.encode(text)) : tokenizer.count(text);
    if (i > 0) seconds += (i > 1 ? ", " : "") + std::to_string(watch.seconds());  // the first one warms up
  }
  std::cout << "{\"bytes\": " << text.size() << ", \"tokens\": " << tokens << ", \"seconds\": [" << seconds << "]}\n";
  return 0;
}

}  // namespace
}  // namespace convoke::bench

int main(int argc, char** argv) {
  using namespace convoke;
  if (argc < 3) return 2;
  const ExactTokenizer& tokenizer = std::strcmp(argv[2], "cl100k_base") == 0 ? cl100k_base() : o200k_base();
  if (std::strcmp(argv[1], "ranks") == 0) return bench::write_ranks(tokenizer);
  if (std::strcmp(argv[1], "first") == 0) {
    const bench::Stopwatch watch;
    tokenizer.count("The first text a process counts.");
    std::cout << watch.seconds() << '\n';
    return 0;
  }
  if (argc < 5) return 2;
  return bench::measure(tokenizer, std::strcmp(argv[1], "encode") == 0, argv[3], std::atoi(argv[4]));
}
