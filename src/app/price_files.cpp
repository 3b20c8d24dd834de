#include "app/price_files.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/clock.hpp"

namespace convoke {
namespace {

constexpr std::uintmax_t max_file_bytes = 64U << 20U;

}  // namespace

Result<PriceList> read_price_file(const std::string& path, std::string_view provider) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  if (error) return fail(Errc::not_found, path + ": " + error.message());
  if (size > max_file_bytes) return fail(Errc::invalid_input, fmt::format("{}: has {} bytes", path, size));
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  if (!stream) return fail(Errc::not_found, path + ": it cannot be read");
  return during(path, read_price_list(text.view(), provider, today()));
}

Result<void> write_price_file(const std::string& path, const PriceTable& table) {
  const std::string fresh = path + ".new";
  {
    std::ofstream stream(fresh, std::ios::binary | std::ios::trunc);
    stream << to_text(table);
    stream.flush();
    if (!stream) return fail(Errc::unavailable, fresh + ": " + std::strerror(errno));
  }
  std::error_code error;
  std::filesystem::rename(fresh, path, error);
  if (error) return fail(Errc::unavailable, path + ": " + error.message());
  return {};
}

std::string today() { return to_iso8601(SystemClock().wall()).substr(0, 10); }

}  // namespace convoke
