#include "llm/words.hpp"

namespace convoke {

std::vector<std::string_view> words_of(std::string_view text) {
  constexpr std::string_view white_space = " \t\r\n";
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const auto letter = text.find_first_not_of(white_space);
    const auto gap = letter == std::string_view::npos ? letter : text.find_first_of(white_space, letter);
    const auto end = gap == std::string_view::npos ? gap : text.find_first_not_of(white_space, gap);
    words.push_back(text.substr(0, end));
    text.remove_prefix(words.back().size());
  }
  return words;
}

}  // namespace convoke
