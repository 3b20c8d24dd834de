#pragma once
#include <concepts>
#include <cstdint>
#include <exception>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "base/result.hpp"

namespace convoke {

enum class LogLevel { debug, info, warning, error, off };
enum class LogFormat { json, text };

/// One named value of a log line.
struct Field {
  using Value = std::variant<std::string, std::int64_t, double, bool>;
  std::string_view name;
  Value value;

  Field(std::string_view n, std::string_view v) : name(n), value(std::string(v)) {}
  Field(std::string_view n, const std::string& v) : name(n), value(v) {}
  Field(std::string_view n, const char* v) : name(n), value(std::string(v)) {}
  Field(std::string_view n, bool v) : name(n), value(v) {}
  Field(std::string_view n, double v) : name(n), value(v) {}
  template <std::integral I>
    requires(!std::same_as<I, bool>)
  Field(std::string_view n, I v) : name(n), value(static_cast<std::int64_t>(v)) {}
};
using Fields = std::initializer_list<Field>;

/// Writes structured lines to stderr. A cheap value: copy it, and bind fields to the copy for a narrower scope.
/// The event name is constant and greppable, values are fields; no user text and no secret ever goes in.
///
///     log.info("turn.finished", {{"tool_calls", n}, {"ms", ms}});
class Log {
 public:
  /// A log that carries `fields` on every line, in addition to this one's.
  Log with(Fields fields) const;

  void debug(std::string_view event, Fields fields = {}) const { write(LogLevel::debug, event, fields); }
  void info(std::string_view event, Fields fields = {}) const { write(LogLevel::info, event, fields); }
  void warning(std::string_view event, Fields fields = {}) const { write(LogLevel::warning, event, fields); }
  void error(std::string_view event, Fields fields = {}) const { write(LogLevel::error, event, fields); }
  /// A broken invariant that ended the task `what`.
  void bug(std::string_view what, std::exception_ptr error) const;

 private:
  void write(LogLevel level, std::string_view event, Fields fields) const;
  std::string bound_;  ///< the bound fields, already encoded
};

/// Sets level and format for the whole process; called by main() once, before any thread starts, and again on reload.
/// Until then only warnings and errors are written.
void configure_logging(LogLevel level, LogFormat format);

/// Sends every line to `sink` instead of stderr, until called with an empty function. For tests.
void capture_log(std::function<void(std::string_view line)> sink);

}  // namespace convoke
