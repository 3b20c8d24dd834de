#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "store/search.hpp"

namespace convoke {

/// A stretch of a text.
struct ScriptRun {
  std::size_t begin = 0;
  std::size_t end = 0;
  /// Of a script without spaces between words (Chinese, Japanese, Korean, Thai, Lao, Khmer, Burmese, Tibetan).
  bool is_dense = false;
};

/// Cuts `text` into runs of dense scripts and runs of others. Bytes that are no UTF-8 belong to the others.
std::vector<ScriptRun> script_runs(std::string_view text);

/// The tokens of a dense run, as [begin, end) in it: every two neighbouring characters, and the last character alone,
/// so that a single one is found as the beginning of a token. Of a query, which may end within a word, pairs only.
std::vector<std::pair<std::size_t, std::size_t>> dense_tokens(std::string_view run, bool of_query);

/// A word or a phrase to look for.
struct SearchTerm {
  std::string text;
  bool is_prefix = false;  ///< it is the beginning of a word; what is cut off a dense script always is
  bool is_excluded = false;
};

/// What people typed, at most 32 terms, each of which holds a letter or a digit or something beyond ASCII.
std::vector<SearchTerm> terms_of(std::string_view text);

/// What narrows a search: words of the column `place`, which every event has. `key` is the conversation's.
std::string place_of_event(std::int64_t key, Role role, std::string_view iso8601);

/// The phrases that one with the beginning of a word stands for; none where it is to be looked for as it is.
using SpellOut = std::function<std::vector<std::string>(const std::string& beginning)>;

/// The query in FTS5's language, over the columns `words` and `place`. Nothing a user types has a meaning in it but
/// what `SearchQuery::text` says. `key`: of the conversation the query names. `invalid_input` if there is nothing to
/// look for.
Result<std::string> match_expression(const SearchQuery& query, std::optional<std::int64_t> key,
                                     const SpellOut& spell_out = nullptr);

/// The parts of a snippet in which control characters 2 and 3 enclose the matches.
std::vector<SnippetPart> snippet_parts(std::string_view marked);

}  // namespace convoke
