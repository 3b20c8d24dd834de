#pragma once
#include <optional>
#include <string>
#include <vector>

#include "store/search_words.hpp"

namespace convoke {

/// What a search finds of an event, as the text of a tsvector; nothing where it finds nothing.
std::optional<std::string> search_vector(const WordCutter& cutter, const Event& event);

/// As much of an event's words as a search looks at.
std::string_view searched_part(std::string_view words);

/// A search in PostgreSQL's terms. Nothing a user types has a meaning in it but what `SearchQuery::text` says.
struct TextQuery {
  std::string expression;             ///< the text of a tsquery; empty: nothing can match
  std::vector<SearchPhrase> phrases;  ///< what has to be there, to be shown
};

/// `invalid_input` if there is nothing to look for.
Result<TextQuery> text_query(const WordCutter& cutter, std::string_view text);

}  // namespace convoke
