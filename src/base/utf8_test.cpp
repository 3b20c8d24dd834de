#include "base/utf8.hpp"

#include <gtest/gtest.h>

namespace convoke {
namespace {

TEST(Utf8Prefix, EndsWhereSomethingElseBegins) {
  EXPECT_EQ(valid_utf8_prefix(""), 0U);
  EXPECT_EQ(valid_utf8_prefix("abc"), 3U);
  EXPECT_EQ(valid_utf8_prefix("é東😀"), 9U);
  EXPECT_EQ(valid_utf8_prefix("a\xff"), 1U);
  EXPECT_EQ(valid_utf8_prefix("a\xc3"), 1U) << "cut off";
  EXPECT_EQ(valid_utf8_prefix("a\xc0\xaf"), 1U) << "overlong";
  EXPECT_EQ(valid_utf8_prefix("a\xed\xa0\x80"), 1U) << "half of a surrogate pair";
  EXPECT_EQ(valid_utf8_prefix("a\xf4\x90\x80\x80"), 1U) << "beyond the last character";
}

}  // namespace
}  // namespace convoke
