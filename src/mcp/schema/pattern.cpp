#include "mcp/schema/pattern.hpp"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <algorithm>
#include <array>
#include <utility>

namespace convoke::mcp::schema {

namespace {

constexpr std::size_t max_pattern_bytes = 10'000;
constexpr std::size_t max_text_bytes = 1024 * 1024;
/// Steps of one match, over all places it may start at.
constexpr std::size_t max_match_steps = 5'000'000;

/// Long names of general categories, which PCRE2 knows only by their short ones.
constexpr std::array<std::pair<std::string_view, std::string_view>, 16> category_names{{
    {"Letter", "L"},
    {"Uppercase_Letter", "Lu"},
    {"Lowercase_Letter", "Ll"},
    {"Titlecase_Letter", "Lt"},
    {"Modifier_Letter", "Lm"},
    {"Other_Letter", "Lo"},
    {"Mark", "M"},
    {"Number", "N"},
    {"Decimal_Number", "Nd"},
    {"digit", "Nd"},
    {"Letter_Number", "Nl"},
    {"Punctuation", "P"},
    {"Symbol", "S"},
    {"Separator", "Z"},
    {"Space_Separator", "Zs"},
    {"Control", "Cc"},
}};

std::string_view short_name(std::string_view property) {
  for (const std::string_view prefix : {"General_Category=", "gc=", "Script=", "sc=", "Script_Extensions=", "scx="}) {
    if (property.starts_with(prefix)) property.remove_prefix(prefix.size());
  }
  for (const auto& [name, shorter] : category_names) {
    if (property == name) return shorter;
  }
  return property;
}

/// `\p{Letter}` becomes `\p{L}`; nothing else differs where both know it.
std::string in_pcre_words(std::string_view expression) {
  std::string words;
  while (!expression.empty()) {
    const bool is_property = expression.starts_with("\\p{") || expression.starts_with("\\P{");
    const auto end = is_property ? expression.find('}') : std::string_view::npos;
    if (end != std::string_view::npos) {
      words += expression.substr(0, 3);
      words += short_name(expression.substr(3, end - 3));
      expression.remove_prefix(end);
    } else {
      const std::size_t count = expression.starts_with('\\') ? 2 : 1;
      words += expression.substr(0, count);
      expression.remove_prefix(std::min(count, expression.size()));
    }
  }
  return words;
}

struct Free {
  void operator()(pcre2_code* code) const { pcre2_code_free(code); }
  void operator()(pcre2_compile_context* context) const { pcre2_compile_context_free(context); }
  void operator()(pcre2_match_context* context) const { pcre2_match_context_free(context); }
  void operator()(pcre2_match_data* data) const { pcre2_match_data_free(data); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

PCRE2_SPTR bytes_of(std::string_view text) { return reinterpret_cast<PCRE2_SPTR>(text.data()); }

}  // namespace

struct Pattern::Compiled {
  Owned<pcre2_code> code;
  std::string expression;
};

Result<Pattern> Pattern::compile(std::string_view expression) {
  if (expression.size() > max_pattern_bytes) return fail(Errc::exhausted, "a pattern is too long");
  const std::string words = in_pcre_words(expression);
  const Owned<pcre2_compile_context> context(pcre2_compile_context_create(nullptr));
  pcre2_set_compile_extra_options(context.get(), PCRE2_EXTRA_ALT_BSUX);
  constexpr std::uint32_t options =
      PCRE2_UTF | PCRE2_DOLLAR_ENDONLY | PCRE2_ALT_BSUX | PCRE2_ALLOW_EMPTY_CLASS | PCRE2_NEVER_BACKSLASH_C;
  int error = 0;
  PCRE2_SIZE place = 0;
  Owned<pcre2_code> code(pcre2_compile(bytes_of(words), words.size(), options, &error, &place, context.get()));
  if (code) return Pattern(std::make_shared<const Compiled>(std::move(code), std::string(expression)));
  std::array<unsigned char, 200> why{};
  pcre2_get_error_message(error, why.data(), why.size());
  return fail(Errc::invalid_input,
              "the pattern '" + std::string(expression) + "' is none: " + reinterpret_cast<const char*>(why.data()));
}

Result<bool> Pattern::found_in(std::string_view text) const {
  if (text.size() > max_text_bytes) return fail(Errc::exhausted, "the text is too long for a pattern");
  const Owned<pcre2_match_context> context(pcre2_match_context_create(nullptr));
  // The library counts anew for every place a match may start at.
  const std::size_t steps = std::max<std::size_t>(max_match_steps / (text.size() + 1), 100);
  pcre2_set_match_limit(context.get(), static_cast<std::uint32_t>(steps));
  pcre2_set_heap_limit(context.get(), 4096);  // kibibytes
  const Owned<pcre2_match_data> data(pcre2_match_data_create(1, nullptr));
  const int outcome = pcre2_match(compiled_->code.get(), bytes_of(text), text.size(), 0, 0, data.get(), context.get());
  if (outcome >= 0) return true;
  if (outcome == PCRE2_ERROR_NOMATCH) return false;
  return fail(Errc::exhausted, "the pattern '" + compiled_->expression + "' takes too long");
}

}  // namespace convoke::mcp::schema
