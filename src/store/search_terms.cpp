#include "store/search_terms.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace convoke {
namespace {

constexpr std::size_t max_terms = 32;
constexpr int max_months = 36;  // a longer time is narrowed by years

struct Character {
  char32_t code = 0;
  std::size_t bytes = 1;
};

/// The character at `at`; code 0 for a byte that is none.
Character character_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(at);
  if (first < 0x80) return {first, 1};
  const std::size_t bytes = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 0;
  if (bytes == 0 || at + bytes > text.size()) return {};
  char32_t code = first & (0xffU >> (bytes + 1));
  for (std::size_t i = at + 1; i < at + bytes; ++i) {
    if ((byte(i) & 0xc0U) != 0x80) return {};
    code = code << 6U | (byte(i) & 0x3fU);
  }
  return {code, bytes};
}

struct Range {
  char32_t first, last;
};
// Letters of dense scripts, sorted. Signs between them, such as the middle dot, separate words.
constexpr std::array<Range, 20> dense_ranges{{
    {0x0e01, 0x0e3a}, {0x0e40, 0x0e4e}, {0x0e81, 0x0edf}, {0x0f40, 0x0fbc}, {0x1000, 0x1049},
    {0x1050, 0x109f}, {0x1100, 0x11ff}, {0x1780, 0x17d3}, {0x2e80, 0x2fdf}, {0x3005, 0x3007},
    {0x3021, 0x3029}, {0x3041, 0x309f}, {0x30a1, 0x30fa}, {0x30fc, 0x318f}, {0x31f0, 0x31ff},
    {0x3400, 0x4dbf}, {0x4e00, 0xd7ff}, {0xf900, 0xfaff}, {0xff66, 0xffdc}, {0x20000, 0x3ffff},
}};

bool is_dense(char32_t code) {
  const auto range = std::ranges::lower_bound(dense_ranges, code, {}, &Range::last);
  return range != dense_ranges.end() && code >= range->first;
}

/// Whether a term can hold a word at all; FTS5 finds nothing where one term of many holds none.
bool has_word(std::string_view term) {
  return std::ranges::any_of(term, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c & 0x80) != 0;
  });
}

/// One dense character alone is the beginning of the pairs it is in.
bool ends_with_one_dense(std::string_view term) {
  const auto runs = script_runs(term);
  if (runs.empty() || !runs.back().is_dense) return false;
  return character_at(term, runs.back().begin).bytes == runs.back().end - runs.back().begin;
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? "\"\"" : std::string(1, c);
  return out + '"';
}

std::string joined(const std::vector<std::string>& parts, std::string_view by) {
  return fmt::format("{}", fmt::join(parts, by));
}

std::string written(const SearchTerm& term, const SpellOut& spell_out) {
  if (!term.is_prefix) return quoted(term.text);
  std::vector<std::string> phrases = spell_out ? spell_out(term.text) : std::vector<std::string>{};
  if (phrases.empty()) return quoted(term.text) + " *";
  for (std::string& phrase : phrases) phrase = quoted(phrase);
  return "(" + joined(phrases, " OR ") + ")";
}

std::string months_between(WallTime from, WallTime until) {
  using std::chrono::year_month_day;
  const auto month_of = [](WallTime time) {
    const year_month_day day(std::chrono::floor<std::chrono::days>(time));
    return static_cast<int>(day.year()) * 12 + static_cast<int>(static_cast<unsigned>(day.month())) - 1;
  };
  const int first = month_of(from);
  const int last = month_of(until);
  std::vector<std::string> words;
  if (last - first <= max_months) {
    for (int month = first; month <= last; ++month)
      words.push_back(fmt::format("m{:04}{:02}", month / 12, month % 12 + 1));
  } else {
    for (int year = first / 12; year <= last / 12; ++year) words.push_back(fmt::format("y{:04}", year));
  }
  return joined(words, " OR ");
}

}  // namespace

