#include "llm/openai_chat/think_tags.hpp"

#include <algorithm>

namespace convoke::openai_chat {
namespace {

constexpr std::string_view opening = "<think>";
constexpr std::string_view closing = "</think>";
constexpr std::string_view white_space = " \t\r\n";

/// How many bytes at the end of `text` could be the beginning of `tag`.
std::size_t possible_start(std::string_view text, std::string_view tag) {
  for (std::size_t size = std::min(text.size(), tag.size() - 1); size > 0; --size) {
    if (text.ends_with(tag.substr(0, size))) return size;
  }
  return 0;
}

}  // namespace

void ThinkTags::feed(std::string_view text, const Sink& sink) {
  held_ += text;
  if (where_ == Where::start) {
    const auto first = held_.find_first_not_of(white_space);
    if (first == std::string::npos) return;
    const std::string_view rest = std::string_view(held_).substr(first);
    if (rest.size() < opening.size() && opening.starts_with(rest)) return;
    where_ = rest.starts_with(opening) ? Where::thinking : Where::answer;
    if (where_ == Where::thinking) held_.erase(0, first + opening.size());
  }
  if (where_ == Where::thinking) {
    const auto end = held_.find(closing);
    const std::size_t thoughts = end != std::string::npos ? end : held_.size() - possible_start(held_, closing);
    if (thoughts > 0) sink(true, std::string_view(held_).substr(0, thoughts));
    held_.erase(0, thoughts);
    if (end == std::string::npos) return;
    held_.erase(0, closing.size());
    where_ = Where::after;
  }
  if (where_ == Where::after) {
    held_.erase(0, std::min(held_.find_first_not_of(white_space), held_.size()));
    if (held_.empty()) return;
    where_ = Where::answer;
  }
  sink(false, held_);
  held_.clear();
}

void ThinkTags::finish(const Sink& sink) {
  if (!held_.empty()) sink(where_ == Where::thinking, held_);
  held_.clear();
}

UnopenedThoughts find_unopened_thoughts(std::string_view text) {
  const auto end = text.find(closing);
  if (end == std::string_view::npos || text.substr(0, end).find(opening) != std::string_view::npos) return {};
  const auto answer = text.find_first_not_of(white_space, end + closing.size());
  return {end, std::min(answer, text.size())};
}

}  // namespace convoke::openai_chat
