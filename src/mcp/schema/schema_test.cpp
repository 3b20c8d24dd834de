// What the official suite (tests/conformance) does not ask: messages, bounds, and that nothing is fetched.
#include "mcp/schema/schema.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mcp/schema/pattern.hpp"
#include "mcp/schema/uri.hpp"

namespace convoke::mcp::schema {
namespace {

using ::testing::HasSubstr;

Result<void> check(std::string_view schema, std::string_view value) {
  TRY(const Schema compiled, Schema::compile(json::parse(schema)));
  return compiled.check(json::parse(value));
}

TEST(Schema, NamesThePlaceThatDoesNotFit) {
  const auto checked = check(R"({"properties": {"rows": {"items": {"properties": {"a/b": {"type": "number"}}}}}})",
                             R"({"rows": [{}, {"a/b": "7"}]})");

  EXPECT_EQ(checked.error().message, "'/rows/1/a~1b' must be a number, not a string");
}

TEST(Schema, SaysWhatIsMissing) {
  EXPECT_EQ(check(R"({"required": ["city"]})", "{}").error().message, "it lacks 'city'");
}

TEST(Schema, SaysWhatIsNotAllowed) {
  const auto checked = check(R"({"properties": {"a": {}}, "additionalProperties": false})", R"({"a": 1, "b": 2})");

  EXPECT_EQ(checked.error().message, "'/b' is not allowed");
}

TEST(Schema, NeverFetchesWhatItRefersTo) {
  const auto schema = Schema::compile(json::parse(R"({"$ref": "https://example.com/x.json"})"));

  EXPECT_EQ(schema.error().code, Errc::invalid_input);
  EXPECT_THAT(schema.error().message, HasSubstr("never fetched"));
}

TEST(Schema, RefusesADialectItDoesNotKnow) {
  const auto schema = Schema::compile(json::parse(R"({"$schema": "https://example.com/mine"})"));

  EXPECT_EQ(schema.error().message, "the dialect 'https://example.com/mine' is not known");
}

TEST(Schema, ReadsTheDraftThatManyServersStillName) {
  constexpr std::string_view schema = R"({"$schema": "http://json-schema.org/draft-07/schema#",
    "definitions": {"p": {"type": "integer"}}, "items": [{"$ref": "#/definitions/p"}], "additionalItems": false})";

  EXPECT_TRUE(check(schema, "[1]"));
  EXPECT_EQ(check(schema, R"(["x"])").error().message, "'/0' must be an integer, not a string");
  EXPECT_FALSE(check(schema, "[1, 2]"));
}

TEST(Schema, NamesTheKeywordThatIsWrong) {
  const auto schema = Schema::compile(json::parse(R"({"properties": {"a": {"minLength": "two"}}})"));

  EXPECT_EQ(schema.error().message, "'minLength' must be a whole number, not negative");
}

TEST(Schema, EndsACircleOfReferences) {
  const auto checked =
      check(R"({"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}})", "1");

  EXPECT_EQ(checked.error().code, Errc::exhausted);
}

TEST(Schema, BoundsTheWorkOfOneCheck) {
  // Each level tries the next twice: 2^40 subschemas.
  json::object defs;
  for (int i = 0; i < 40; ++i) {
    const json::object next{{"$ref", "#/$defs/" + std::to_string(i + 1)}};
    defs[std::to_string(i)] = json::object{{"anyOf", json::array{next, next}}};
  }
  defs["40"] = false;
  const auto schema = Schema::compile(json::value{{"$ref", "#/$defs/0"}, {"$defs", defs}});

  EXPECT_EQ(schema->check(json::value(1)).error().code, Errc::exhausted);
}

TEST(Schema, FindsEqualElementsAmongMany) {
  json::array many;
  for (int i = 0; i < 50'000; ++i) many.push_back(i);
  many.push_back(49'999.0);
  const auto schema = Schema::compile(json::value{{"uniqueItems", true}});

  EXPECT_EQ(schema->check(json::value(many)).error().message, "it must not have an element twice");
}

TEST(Pattern, GivesUpOnCatastrophicBacktracking) {
  const auto pattern = Pattern::compile("^(a+)+$");
  const auto found = pattern->found_in(std::string(60, 'a') + "!");

  EXPECT_EQ(found.error().code, Errc::exhausted);
}

TEST(Pattern, ReadsWhatRealSchemasUse) {
  const auto email = Pattern::compile(
      R"(^(?!\.)(?!.*\.\.)([A-Za-z0-9_'+\-\.]*)[A-Za-z0-9_+-]@([A-Za-z0-9][A-Za-z0-9\-]*\.)+[A-Za-z]{2,}$)");

  EXPECT_TRUE(email->found_in("ada@example.org").value());
  EXPECT_FALSE(email->found_in("ada..l@example.org").value());
  EXPECT_TRUE(Pattern::compile(R"(^\p{Letter}+$)")->found_in("héllo").value());
  EXPECT_TRUE(Pattern::compile(R"(^\u{1F600}$)")->found_in("\U0001F600").value());
  EXPECT_FALSE(Pattern::compile("^a$")->found_in("a\n").value());
}

TEST(Uri, ResolvesAsTheRfcSays) {
  EXPECT_EQ(resolve("http://a/b/c/d;p?q", "../g"), "http://a/b/g");
  EXPECT_EQ(resolve("http://a/b/c/d;p?q", "./"), "http://a/b/c/");
  EXPECT_EQ(resolve("http://a/b/c/d;p?q", "?y"), "http://a/b/c/d;p?y");
  EXPECT_EQ(resolve("http://a/b/c/d;p?q", "//g"), "http://g");
  EXPECT_EQ(resolve("http://a", "b"), "http://a/b");
  EXPECT_EQ(resolve("http://a/b", "urn:uuid:1"), "urn:uuid:1");
  EXPECT_EQ(resolve("", "tree.json"), "tree.json");
}

}  // namespace
}  // namespace convoke::mcp::schema
