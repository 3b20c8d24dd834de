#include "hub/tool_answer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace convoke {
namespace {

using testing::EndsWith;
using testing::StartsWith;

const ToolCall call{"call_1", "look", "{}"};

std::string text_of(mcp::CallToolResult result) { return tool_answer(call, result).text; }

TEST(ToolAnswer, JoinsTextsAndNamesTheCall) {
  const auto answer = tool_answer(call, {.content = {mcp::text("one"), mcp::text("two")}});

  EXPECT_EQ(answer, (ToolResult{.call_id = "call_1", .name = "look", .text = "one\ntwo"}));
}

TEST(ToolAnswer, IsTheStructuredContentWhereThereIsNoText) {
  const json::value structured{{"celsius", 21}};

  EXPECT_EQ(text_of({.content = {}, .structured_content = structured}), R"({"celsius":21})");
  EXPECT_EQ(text_of({.content = {mcp::text("warm")}, .structured_content = structured}), "warm");
}

TEST(ToolAnswer, CarriesPicturesAndSaysThatTheyAreThere) {
  const auto answer = tool_answer(call, {.content = {mcp::ImageContent{"AAAA", "image/png"}}});

  EXPECT_EQ(answer.text, "[image, image/png, 3 bytes]");
  ASSERT_EQ(answer.images.size(), 1u);
  EXPECT_EQ(answer.images[0], (Image{"image/png", "AAAA", ""}));
}

TEST(ToolAnswer, LeavesOutPicturesThatAreTooLarge) {
  const std::string huge(max_result_image_bytes, 'A');
  const auto answer =
      tool_answer(call, {.content = {mcp::ImageContent{"AAAA", "image/png"}, mcp::ImageContent{huge, "image/png"}}});

  EXPECT_EQ(answer.images.size(), 1u);
  EXPECT_THAT(answer.text, EndsWith("KB, too large to show]"));
}

TEST(ToolAnswer, DescribesWhatAModelCannotRead) {
  mcp::ResourceLink link{"file:///a.txt", "a.txt"};
  link.description = "Notes.";
  link.size = 2048;

  EXPECT_EQ(text_of({.content = {mcp::AudioContent{"AAAAAAAA", "audio/wav"}}}), "[audio, audio/wav, 6 bytes]");
  EXPECT_EQ(text_of({.content = {link}}), "[link to a.txt: file:///a.txt, 2 KB] Notes.");
  EXPECT_EQ(text_of({.content = {mcp::OtherContent{{{"type", "hologram"}}}}}), "[content of type hologram]");
}

TEST(ToolAnswer, ShowsTextAndPicturesOfEmbeddedFiles) {
  const mcp::EmbeddedResource notes{{.uri = "file:///a.txt", .text = "hello"}};
  const mcp::EmbeddedResource picture{{.uri = "file:///a.png", .mime_type = "image/png", .blob = "AAAA"}};
  const mcp::EmbeddedResource archive{{.uri = "file:///a.zip", .blob = "AAAA"}};
  const auto answer = tool_answer(call, {.content = {notes, picture, archive}});

  EXPECT_EQ(answer.text,
            "[contents of file:///a.txt]\nhello\n[image, image/png, 3 bytes]\n[file file:///a.zip, binary, 3 bytes]");
  EXPECT_EQ(answer.images.size(), 1u);
}

TEST(ToolAnswer, CutsALongTextBetweenTwoCharacters) {
  std::string text = "x";
  while (text.size() < max_result_text_bytes + 10) text += "é";
  const std::string cut = text_of({.content = {mcp::text(text)}});

  // Not EXPECT_THAT: nobody wants to read the text where it fails.
  EXPECT_TRUE(cut.starts_with(text.substr(0, max_result_text_bytes - 1) + "\n[cut here: the first 4194303 of"));
}

TEST(ToolAnswer, SaysWhenThereIsNothing) { EXPECT_EQ(text_of({}), "(no output)"); }

TEST(ToolAnswer, KeepsTheToolsOwnFailure) {
  EXPECT_TRUE(tool_answer(call, mcp::error_result("no such city")).is_error);
}

TEST(ToolFailure, IsAnErrorInWords) {
  EXPECT_EQ(tool_failure(call, "gone"),
            (ToolResult{.call_id = "call_1", .name = "look", .text = "gone", .is_error = true}));
}

}  // namespace
}  // namespace convoke
