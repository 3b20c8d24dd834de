// Whatever headers and words a provider sends: what is read of them is sane.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "llm/rate_headers.hpp"

namespace {

void expect_sane(const convoke::limits::LimitReport& report) {
  constexpr auto longest = std::chrono::hours(24 * 366);
  const auto sane = [&](const std::optional<std::chrono::milliseconds>& wait) {
    return !wait || (wait->count() >= 0 && *wait <= longest);
  };
  if (!sane(report.retry_after)) std::abort();
  for (const auto& limit : report.limits) {
    if (limit.limit.value_or(0) < 0 || limit.remaining.value_or(0) < 0 || !sane(limit.reset)) std::abort();
  }
}

}  // namespace

/// Lines of "name: value".
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  expect_sane(convoke::read_rate_message(text));
  std::vector<std::pair<std::string, std::string>> headers;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const auto colon = std::min(line.find(": "), line.size());
    headers.emplace_back(line.substr(0, colon), line.substr(std::min(line.size(), colon + 2)));
  }
  const convoke::WallTime now{std::chrono::milliseconds(1'795'000'000'000)};
  expect_sane(convoke::read_rate_headers(headers, convoke::RequestsPer::minute, now));
  expect_sane(convoke::read_rate_headers(headers, convoke::RequestsPer::day, now));
  return 0;
}
