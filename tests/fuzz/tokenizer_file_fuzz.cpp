// The first byte chooses: a pattern with a text, a text for a tokenizer, or a whole file. Patterns and files are
// refused or work; a text's tokens are the same each time, and never more than its bytes.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "tokens/tokenizer_file.hpp"
#include "tokens/utf8.hpp"

namespace {

using namespace convoke;

void demand(bool holds) {
  if (!holds) std::abort();
}

const FileTokenizer& sample() {
  static const FileTokenizer tokenizer =
      FileTokenizer::parse(
          R"json({"model":{"type":"BPE","vocab":{"a":0,"b":1,"ab":2,"<0x20>":3,"?":4},"merges":["a b"],"byte_fallback":true,
              "unk_token":"?"},"normalizer":{"type":"NFC"},
              "pre_tokenizer":{"type":"Split","pattern":{"Regex":"\\p{L}+|\\s+(?!\\S)"},"behavior":"Isolated"},
              "added_tokens":[{"id":9,"content":"<x>","lstrip":true,"rstrip":true,"single_word":true}]})json")
          .value();
  return tokenizer;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string text = replace_invalid_utf8({reinterpret_cast<const char*>(data) + 1, size - 1});
  if (data[0] % 3 == 0) {
    const std::size_t half = text.find('\n');
    const auto pattern = SplitPattern::parse(text.substr(0, half));
    if (!pattern || half == std::string::npos) return 0;
    const std::string subject = text.substr(half + 1, 64);
    const char* const end = pattern->match(subject.data(), subject.data() + subject.size());
    demand(!end || (end >= subject.data() && end <= subject.data() + subject.size()));
  } else if (data[0] % 3 == 1) {
    const auto tokens = sample().encode(text);
    demand(tokens == sample().encode(text));
    demand(tokens.size() <= 3 * text.size());
  } else if (const auto tokenizer = FileTokenizer::parse(text)) {
    (void)tokenizer->count("Hello, world! 123");
  }
  return 0;
}
