#pragma once
#include <chrono>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace convoke {

/// What went wrong, in terms of what the caller can do about it. Short and closed on purpose: a new enumerator means a
/// new way to react.
enum class Errc {
  invalid_input,  ///< the request is wrong; sending it again unchanged cannot help
  not_found,      ///< the named thing does not exist
  conflict,       ///< the request contradicts what is already there
  denied,         ///< not allowed; asking again needs other credentials or consent
  rate_limited,   ///< allowed later; see `Error::retry_after`
  unavailable,    ///< the peer is down or unreachable; a later attempt may work
  timed_out,      ///< a deadline passed; whether the work was done is unknown
  cancelled,      ///< somebody no longer wants the work
  protocol,       ///< the peer answered with something it must not send
  exhausted,      ///< a budget or bound of ours is used up
  internal,       ///< our own fault
};

/// The name of `code` as it appears in frames and logs, e.g. "rate_limited".
std::string_view name_of(Errc code);
/// The reverse; `internal` for a name nobody knows.
Errc errc_of(std::string_view name);

/// A failure as a value. `message` is for people: lower case, names the peer and the offending value, holds no secret.
struct Error {
  Errc code = Errc::internal;
  std::string message;
  /// How long to wait before another attempt can work, where somebody told us.
  std::optional<std::chrono::milliseconds> retry_after{};

  bool operator==(const Error&) const = default;
};

template <class T>
using Result = std::expected<T, Error>;

/// `return fail(Errc::not_found, "no conversation 'c1'");`
inline std::unexpected<Error> fail(Errc code, std::string message) {
  return std::unexpected(Error{code, std::move(message), std::nullopt});
}
inline std::unexpected<Error> fail(Error error) { return std::unexpected(std::move(error)); }

/// Puts one phrase of context in front of an error's message: `during("listing tools of 'files'", result)`.
template <class T>
Result<T> during(std::string_view what, Result<T> result) {
  if (!result) result.error().message = std::string(what) + ": " + result.error().message;
  return result;
}

/// Visitor made of lambdas, for std::visit.
template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};

}  // namespace convoke

// `TRY(auto x, f());` binds the value or returns the error from the enclosing function; `CHECK_OK` wants no value.
// The CO_ forms do the same in a coroutine.
#define CONVOKE_JOIN_(a, b) a##b
#define CONVOKE_JOIN(a, b) CONVOKE_JOIN_(a, b)
#define CONVOKE_TRY(keyword, name, declaration, ...)           \
  auto name = (__VA_ARGS__);                                   \
  if (!name) keyword std::unexpected(std::move(name).error()); \
  declaration = *std::move(name)
#define CONVOKE_CHECK(keyword, name, ...)                                                   \
  do {                                                                                      \
    if (auto name = (__VA_ARGS__); !name) keyword std::unexpected(std::move(name).error()); \
  } while (false)
#define TRY(declaration, ...) CONVOKE_TRY(return, CONVOKE_JOIN(try_, __LINE__), declaration, __VA_ARGS__)
#define CO_TRY(declaration, ...) CONVOKE_TRY(co_return, CONVOKE_JOIN(try_, __LINE__), declaration, __VA_ARGS__)
#define CHECK_OK(...) CONVOKE_CHECK(return, CONVOKE_JOIN(check_, __LINE__), __VA_ARGS__)
#define CO_CHECK(...) CONVOKE_CHECK(co_return, CONVOKE_JOIN(check_, __LINE__), __VA_ARGS__)
