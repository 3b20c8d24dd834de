#include "base/plain_numbers.hpp"

#include <gtest/gtest.h>

#include "base/json.hpp"

namespace convoke {
namespace {

std::string written(const json::value& value) { return plain_numbers(json::serialize(value)); }

TEST(PlainNumbers, AreWrittenAsPeopleWriteThem) {
  EXPECT_EQ(written({0.0, 0.1, 1.5, -2.5, 12.0, 1e300, 0.30000000000000004}),
            "[0,0.1,1.5,-2.5,12,1e+300,0.30000000000000004]");
  EXPECT_EQ(written({{"a", 7}, {"b", -1}, {"c", 18446744073709551615U}}), R"({"a":7,"b":-1,"c":18446744073709551615})");
  EXPECT_EQ(written(2.5), "2.5");
}

TEST(PlainNumbers, StayTheSameValues) {
  for (const double value : {0.1 + 0.2, 1.0 / 3, 5e-324, 1.7976931348623157e308, 123456789012345680.0, -1e-7}) {
    EXPECT_EQ(parse_json(written(value)).value().to_number<double>(), value);
  }
}

TEST(PlainNumbers, LeaveTextsAlone) {
  for (const std::string json : {R"({"1E0":"1E0 \" 2E0","E":"\\"})", R"("1E0)", R"("\)", "E", ""}) {
    EXPECT_EQ(plain_numbers(json), json);
  }
}

}  // namespace
}  // namespace convoke
