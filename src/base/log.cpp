#include "base/log.hpp"

#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <boost/json.hpp>
#include <functional>
#include <memory>
#include <mutex>

#include "base/clock.hpp"

namespace convoke {
namespace {

std::atomic<LogLevel> threshold{LogLevel::warning};
std::atomic<LogFormat> format{LogFormat::json};

spdlog::logger& stderr_logger() {
  static const auto logger = [] {
    auto made = std::make_unique<spdlog::logger>("convoke", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%v");
    made->set_level(spdlog::level::trace);
    return made;
  }();
  return *logger;
}

std::mutex capture_mutex;
std::function<void(std::string_view)> captured_by;  // guarded by capture_mutex
std::atomic<bool> is_capturing{false};

void emit(const std::string& line) {
  if (is_capturing) {
    const std::lock_guard lock(capture_mutex);
    if (captured_by) return captured_by(line);
  }
  stderr_logger().log(spdlog::level::info, "{}", line);
}

std::string_view name_of(LogLevel level) {
  switch (level) {
    case LogLevel::debug: return "debug";
    case LogLevel::info: return "info";
    case LogLevel::warning: return "warning";
    case LogLevel::error: return "error";
    case LogLevel::off: return "off";
  }
  std::unreachable();
}

std::string encode(const Field::Value& value) {
  return std::visit(Overloaded{
                        [](const std::string& v) { return boost::json::serialize(boost::json::string_view(v)); },
                        [](std::int64_t v) { return std::to_string(v); },
                        [](double v) { return fmt::format("{:.3f}", v); },
                        [](bool v) { return std::string(v ? "true" : "false"); },
                    },
                    value);
}

void append(std::string& out, const Field& field) {
  if (format == LogFormat::json) {
    out += fmt::format(",\"{}\":{}", field.name, encode(field.value));
  } else {
    out += fmt::format(" {}={}", field.name, encode(field.value));
  }
}

}  // namespace

Log Log::with(Fields fields) const {
  Log narrower = *this;
  for (const Field& field : fields) append(narrower.bound_, field);
  return narrower;
}

void Log::write(LogLevel level, std::string_view event, Fields fields) const {
  if (level < threshold) return;
  const std::string time = to_iso8601(SystemClock{}.wall());
  std::string line = format == LogFormat::json
                         ? fmt::format(R"({{"time":"{}","level":"{}","event":"{}")", time, name_of(level), event)
                         : fmt::format("{} {:7} {}", time.substr(11, 12), name_of(level), event);
  line += bound_;
  for (const Field& field : fields) append(line, field);
  if (format == LogFormat::json) line += '}';
  emit(line);
}

void Log::bug(std::string_view what, std::exception_ptr error) const {
  std::string reason = "unknown exception";
  try {
    std::rethrow_exception(std::move(error));
  } catch (const std::exception& e) {
    reason = e.what();
  } catch (...) {  // NOLINT(bugprone-empty-catch): the name of a foreign exception cannot be had
  }
  write(LogLevel::error, "bug", {{"task", what}, {"reason", reason}});
}

void configure_logging(LogLevel level, LogFormat new_format) {
  threshold = level;
  format = new_format;
}

void capture_log(std::function<void(std::string_view)> sink) {
  const std::lock_guard lock(capture_mutex);
  is_capturing = static_cast<bool>(sink);
  captured_by = std::move(sink);
}

}  // namespace convoke
