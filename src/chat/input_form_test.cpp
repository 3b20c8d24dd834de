#include "chat/input_form.hpp"

#include <gtest/gtest.h>

namespace convoke {
namespace {

json::object parsed(std::string_view text) { return json::parse(text).as_object(); }

const json::object booking = parsed(R"({"type":"object","required":["name","nights"],"properties":{
  "name":{"type":"string","minLength":2,"maxLength":5},
  "nights":{"type":"integer","minimum":1,"maximum":14},
  "price":{"type":"number"},
  "mail":{"type":"string","format":"email"},
  "from":{"type":"string","format":"date"},
  "quiet":{"type":"boolean"},
  "view":{"type":"string","enum":["sea","yard"]},
  "meal":{"oneOf":[{"const":"full","title":"Full board"},{"const":"none","title":"None"}]},
  "extras":{"type":"array","maxItems":2,"items":{"anyOf":[{"const":"dog","title":"Dog"},{"const":"car","title":"Car"}]}}
}})");

std::string problem(std::string_view content) { return form_problem(booking, parsed(content)).value_or("none"); }

TEST(InputForm, TakesWhatTheSchemaAsksFor) {
  EXPECT_EQ(problem(R"({"name":"Zoë","nights":2})"), "none");
  EXPECT_EQ(problem(R"({"name":"Ada","nights":2.0,"price":9.5,"mail":"a@b.c","from":"2026-01-31","quiet":true,
                        "view":"sea","meal":"full","extras":["dog","car"]})"),
            "none");
}

TEST(InputForm, NamesTheFieldAndWhatWasExpected) {
  EXPECT_EQ(problem(R"({"name":"Ada"})"), "nights: it must be filled in");
  EXPECT_EQ(problem(R"({"name":"A","nights":2})"), "name: expected at least 2 characters");
  EXPECT_EQ(problem(R"({"name":"Äbcdéf","nights":2})"), "name: expected at most 5 characters");
  EXPECT_EQ(problem(R"({"name":"Ada","nights":2.5})"), "nights: expected a whole number");
  EXPECT_EQ(problem(R"({"name":"Ada","nights":15})"), "nights: expected at most 14");
  EXPECT_EQ(problem(R"({"name":"Ada","nights":"2"})"), "nights: expected a whole number");
  EXPECT_EQ(problem(R"({"name":"Ada","nights":2,"mail":"nowhere"})"), "mail: expected an email address");
  EXPECT_EQ(problem(R"({"name":"Ada","nights":2,"from":"tomorrow"})"), "from: expected a date");
  EXPECT_EQ(problem(R"({"name":"Ada","nights":2,"quiet":"yes"})"), "quiet: expected true or false");
  EXPECT_EQ(problem(R"({"name":"Ada","nights":2,"view":"street"})"), "view: expected one of those offered");
  EXPECT_EQ(problem(R"({"name":"Ada","nights":2,"meal":"Full board"})"), "meal: expected one of those offered");
  EXPECT_EQ(problem(R"({"name":"Ada","nights":2,"extras":["dog","car","dog"]})"), "extras: expected at most 2 of them");
  EXPECT_EQ(problem(R"({"name":"Ada","nights":2,"extras":["cat"]})"), "extras: \"cat\" is not offered");
}

TEST(InputForm, TakesNoFieldTheServerDidNotAskFor) {
  EXPECT_EQ(problem(R"({"name":"Ada","nights":2,"password":"x"})"), "password: the form has no such field");
}

TEST(InputForm, SurvivesASchemaThatIsNone) {
  EXPECT_EQ(form_problem({}, {}), std::nullopt);
  EXPECT_EQ(form_problem(parsed(R"({"properties":[],"required":[1,{}]})"), {}), std::nullopt);
  EXPECT_EQ(form_problem(parsed(R"({"properties":{"a":7}})"), parsed(R"({"a":1})")), "a: the form has no such field");
}

}  // namespace
}  // namespace convoke
