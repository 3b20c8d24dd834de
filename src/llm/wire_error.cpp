#include "llm/wire_error.hpp"

#include <fmt/format.h>

#include <array>

#include "base/utf8.hpp"
#include "llm/refusal.hpp"
#include "llm/retired_models.hpp"

namespace convoke {
namespace {

constexpr std::size_t longest_quote = 500;

Errc errc_of(FailureKind kind) {
  switch (kind) {
    case FailureKind::authentication:
    case FailureKind::permission:
    case FailureKind::content_filter: return Errc::denied;
    case FailureKind::billing:
    case FailureKind::too_dear: return Errc::exhausted;
    case FailureKind::model_not_found: return Errc::not_found;
    case FailureKind::rate_limit: return Errc::rate_limited;
    case FailureKind::overloaded:
    case FailureKind::server:
    case FailureKind::network: return Errc::unavailable;
    case FailureKind::bad_tool_call:
    case FailureKind::protocol: return Errc::protocol;
    case FailureKind::context_overflow:
    case FailureKind::too_large_for_rate:
    case FailureKind::bad_tool_schema:
    case FailureKind::unsupported_parameter:
    case FailureKind::invalid_request: return Errc::invalid_input;
  }
  std::unreachable();
}

std::string peer(const Asked& asked) {
  return asked.model.empty() ? asked.provider : fmt::format("{} ({})", asked.provider, asked.model);
}

bool is_utf8(std::string_view text) {
  boost::system::error_code error;
  json::parse(json::serialize(json::string(text)), error);
  return !error;
}

/// One line of `text` that is safe to show, and not longer than a message should be.
std::string quoted(std::string text, const Secret& key) {
  text = without_keys(std::move(text), key);
  const bool readable = is_utf8(text);
  for (char& c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) c = ' ';
    if (byte >= 0x80 && !readable) c = '?';
  }
  if (text.size() <= longest_quote) return text;
  return std::string(utf8_prefix(text, longest_quote)) + "…";
}

WireError error_of(const Asked& asked, const Refusal& refusal, std::string said, WallTime now) {
  FailureKind kind = kind_of(refusal);
  const std::string retirement = retirement_note(asked.model);
  // A retired model is missed with many words, some of which do not name it.
  const bool is_missing = refusal.status == 404 || refusal.status == 410;
  if (is_missing && !retirement.empty()) kind = FailureKind::model_not_found;
  if (kind == FailureKind::model_not_found && !retirement.empty()) said += "; " + retirement;
  Error error{errc_of(kind), peer(asked) + " " + std::move(said), wait_asked_by(refusal, now)};
  return {.reply_error = {.error = std::move(error), .kind = kind, .retry = advice_for(refusal, kind)},
          .parameter = refusal.parameter,
          .message = refusal.message};
}

bool is_web_page(const RefusedAnswer& answer) {
  for (const auto& [name, value] : answer.headers) {
    const bool content_type = name.size() == 12 && (name[0] | 0x20) == 'c' && (name[8] | 0x20) == 't';
    if (content_type && value.starts_with("text/html")) return true;
  }
  return answer.body.starts_with("<!DOCTYPE") || answer.body.starts_with("<html");
}

bool is_key_character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' || c == '*';
}

}  // namespace

std::string without_keys(std::string text, const Secret& key) {
  if (key.reveal().size() >= 4) {
    for (auto at = text.find(key.reveal()); at != std::string::npos; at = text.find(key.reveal(), at + 3)) {
      text.replace(at, key.reveal().size(), "***");
    }
  }
  constexpr std::array<std::string_view, 3> prefixes{"sk-", "gsk_", "Bearer "};
  for (const std::string_view prefix : prefixes) {
    for (auto at = text.find(prefix); at != std::string::npos; at = text.find(prefix, at + 1)) {
      const std::size_t begin = at + prefix.size();
      std::size_t end = begin;
      while (end < text.size() && is_key_character(text[end])) ++end;
      const bool inside_a_word = at > 0 && is_key_character(text[at - 1]);
      if (end - begin >= 6 && !inside_a_word) text.replace(begin, end - begin, "***");
    }
  }
  return text;
}

WireError wire_error(const Asked& asked, const RefusedAnswer& answer, WallTime now) {
  if (is_web_page(answer)) {
    const bool passing = answer.status >= 500;
    Refusal page{.status = passing ? answer.status : 0, .headers = answer.headers};
    auto error = error_of(asked, page, fmt::format("answered {} with a web page instead of data", answer.status), now);
    if (passing) return error;
    error.reply_error.error.code = Errc::protocol;
    error.reply_error.kind = FailureKind::protocol;
    error.reply_error.retry = RetryAdvice::never;
    return error;
  }
  boost::system::error_code not_json;
  const json::value body = json::parse(answer.body, not_json);
  Refusal refusal = not_json ? Refusal{.status = answer.status, .message = std::string(answer.body)}
                             : read_refusal(answer.status, body, now);
  refusal.headers = answer.headers;
  const std::string quote = quoted(refusal.message, asked.api_key);
  const std::string said = quote.empty() ? fmt::format("answered {} without a reason", answer.status)
                                         : fmt::format("answered {}: {}", answer.status, quote);
  return error_of(asked, refusal, said, now);
}

WireError wire_error_inside(const Asked& asked, const json::value& error, WallTime now) {
  const Refusal refusal = read_refusal(0, error, now);
  const std::string quote = quoted(refusal.message, asked.api_key);
  return error_of(asked, refusal, quote.empty() ? "broke off without a reason" : "broke off: " + quote, now);
}

ReplyError transport_error(const Asked& asked, Error error) {
  error.message = peer(asked) + ": " + quoted(std::move(error.message), asked.api_key);
  const bool passing = error.code == Errc::unavailable || error.code == Errc::timed_out;
  return {.error = std::move(error),
          .kind = FailureKind::network,
          .retry = passing ? RetryAdvice::unchanged : RetryAdvice::never};
}

ReplyError protocol_error(const Asked& asked, std::string_view what) {
  return {.error = {Errc::protocol, fmt::format("{} {}", peer(asked), what)},
          .kind = FailureKind::protocol,
          .retry = RetryAdvice::unchanged};
}

}  // namespace convoke
