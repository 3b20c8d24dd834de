#include "llm/openai_chat/think_tags.hpp"

#include <gtest/gtest.h>

namespace convoke::openai_chat {
namespace {

struct Separated {
  std::string reasoning;
  std::string text;
  bool operator==(const Separated&) const = default;
};

Separated separate(std::initializer_list<std::string_view> pieces) {
  Separated separated;
  ThinkTags tags;
  const auto sink = [&](bool is_reasoning, std::string_view text) {
    (is_reasoning ? separated.reasoning : separated.text) += text;
  };
  for (const std::string_view piece : pieces) tags.feed(piece, sink);
  tags.finish(sink);
  return separated;
}

TEST(ThinkTags, SeparateThoughtsFromTheAnswer) {
  EXPECT_EQ(separate({"<think>Two and two.</think>\n\nFour."}), (Separated{"Two and two.", "Four."}));
}

TEST(ThinkTags, MayBeCutAnywhere) {
  EXPECT_EQ(separate({"\n<th", "in", "k>Two", " and <", "b> two.</th", "ink", ">", "\n", "\nFour", "."}),
            (Separated{"Two and <b> two.", "Four."}));
}

TEST(ThinkTags, AreWordsLaterInTheAnswer) {
  EXPECT_EQ(separate({"Write <think>", "x</think> like this."}), (Separated{"", "Write <think>x</think> like this."}));
}

TEST(ThinkTags, HandOutWhatWasHeldBackAtTheEnd) {
  EXPECT_EQ(separate({"<thi"}), (Separated{"", "<thi"}));
  EXPECT_EQ(separate({"<think>never closed</"}), (Separated{"never closed</", ""}));
}

TEST(UnopenedThoughts, EndAtAClosingTagThatNothingOpened) {
  const auto found = find_unopened_thoughts("Two and two.</think>\n\nFour.");

  EXPECT_EQ(found.thoughts, 12U);
  EXPECT_EQ(found.with_tag, 22U);
  EXPECT_EQ(find_unopened_thoughts("a <think> and a </think>").with_tag, 0U);
}

}  // namespace
}  // namespace convoke::openai_chat
