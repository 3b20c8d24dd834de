#include "llm/call_ids.hpp"

#include <gtest/gtest.h>

namespace convoke {
namespace {

TEST(PortableCallId, StaysWhereItFits) {
  EXPECT_EQ(portable_call_id("toolu_01-A", 40), "toolu_01-A");
  EXPECT_EQ(portable_call_id("abc123DEF", 9), "abc123DEF");
}

TEST(PortableCallId, IsTheSameNewOneEachTimeWhereItDoesNot) {
  const std::string id = portable_call_id("functions.weather:0", 40);

  EXPECT_EQ(id, portable_call_id("functions.weather:0", 40));
  EXPECT_NE(id, portable_call_id("functions.weather:1", 40));
  EXPECT_TRUE(id.starts_with("call_"));
  EXPECT_LE(portable_call_id(std::string(100, 'x'), 40).size(), 40U);
  EXPECT_FALSE(portable_call_id("", 40).empty());
}

TEST(PortableCallId, HasNineLettersAndDigitsForMistral) {
  EXPECT_EQ(portable_call_id("call_1", 9).size(), 9U);
  EXPECT_EQ(portable_call_id("call_1", 9).find('_'), std::string::npos);
}

}  // namespace
}  // namespace convoke