std::vector<SearchTerm> terms_of(std::string_view text) {
  std::vector<SearchTerm> terms;
  const auto is_space = [](char c) { return static_cast<unsigned char>(c) <= ' '; };
  for (std::size_t at = 0; at < text.size() && terms.size() < max_terms;) {
    if (is_space(text[at])) {
      ++at;
      continue;
    }
    SearchTerm term;
    if (text[at] == '-') {
      term.is_excluded = true;
      ++at;
    }
    const bool is_phrase = at < text.size() && text[at] == '"';
    std::size_t end = at + is_phrase;
    while (end < text.size() && (is_phrase ? text[end] != '"' : !is_space(text[end]))) ++end;
    term.text = text.substr(at + is_phrase, end - at - is_phrase);
    at = end + is_phrase;
    const bool has_star = at < text.size() && is_phrase && text[at] == '*';
    term.is_prefix = has_star || (!is_phrase && term.text.ends_with('*')) || ends_with_one_dense(term.text);
    at += has_star;
    if (has_word(term.text)) terms.push_back(std::move(term));
  }
  return terms;
}

std::vector<ScriptRun> script_runs(std::string_view text) {
  std::vector<ScriptRun> runs;
  for (std::size_t at = 0; at < text.size();) {
    const Character character = character_at(text, at);
    const bool dense = is_dense(character.code);
    if (runs.empty() || runs.back().is_dense != dense) runs.push_back({at, at, dense});
    at += character.bytes;
    runs.back().end = at;
  }
  return runs;
}

std::vector<std::pair<std::size_t, std::size_t>> dense_tokens(std::string_view run, bool of_query) {
  std::vector<std::pair<std::size_t, std::size_t>> tokens;
  std::size_t at = 0;
  while (at < run.size()) {
    const std::size_t next = at + character_at(run, at).bytes;
    const std::size_t end = next < run.size() ? next + character_at(run, next).bytes : next;
    const bool is_alone = next == end;
    if (!is_alone || !of_query || tokens.empty()) tokens.emplace_back(at, end);
    at = next;
  }
  return tokens;
}

std::string place_of_event(std::int64_t key, Role role, std::string_view iso8601) {
  const std::string_view year = iso8601.substr(0, 4);
  return fmt::format("c{} r{} m{}{} y{}", key, name_of(role), year, iso8601.substr(5, 2), year);
}

Result<std::string> match_expression(const SearchQuery& query, std::optional<std::int64_t> key,
                                     const SpellOut& spell_out) {
  std::vector<std::string> wanted;
  std::vector<std::string> excluded;
  for (const SearchTerm& term : terms_of(query.text)) {
    (term.is_excluded ? excluded : wanted).push_back(written(term, spell_out));
  }
  if (wanted.empty()) return fail(Errc::invalid_input, "there is no word to look for");
  std::string expression = fmt::format("words : ({})", joined(wanted, " AND "));
  if (!excluded.empty()) expression = fmt::format("({} NOT words : ({}))", expression, joined(excluded, " OR "));
  if (key) expression += fmt::format(" AND place : c{}", *key);
  if (query.role) expression += fmt::format(" AND place : r{}", name_of(*query.role));
  if (query.from || query.until) {
    constexpr WallTime first = std::chrono::sys_days{std::chrono::year{1970} / 1 / 1};
    constexpr WallTime last = std::chrono::sys_days{std::chrono::year{2100} / 1 / 1};
    const std::string months = months_between(query.from.value_or(first), query.until.value_or(last));
    if (!months.empty()) expression += fmt::format(" AND place : ({})", months);
  }
  return expression;
}

std::vector<SnippetPart> snippet_parts(std::string_view marked) {
  std::vector<SnippetPart> parts;
  bool is_match = false;
  while (!marked.empty()) {
    const std::size_t end = std::min(marked.find(is_match ? '\3' : '\2'), marked.size());
    if (end > 0) parts.push_back({std::string(marked.substr(0, end)), is_match});
    marked.remove_prefix(std::min(end + 1, marked.size()));
    is_match = !is_match;
  }
  return parts;
}

}  // namespace convoke
