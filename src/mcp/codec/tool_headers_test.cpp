#include "mcp/codec/tool_headers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mcp/codec/base64.hpp"

namespace convoke::mcp {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

json::object schema(std::string_view text) { return parse_json(text).value().as_object(); }

bool is_usable(std::string_view input_schema) { return mirrored_arguments(schema(input_schema)).has_value(); }

// The examples of the specification.
TEST(HeaderValue, GoesAsItIsWhereThatIsSafe) {
  EXPECT_EQ(header_value("us-west1"), "us-west1");
  EXPECT_EQ(header_value("us west 1"), "us west 1");
  EXPECT_EQ(header_value(""), "");
  EXPECT_EQ(header_value("file:///path/to/file%20name.txt"), "file:///path/to/file%20name.txt");
}

TEST(HeaderValue, GoesAsBase64WhereThatIsNotSafe) {
  EXPECT_EQ(header_value("Hello, 世界"), "=?base64?SGVsbG8sIOS4lueVjA==?=");
  EXPECT_EQ(header_value(" padded "), "=?base64?IHBhZGRlZCA=?=");
  EXPECT_EQ(header_value("line1\nline2"), "=?base64?bGluZTEKbGluZTI=?=");
  EXPECT_EQ(header_value("line1\r\nline2"), "=?base64?bGluZTENCmxpbmUy?=");
  EXPECT_EQ(header_value("\tindented"), "=?base64?CWluZGVudGVk?=");
  EXPECT_EQ(header_value("=?base64?literal?="), "=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?=");
}

TEST(HeaderValue, ComesBackAsTheTextItWas) {
  for (const auto* words : {"us-west1", "Hello, 世界", " padded ", "", "=?base64?literal?=", "\x01\x7f"}) {
    EXPECT_EQ(text_of_header_value(header_value(words)), words);
  }
  EXPECT_EQ(text_of_header_value("  plain\t"), "plain");
  EXPECT_FALSE(text_of_header_value("=?base64?a?="));
  EXPECT_FALSE(text_of_header_value("=?base64?YQ=?="));
}

TEST(Base64, IsStrictAboutWhatItReads) {
  EXPECT_EQ(from_base64("YWJj"), "abc");
  EXPECT_EQ(from_base64("YQ=="), "a");
  EXPECT_EQ(from_base64url("_-4"), "\xff\xee");
  for (const auto* bad : {"YQ", "YQ=", "Y===", "YR==", "Y Q=", "_-4=", "===="}) EXPECT_FALSE(from_base64(bad)) << bad;
}

TEST(MirroredArguments, AreFoundOnNestedProperties) {
  const auto found = mirrored_arguments(schema(R"({"type":"object","properties":{
    "region":{"type":"string","x-mcp-header":"Region"},
    "inner":{"type":"object","properties":{"n":{"type":"integer","x-mcp-header":"N"}}},
    "free":{"type":"number"}}})"));

  ASSERT_TRUE(found);
  EXPECT_THAT(*found, ElementsAre(MirroredArgument{{"region"}, "Mcp-Param-Region"},
                                  MirroredArgument{{"inner", "n"}, "Mcp-Param-N"}));
}

TEST(MirroredArguments, MakeAToolUnusableWhereTheyMustNotStand) {
  const auto property = [](std::string_view inside) {
    return R"({"type":"object","properties":{"a":)" + std::string(inside) + "}}";
  };
  EXPECT_FALSE(is_usable(property(R"({"type":"string","x-mcp-header":""})")));
  EXPECT_FALSE(is_usable(property(R"({"type":"string","x-mcp-header":"a b"})")));
  EXPECT_FALSE(is_usable(property(R"({"type":"string","x-mcp-header":"a:b"})")));
  EXPECT_FALSE(is_usable(property(R"({"type":"string","x-mcp-header":5})")));
  EXPECT_FALSE(is_usable(property(R"({"type":"number","x-mcp-header":"N"})")));
  EXPECT_FALSE(is_usable(property(R"({"type":["string"],"x-mcp-header":"N"})")));
  EXPECT_FALSE(is_usable(property(R"({"type":"array","items":{"type":"string","x-mcp-header":"N"}})")));
  EXPECT_FALSE(is_usable(property(R"({"anyOf":[{"type":"string","x-mcp-header":"N"}]})")));
  EXPECT_FALSE(is_usable(R"({"$defs":{"a":{"type":"string","x-mcp-header":"N"}}})"));
  EXPECT_FALSE(is_usable(R"({"type":"object","properties":{
    "a":{"type":"string","x-mcp-header":"Same"},"b":{"type":"string","x-mcp-header":"SAME"}}})"));
}

TEST(ToolHeaders, RepeatTheValuesOfOneCall) {
  ToolHeaders headers;
  headers.learn("t", *mirrored_arguments(schema(R"({"properties":{
    "s":{"type":"string","x-mcp-header":"S"},"i":{"type":"integer","x-mcp-header":"I"},
    "b":{"type":"boolean","x-mcp-header":"B"},"nothing":{"type":"string","x-mcp-header":"Nothing"},
    "absent":{"type":"string","x-mcp-header":"Absent"}}})")));

  const auto made = headers.headers_for(schema(R"({"name":"t","arguments":{"s":"","i":42,"b":false,"nothing":null}})"));

  EXPECT_THAT(made, ElementsAre(Pair("Mcp-Param-S", ""), Pair("Mcp-Param-I", "42"), Pair("Mcp-Param-B", "false")));
}

}  // namespace
}  // namespace convoke::mcp
