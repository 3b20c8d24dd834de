#include "cli/person.hpp"

#include <gmock/gmock.h>

#include <deque>
#include <sstream>

namespace convoke {
namespace {

using testing::HasSubstr;

/// Somebody who types these lines, and then nothing more.
ReadLine typing(std::initializer_list<std::string> lines) {
  return [left = std::deque<std::string>(lines)](const std::string&) mutable -> std::optional<std::string> {
    if (left.empty()) return std::nullopt;
    std::string line = left.front();
    left.pop_front();
    return line;
  };
}

json::object answer(std::string_view input, std::initializer_list<std::string> lines) {
  std::ostringstream out;
  return ask_person(json::parse(input).as_object(), typing(lines), out);
}

constexpr auto approval = R"({"kind":"approval","server":"files","tool":"write","arguments":{"path":"a"}})";

TEST(Person, ApprovesDeclinesOrAllowsForGood) {
  EXPECT_EQ(answer(approval, {"y"}), (json::object{{"decision", "accept"}}));
  EXPECT_EQ(answer(approval, {"what?", "n"}), (json::object{{"decision", "decline"}}));
  EXPECT_EQ(answer(approval, {"a"}), (json::object{{"decision", "accept"}, {"remember", true}}));
  EXPECT_EQ(answer(approval, {}), (json::object{{"decision", "decline"}}));
}

TEST(Person, ChangesTheArguments) {
  EXPECT_EQ(answer(approval, {"e", "[1]", "e", R"({"path":"b"})"}),
            (json::object{{"decision", "accept"}, {"arguments", json::object{{"path", "b"}}}}));
}

TEST(Person, FillsInAFormFieldByField) {
  constexpr auto form = R"({"kind":"elicitation","server":"travel","message":"Where to?","requested_schema":{
    "required":["city"],"properties":{"city":{"type":"string"},"nights":{"type":"integer","default":2},
    "quiet":{"type":"boolean"},"extras":{"type":"array","items":{"enum":["dog","car"]}},"note":{"type":"string"}}}})";

  EXPECT_EQ(
      answer(form, {"Oslo", "", "y", "dog, car", ""}),
      (json::object{
          {"decision", "accept"},
          {"content",
           json::object{{"city", "Oslo"}, {"nights", 2}, {"quiet", true}, {"extras", json::array{"dog", "car"}}}}}));
  EXPECT_EQ(answer(form, {"Oslo", "!"}), (json::object{{"decision", "decline"}}));
}

TEST(Person, SeesTheHostOfAPage) {
  std::ostringstream out;
  const auto input =
      json::parse(R"({"kind":"url","server":"shop","message":"Pay","host":"p.example","url":"https://p.example/1"})");

  const auto given = ask_person(input.as_object(), typing({"y"}), out);

  EXPECT_EQ(given, (json::object{{"decision", "accept"}}));
  EXPECT_THAT(out.str(), HasSubstr("It leads to p.example: https://p.example/1"));
}

TEST(Harmless, LeavesNoControlCharacters) {
  EXPECT_EQ(harmless("a\x1b[2Jb\nc\x7f\xc2\x9b"
                     "31mnaïve"),
            "a?[2Jb\nc??31mnaïve");
}

}  // namespace
}  // namespace convoke
