#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "store/search.hpp"
#include "store/sqlite_database.hpp"

namespace convoke {

/// A word of a text as a search knows it: without case and accents.
struct CutWord {
  std::string word;
  std::size_t begin = 0;  ///< where it stands in the text, in bytes
  std::size_t end = 0;
};

/// Cuts texts into the very words that SQLite's index holds, for stores that have an index of another kind. Used by one
/// thread. Costs a few kilobytes and 0.1 ms to make.
class WordCutter {
 public:
  static Result<WordCutter> make();

  /// `of_query`: the text is what somebody looks for, which may end within a word.
  std::vector<CutWord> cut(std::string_view text, bool of_query) const;

 private:
  struct Delete {
    void operator()(void* tokenizer) const;
  };
  explicit WordCutter(SqliteDatabase database) : database_(std::move(database)) {}

  SqliteDatabase database_;  ///< the tokenizer is part of it
  std::unique_ptr<void, Delete> tokenizer_;
};

/// Words that stand side by side.
struct SearchPhrase {
  std::vector<std::string> words;
  bool is_prefix = false;  ///< of the last one, the beginning
};

/// A few words of `text` around the best place of what was looked for. `words`: those of the text.
std::vector<SnippetPart> snippet_around(std::string_view text, const std::vector<CutWord>& words,
                                        const std::vector<SearchPhrase>& phrases);

}  // namespace convoke
