#include "store/search_words.hpp"

#include <algorithm>

namespace convoke {
namespace {

constexpr std::size_t words_shown = 24;

/// Words of a text that are a match, as [first, last).
struct Match {
  std::size_t first = 0;
  std::size_t last = 0;
};

bool stands_at(const SearchPhrase& phrase, const std::vector<CutWord>& words, std::size_t at) {
  const std::size_t size = phrase.words.size();
  if (at + size > words.size()) return false;
  for (std::size_t i = 0; i < size; ++i) {
    const bool may_go_on = phrase.is_prefix && i + 1 == size;
    const std::string& word = words[at + i].word;
    if (may_go_on ? !word.starts_with(phrase.words[i]) : word != phrase.words[i]) return false;
  }
  return true;
}

std::vector<Match> matches_of(const std::vector<CutWord>& words, const std::vector<SearchPhrase>& phrases) {
  std::vector<Match> matches;
  for (std::size_t at = 0; at < words.size(); ++at) {
    for (const SearchPhrase& phrase : phrases) {
      if (stands_at(phrase, words, at)) matches.push_back({at, at + phrase.words.size()});
    }
  }
  return matches;
}

/// The first word to show: most matches are seen from there, and they stand in the middle.
std::size_t best_start(std::size_t words, const std::vector<Match>& matches) {
  if (words <= words_shown || matches.empty()) return 0;
  Match best{};
  std::size_t most = 0;
  for (std::size_t from = 0; from < matches.size(); ++from) {
    std::size_t to = from;
    while (to < matches.size() && matches[to].last <= matches[from].first + words_shown) ++to;
    if (to - from <= most) continue;
    most = to - from;
    best = {matches[from].first, matches[to - 1].last};
  }
  const std::size_t around = words_shown - std::min(best.last - best.first, words_shown);
  const std::size_t start = best.first - std::min(best.first, around / 2);
  return std::min(start, words - words_shown);
}

}  // namespace

std::vector<SnippetPart> snippet_around(std::string_view text, const std::vector<CutWord>& words,
                                        const std::vector<SearchPhrase>& phrases) {
  const std::vector<Match> matches = matches_of(words, phrases);
  const std::size_t start = best_start(words.size(), matches);
  const bool shows_end = start + words_shown >= words.size();
  const std::size_t end = shows_end ? text.size() : words[start + words_shown - 1].end;
  std::size_t at = start == 0 ? 0 : words[start].begin;
  std::vector<SnippetPart> parts;
  const auto add = [&](std::size_t until, bool is_match) {
    until = std::min(until, end);
    if (until <= at) return;
    const std::string piece(text.substr(at, until - at));
    at = until;
    const bool goes_on = !parts.empty() && parts.back().is_match == is_match;
    goes_on ? void(parts.back().text += piece) : parts.push_back({piece, is_match});
  };
  if (start > 0) parts.push_back({"…"});
  for (const Match& match : matches) {
    if (match.first < start) continue;
    add(words[match.first].begin, false);
    add(words[match.last - 1].end, true);
  }
  add(end, false);
  if (!shows_end) {
    const bool goes_on = !parts.empty() && !parts.back().is_match;
    goes_on ? void(parts.back().text += "…") : parts.push_back({"…", false});
  }
  return parts;
}

}  // namespace convoke
