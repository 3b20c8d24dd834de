#include "llm/refusal.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "llm/wire_durations.hpp"

namespace convoke {
namespace {

using std::chrono::milliseconds;

std::string text_of(const json::value* value) {
  if (!value || value->is_null()) return {};
  if (const json::string* text = value->if_string()) return std::string(text->data(), text->size());
  return json::serialize(*value);
}

/// Epoch milliseconds, or seconds where there are only ten digits; how far it lies ahead of `now`.
std::optional<milliseconds> until_epoch(std::string_view text, WallTime now) {
  std::int64_t epoch = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), epoch);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (text.size() <= 10) epoch *= 1000;
  return milliseconds(epoch) - now.time_since_epoch();
}

void read_openrouter(const json::value& error, const json::value& body, WallTime now, Refusal& refusal) {
  const json::value* metadata = find(error, "metadata");
  for (const json::value* place : {metadata, &error}) {
    if (const auto type = place ? find_string(*place, "error_type") : std::nullopt) {
      refusal.type = *type;
      break;
    }
  }
  if (metadata) {
    refusal.limit_source = string_or_empty(*metadata, "limit_source");
    if (const auto raw = find_string(*metadata, "raw"); raw && !raw->empty())
      refusal.message += " (" + std::string(*raw) + ")";
    const json::value* headers = find(*metadata, "headers");
    if (const json::value* reset = headers ? find(*headers, "X-RateLimit-Reset") : nullptr) {
      refusal.wait = until_epoch(text_of(reset), now);
    }
  }
  for (const json::value* place : {&error, &body}) {
    const json::value* availability = find(*place, "availability");
    if (!availability) continue;
    refusal.final = find_bool(*availability, "retryable") == false;
    if (const auto code = find_string(*availability, "code")) refusal.code = *code;
    if (const auto seconds = find_integer(*availability, "retry_after")) refusal.wait = std::chrono::seconds(*seconds);
  }
}

/// Groq: "property 'store' is unsupported", OpenAI: "Unsupported parameter: 'max_tokens' is not supported …",
/// Anthropic: "temperature: Extra inputs are not permitted".
std::string parameter_named_in(std::string_view message) {
  const auto extra = message.find(": Extra inputs are not permitted");
  if (extra != std::string_view::npos) return std::string(message.substr(0, extra));
  constexpr std::array<std::string_view, 5> phrases{"property '", "Unsupported parameter: '", "Unsupported value: '",
                                                    "Unknown parameter: '", "Unrecognized request argument supplied: "};
  for (const std::string_view phrase : phrases) {
    const auto at = message.find(phrase);
    if (at == std::string_view::npos) continue;
    const std::string_view rest = message.substr(at + phrase.size());
    return std::string(rest.substr(0, rest.find_first_of("' ,.")));
  }
  return {};
}

std::optional<long long> number_after(std::string_view text, std::string_view word) {
  const auto at = text.find(word);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view rest = text.substr(at + word.size());
  long long number = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
  if (error != std::errc{}) return std::nullopt;
  return number;
}

}  // namespace

Refusal read_refusal(int status, const json::value& body, WallTime now) {
  if (const json::array* array = body.if_array(); array && !array->empty()) {
    return read_refusal(status, array->front(), now);
  }
  const json::value* member = find(body, "error");
  const json::value& error = member && !member->is_null() ? *member : body;
  Refusal refusal{.status = status};
  if (!error.is_object()) {
    refusal.message = text_of(&error);
    return refusal;
  }
  for (const std::string_view key : {"message", "detail", "error"}) {
    if (refusal.message.empty()) refusal.message = text_of(find(error, key));
  }
  refusal.type = string_or_empty(error, "type");
  refusal.code = text_of(find(error, "code"));
  refusal.parameter = text_of(find(error, "param"));
  if (refusal.parameter.empty()) refusal.parameter = parameter_named_in(refusal.message);
  const json::value* details = find(error, "details");
  if (const auto finer = details ? find_string(*details, "error_code") : std::nullopt) refusal.code = *finer;
  const bool inside_a_success = status < 300;
  if (inside_a_success) {
    for (const std::string_view key : {"status_code", "code"}) {
      const auto named = find_integer(error, key);
      if (named && *named >= 400 && *named < 600) refusal.status = static_cast<int>(*named);
    }
    if (refusal.status < 400) refusal.status = 0;
  }
  read_openrouter(error, body, now, refusal);
  return refusal;
}

bool exceeds_whole_limit(std::string_view message) {
  if (message.find("Request too large") == std::string_view::npos) return false;
  const auto limit = number_after(message, "Limit "), requested = number_after(message, "Requested ");
  return limit && requested && *requested > *limit;
}

std::optional<milliseconds> wait_asked_by(const Refusal& refusal, WallTime now) {
  constexpr milliseconds absurd = std::chrono::hours(24 * 7);
  const auto header = [&](std::string_view name) -> std::string_view {
    const auto same = [&](const auto& field) {
      return std::ranges::equal(field.first, name, [](char a, char b) { return (a | 0x20) == (b | 0x20); });
    };
    const auto found = std::ranges::find_if(refusal.headers, same);
    return found == refusal.headers.end() ? std::string_view() : std::string_view(found->second);
  };
  const auto sane = [&](std::optional<milliseconds> wait) {
    return wait && *wait > milliseconds::zero() && *wait < absurd ? wait : std::nullopt;
  };

  if (auto wait = sane(parse_decimal(header("retry-after-ms"), milliseconds(1)))) return wait;
  const std::string_view retry_after = header("retry-after");
  if (auto wait = sane(parse_decimal(retry_after, milliseconds(1000)))) return wait;
  if (const auto date = parse_http_date(retry_after)) {
    if (auto wait = sane(*date - now)) return wait;
  }
  if (auto wait = sane(refusal.wait)) return wait;
  constexpr std::string_view phrase = "try again in ";
  if (const auto at = refusal.message.find(phrase); at != std::string::npos) {
    if (auto wait = sane(parse_go_duration(std::string_view(refusal.message).substr(at + phrase.size())))) return wait;
  }
  std::optional<milliseconds> longest;
  for (const std::string_view what : {"requests", "tokens"}) {
    if (header("x-ratelimit-remaining-" + std::string(what)) != "0") continue;
    const std::string_view reset = header("x-ratelimit-reset-" + std::string(what));
    auto wait = parse_go_duration(reset);
    if (!wait) wait = parse_decimal(reset, milliseconds(1000));
    if (sane(wait) && (!longest || *wait > *longest)) longest = wait;
  }
  if (!longest) longest = sane(until_epoch(header("x-ratelimit-reset"), now));
  return longest;
}

}  // namespace convoke
