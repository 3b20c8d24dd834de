#include "llm/retired_models.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace convoke {
namespace {

// From the providers' own lists in November 2026. A longer name stands before a shorter one it begins with.
constexpr std::array<RetiredModel, 31> retired{{
    {"claude-3-7-sonnet", "2026-02-19", "claude-sonnet-5-5"},
    {"claude-3-5-sonnet", "2025-10-28", "claude-sonnet-5-5"},
    {"claude-3-5-haiku", "2026-02-19", "claude-haiku-5-5"},
    {"claude-3-opus", "2026-05-01", "claude-opus-5-5"},
    {"claude-3-sonnet", "2025-07-21", "claude-sonnet-5-5"},
    {"claude-3-haiku", "2026-04-19", "claude-haiku-5-5"},
    {"claude-opus-4-1", "2026-08-05", "claude-opus-5-5"},
    {"claude-opus-4-0", "2026-05-14", "claude-opus-5-5"},
    {"claude-opus-4-20250514", "2026-05-14", "claude-opus-5-5"},
    {"claude-sonnet-4-0", "2026-05-14", "claude-sonnet-5-5"},
    {"claude-sonnet-4-20250514", "2026-05-14", "claude-sonnet-5-5"},
    {"claude-sonnet-4-5", "2026-11-30", "claude-sonnet-5-5"},
    {"llama-3.3-70b-versatile", "2026-08-16", "openai/gpt-oss-120b"},
    {"llama-3.1-8b-instant", "2026-08-16", "openai/gpt-oss-20b"},
    {"llama-4-maverick-17b-128e-instruct", "2026-03-09", "openai/gpt-oss-120b"},
    {"llama-4-scout-17b-16e-instruct", "2026-07-17", "qwen/qwen3.6-27b"},
    {"qwen3-32b", "2026-07-17", "qwen/qwen3.6-27b"},
    {"llama3-70b-8192", "2025-08-30", "openai/gpt-oss-120b"},
    {"llama3-8b-8192", "2025-08-30", "openai/gpt-oss-20b"},
    {"mixtral-8x7b-32768", "2025-03-20", "openai/gpt-oss-120b"},
    {"gemma2-9b-it", "2025-10-08", "openai/gpt-oss-20b"},
    {"gpt-3.5-turbo-1106", "2026-09-28", "gpt-6-luna"},
    {"gpt-4-0125-preview", "2026-03-26", "gpt-6.1-terra"},
    {"gpt-4-1106-preview", "2026-03-26", "gpt-6.1-terra"},
    {"gpt-4-turbo-preview", "2026-03-26", "gpt-6.1-terra"},
    {"gpt-4-0314", "2026-03-26", "gpt-6.1-terra"},
    {"gpt-4-32k", "2025-06-06", "gpt-6.1-terra"},
    {"gpt-4.5-preview", "2025-07-14", "gpt-6.1-terra"},
    {"o1-preview", "2025-07-28", "gpt-6.1-terra"},
    {"o1-mini", "2025-10-27", "gpt-6.1-terra"},
    {"gemini-2.0-flash", "2026-06-01", ""},
}};

/// A dated or tagged name of the same model: "…-20250805", "…-001", "…:free".
bool is_same_model(std::string_view model, std::string_view name) {
  if (!model.starts_with(name)) return false;
  const std::string_view rest = model.substr(name.size());
  if (rest.empty() || rest.front() == ':' || rest == "-latest") return true;
  return rest.front() == '-' && rest.size() > 1 && rest.find_first_not_of("-0123456789") == std::string_view::npos;
}

}  // namespace

const RetiredModel* find_retired_model(std::string_view model) {
  model.remove_prefix(model.rfind('/') + 1);  // npos + 1 is 0
  std::string dashed(model);
  if (dashed.starts_with("claude")) std::ranges::replace(dashed, '.', '-');  // as routers spell it
  const auto found =
      std::ranges::find_if(retired, [&](const RetiredModel& one) { return is_same_model(dashed, one.name); });
  return found == retired.end() ? nullptr : &*found;
}

std::string retirement_note(std::string_view model) {
  const RetiredModel* found = find_retired_model(model);
  if (!found) return {};
  const std::string when = fmt::format("'{}' was retired on {}", model, found->on);
  return found->successor.empty() ? when : fmt::format("{}; use '{}' instead", when, found->successor);
}

}  // namespace convoke
