#pragma once
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "hub/toolbox.hpp"

namespace convoke {

/// Finds tools by words: BM25 (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009, section 3.4) over
/// their names, titles, descriptions and parameters. Immutable, pure.
class ToolIndex {
 public:
  explicit ToolIndex(const std::vector<Tool>& tools);

  /// The tools, by their places in the list, that `query` fits best, the best first, at most `limit`; those that share
  /// no word with it are left out.
  std::vector<std::size_t> find(std::string_view query, std::size_t limit) const;

 private:
  struct Posting {
    std::size_t tool;
    double frequency;
  };
  double weight(const std::vector<Posting>& postings) const;

  std::unordered_map<std::string, std::vector<Posting>> postings_;  ///< by word
  std::vector<double> lengths_;                                     ///< of the tools' texts, in words
  double mean_length_ = 0;
};

/// The words of a text as the index knows them: letters and digits in lower case, "listOpenIssues" and
/// "list_open_issues" both as "list open issue". Scripts without spaces give pairs of characters, as in the search of
/// conversations. None of what is no UTF-8.
std::vector<std::string> words_of(std::string_view text);

}  // namespace convoke
