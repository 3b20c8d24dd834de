#include "chat/tool_index.hpp"

#include <algorithm>
#include <cmath>

#include "store/search_terms.hpp"
#include "tokens/char_class.hpp"
#include "tokens/utf8.hpp"

namespace convoke {
namespace {

// The usual constants: how soon a repeated word stops to count, and how much a long text is held against itself.
constexpr double saturation = 1.2;
constexpr double length_share = 0.75;

// A word in a tool's name says more than one in its description.
constexpr double name_weight = 3;
constexpr double text_weight = 1;
constexpr double parameter_weight = 0.5;

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }

/// The bytes of the character at `at` of valid UTF-8, 0 if it stands between words.
std::size_t word_bytes(const char* at) {
  if (is_ascii(*at)) return is_upper(*at) || is_lower(*at) || is_digit(*at) ? 1 : 0;
  const Char c = CharClasses::shared().read(at);
  constexpr CharClassSet between(CharClass::other, CharClass::space, CharClass::newline);
  return between.has(c.char_class) ? 0 : c.length;
}

/// "issues" and "issue", "queries" and "query" are one word. Crude, and the same for tools and queries.
std::string stem(std::string word) {
  if (word.size() > 4 && word.ends_with("ies")) return word.substr(0, word.size() - 3) + "y";
  if (word.size() > 3 && word.ends_with('s') && !word.ends_with("ss")) word.pop_back();
  return word;
}

/// The words of a text with spaces between them.
void add_spaced_words(std::vector<std::string>& words, std::string_view text) {
  std::string word;
  const auto finish = [&] {
    if (!word.empty()) words.push_back(stem(std::exchange(word, {})));
  };
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    const std::size_t bytes = word_bytes(text.data() + i);
    const bool begins_hump = is_upper(c) && i > 0 && is_lower(text[i - 1]);
    if (bytes == 0 || begins_hump) finish();
    if (bytes == 1) word += is_upper(c) ? static_cast<char>(c | 0x20) : c;
    if (bytes > 1) word += text.substr(i, bytes);
    i += bytes > 0 ? bytes : is_ascii(c) ? 1 : CharClasses::shared().read(text.data() + i).length;
  }
  finish();
}

using Frequencies = std::unordered_map<std::string, double>;

void add_words(Frequencies& words, std::string_view text, double weight) {
  for (std::string& word : words_of(text)) words[std::move(word)] += weight;
}

void add_parameters(Frequencies& words, const json::object& schema) {
  const json::object* properties = find_object(schema, "properties");
  if (!properties) return;
  for (const auto& [name, value] : *properties) {
    add_words(words, name, parameter_weight);
    add_words(words, string_or_empty(value, "description"), parameter_weight);
  }
}

Frequencies words_of_tool(const Tool& tool) {
  Frequencies words;
  add_words(words, tool.name, name_weight);
  add_words(words, tool.title, name_weight);
  add_words(words, tool.server, text_weight);
  add_words(words, tool.description, text_weight);
  add_parameters(words, tool.input_schema);
  return words;
}

}  // namespace

std::vector<std::string> words_of(std::string_view text) {
  if (!is_valid_utf8(text)) return {};
  std::vector<std::string> words;
  for (const ScriptRun& run : script_runs(text)) {
    const std::string_view part = text.substr(run.begin, run.end - run.begin);
    if (!run.is_dense) {
      add_spaced_words(words, part);
      continue;
    }
    for (const auto& [begin, end] : dense_tokens(part, false)) words.emplace_back(part.substr(begin, end - begin));
  }
  return words;
}

ToolIndex::ToolIndex(const std::vector<Tool>& tools) {
  for (std::size_t i = 0; i < tools.size(); ++i) {
    double length = 0;
    for (auto& [word, frequency] : words_of_tool(tools[i])) {
      postings_[word].push_back({i, frequency});
      length += frequency;
    }
    lengths_.push_back(length);
    mean_length_ += length / static_cast<double>(tools.size());
  }
}

/// How much it says that a tool has a word: the more, the fewer tools have it.
double ToolIndex::weight(const std::vector<Posting>& postings) const {
  const auto all = static_cast<double>(lengths_.size());
  const auto with_it = static_cast<double>(postings.size());
  return std::log(1 + (all - with_it + 0.5) / (with_it + 0.5));
}

std::vector<std::size_t> ToolIndex::find(std::string_view query, std::size_t limit) const {
  std::vector<double> scores(lengths_.size());
  for (const std::string& word : words_of(query)) {
    const auto known = postings_.find(word);
    if (known == postings_.end()) continue;
    const double idf = weight(known->second);
    for (const Posting& posting : known->second) {
      const double length = 1 - length_share + length_share * lengths_[posting.tool] / mean_length_;
      scores[posting.tool] += idf * posting.frequency * (saturation + 1) / (posting.frequency + saturation * length);
    }
  }
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (scores[i] > 0) found.push_back(i);
  }
  std::ranges::sort(
      found, [&](std::size_t a, std::size_t b) { return scores[a] != scores[b] ? scores[a] > scores[b] : a < b; });
  if (found.size() > limit) found.resize(limit);
  return found;
}

}  // namespace convoke
