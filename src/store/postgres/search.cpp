// Words and queries in the forms of https://www.postgresql.org/docs/15/datatype-textsearch.html. They are cut by us and
// not by one of PostgreSQL's configurations, so that every store finds the same words in every language.
#include "store/postgres/search.hpp"

#include <fmt/format.h>

#include "store/search_terms.hpp"

namespace convoke {
namespace {

// A tool may answer with a whole book; the words of a message are looked for in its first characters.
constexpr std::size_t searched_characters = 16'384;
constexpr std::size_t last_position = 16'383;  // that a tsvector knows
constexpr std::size_t longest_word = 2'000;    // bytes; it takes 2046

std::string quoted(std::string_view word) {
  std::string out = "'";
  for (const char c : word) {
    if (c == '\'' || c == '\\') out += c;
    out += c;
  }
  return out + "'";
}

bool is_searched(EventType type) {
  return type == EventType::user_message || type == EventType::assistant_message || type == EventType::tool_result;
}

/// What the column `content` will hold.
std::string words_of(const Message& message) {
  const ToolResult* result = message.parts.size() == 1 ? std::get_if<ToolResult>(&message.parts.front()) : nullptr;
  return result ? result->text : message.text();
}

/// 'the' <-> 'roa':*
std::string expression_of(const SearchPhrase& phrase) {
  std::string out;
  for (const std::string& word : phrase.words) out += (out.empty() ? "" : " <-> ") + quoted(word);
  return "(" + out + (phrase.is_prefix ? ":*)" : ")");
}

}  // namespace

std::string_view searched_part(std::string_view words) {
  if (words.size() <= searched_characters) return words;
  std::size_t characters = 0;
  for (std::size_t at = 0; at < words.size(); ++at) {
    const bool begins = (static_cast<unsigned char>(words[at]) & 0xc0U) != 0x80;
    characters += begins;
    if (characters > searched_characters) return words.substr(0, at);
  }
  return words;
}

std::optional<std::string> search_vector(const WordCutter& cutter, const Event& event) {
  if (!is_searched(event.type)) return std::nullopt;
  const std::string words = words_of(event.message);
  std::string vector;
  std::size_t position = 0;
  for (const CutWord& cut : cutter.cut(searched_part(words), false)) {
    if (++position > last_position) break;
    if (cut.word.size() <= longest_word) vector += fmt::format("{}:{} ", quoted(cut.word), position);
  }
  if (vector.empty()) return std::nullopt;
  return vector;
}

Result<TextQuery> text_query(const WordCutter& cutter, std::string_view text) {
  TextQuery query;
  std::string excluded;
  bool asks_for_something = false;
  for (const SearchTerm& term : terms_of(text)) {
    asks_for_something = asks_for_something || !term.is_excluded;
    SearchPhrase phrase{.words = {}, .is_prefix = term.is_prefix};
    for (const CutWord& cut : cutter.cut(term.text, true)) phrase.words.push_back(cut.word.substr(0, longest_word));
    if (phrase.words.empty()) continue;
    std::string expression = expression_of(phrase);
    if (term.is_excluded) {
      excluded += " & !" + expression;
      continue;
    }
    query.expression += (query.phrases.empty() ? "" : " & ") + expression;
    query.phrases.push_back(std::move(phrase));
  }
  if (!asks_for_something) return fail(Errc::invalid_input, "there is no word to look for");
  if (!query.phrases.empty()) query.expression += excluded;
  return query;
}

}  // namespace convoke
