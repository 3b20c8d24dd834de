#include "llm/json_text.hpp"

#include <gtest/gtest.h>

namespace convoke {
namespace {

TEST(JsonText, SaysTheSameAsTheValue) {
  const json::value value =
      parse_json(R"({"a":[1,-2,18446744073709551615,0.5,1e300,true,false,null,[],{}],"b\"":"c\\\n\u0001ü😀"})").value();

  std::string text;
  append_value(text, value);

  EXPECT_EQ(parse_json(text).value(), value) << text;
}

TEST(JsonText, EscapesOnlyWhatItMust) {
  std::string text;
  append_quoted(text, std::string_view("\"\\/\n\t\r\0\x1f é", 11));

  EXPECT_EQ(text, R"("\"\\/\n\t\r\u0000\u001f é")");
}

}  // namespace
}  // namespace convoke
