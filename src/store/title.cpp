#include "store/title.hpp"

#include "base/utf8.hpp"

namespace convoke {
namespace {

bool is_space_or_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte <= 0x20 || byte == 0x7f;
}

}  // namespace

std::string title_of(std::string_view text) {
  std::string title;
  int characters = 0;
  bool space_due = false;
  for (const char c : text) {
    if (is_space_or_control(c)) {
      space_due = !title.empty();
      continue;
    }
    if (!continues_character(c)) {
      characters += space_due ? 2 : 1;
      if (characters > max_title_characters) break;
      if (space_due) title += ' ';
      space_due = false;
    }
    title += c;
  }
  return title;
}

}  // namespace convoke
