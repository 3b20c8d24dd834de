#pragma once
#include <functional>
#include <string>
#include <string_view>

namespace convoke::openai_chat {

/// Separates `<think>…</think>` at the start of an answer from the answer, as local models write it into their text.
/// The tags may be cut anywhere. Later in the answer they are words like any other. Pure.
class ThinkTags {
 public:
  using Sink = std::function<void(bool is_reasoning, std::string_view text)>;

  void feed(std::string_view text, const Sink& sink);
  /// The text has ended: hands out what was held back because it might have become a tag.
  void finish(const Sink& sink);
  /// True once no tag can follow, so that text may go past this filter.
  bool is_past() const { return where_ == Where::answer; }

 private:
  enum class Where { start, thinking, after, answer };

  std::string held_;
  Where where_ = Where::start;
};

/// For templates that put the opening tag into the prompt: where `text` holds a closing tag without an opening one,
/// the length of the thoughts before it and of the tag; otherwise both are 0.
struct UnopenedThoughts {
  std::size_t thoughts = 0;
  std::size_t with_tag = 0;
};
UnopenedThoughts find_unopened_thoughts(std::string_view text);

}  // namespace convoke::openai_chat
