#include "llm/overlap.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace convoke {
namespace {

/// Nobody repeats more than this, except who begins again from the start.
constexpr std::size_t longest_repetition = 4096;

bool is_word_byte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

bool begins_a_word(std::string_view text, std::size_t at) {
  return at == 0 || !is_word_byte(text[at - 1]) || !is_word_byte(text[at]);
}

/// The ellipsis some put in front of a continuation.
std::size_t ellipsis(std::string_view text) {
  constexpr std::array<std::string_view, 2> forms{"...", "\xE2\x80\xA6"};
  for (const std::string_view form : forms) {
    if (text.starts_with(form)) return form.size();
  }
  return 0;
}

bool may_become_ellipsis(std::string_view text) {
  return std::string_view("...").starts_with(text) || std::string_view("\xE2\x80\xA6").starts_with(text);
}

std::string_view tail_of(std::string_view said) {
  return said.substr(said.size() - std::min(said.size(), longest_repetition));
}

}  // namespace

std::size_t overlap(std::string_view said, std::string_view more) {
  if (said.empty()) return 0;
  const std::size_t dots = said.ends_with("...") ? 0 : ellipsis(more);
  more.remove_prefix(dots);
  if (more.starts_with(said)) return dots + said.size();
  const std::string_view tail = tail_of(said);
  for (std::size_t size = std::min(tail.size(), more.size()); size > 0; --size) {
    const std::size_t at = said.size() - size;
    if (tail.ends_with(more.substr(0, size)) && begins_a_word(said, at)) return dots + size;
  }
  return dots;
}

OverlapFilter::OverlapFilter(std::string said) : said_(std::move(said)), is_decided_(said_.empty()) {}

std::string OverlapFilter::feed(std::string_view piece) {
  if (is_decided_) return std::string(piece);
  held_ += piece;
  return may_grow() ? std::string() : finish();
}

std::string OverlapFilter::finish() {
  if (is_decided_) return {};
  is_decided_ = true;
  held_.erase(0, overlap(said_, held_));
  return std::exchange(held_, {});
}

/// True while more of the continuation could make the repetition longer.
bool OverlapFilter::may_grow() const {
  if (may_become_ellipsis(held_)) return true;
  std::string_view words = held_;
  if (!said_.ends_with("...")) words.remove_prefix(ellipsis(words));
  const std::string_view said = said_;
  if (said.size() > words.size() && said.starts_with(words)) return true;
  const std::string_view tail = tail_of(said);
  const auto at = tail.find(words);
  return at != std::string_view::npos && at + words.size() < tail.size();
}

}  // namespace convoke
