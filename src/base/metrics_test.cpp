#include "base/metrics.hpp"

#include <gmock/gmock.h>

namespace convoke {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

TEST(Metrics, AreWrittenAsPrometheusText) {
  Metrics metrics;
  metrics.counter("turns_total", "Turns.", {{"outcome", "com\"plete"}}).add(3);
  metrics.gauge("connections", "Open connections.").set(-1);
  metrics.histogram("wait_seconds", "Waiting.").observe(3ms);

  const std::string text = metrics.exposition();

  EXPECT_THAT(text, HasSubstr("# TYPE convoke_turns_total counter\nconvoke_turns_total{outcome=\"com\\\"plete\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("convoke_connections -1\n"));
  EXPECT_THAT(text, HasSubstr("convoke_wait_seconds_bucket{le=\"0.0025\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("convoke_wait_seconds_bucket{le=\"0.005\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("convoke_wait_seconds_bucket{le=\"+Inf\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("convoke_wait_seconds_sum 0.003000000\n"));
}

TEST(Metrics, ReturnTheSameInstrumentForTheSameNameAndLabels) {
  Metrics metrics;

  metrics.counter("a", "A.", {{"x", "1"}}).add();
  metrics.counter("a", "A.", {{"x", "1"}}).add();

  EXPECT_EQ(metrics.counter("a", "A.", {{"x", "1"}}).value(), 2U);
  EXPECT_EQ(metrics.counter("a", "A.", {{"x", "2"}}).value(), 0U);
}

}  // namespace
}  // namespace convoke
