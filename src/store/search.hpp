#pragma once
#include <optional>
#include <string>
#include <vector>

#include "domain/event.hpp"

namespace convoke {

/// What to look for in everything that was said.
struct SearchQuery {
  /// Words, all of which must be there; "a phrase", wor* (a beginning), -word (must not be there). Case and accents do
  /// not matter.
  std::string text;
  std::optional<std::string> conversation_id{};
  std::optional<Role> role{};       ///< user, assistant or tool
  std::optional<WallTime> from{};   ///< said then or later
  std::optional<WallTime> until{};  ///< said before
  int offset = 0;
  int limit = 20;
};

/// A piece of what was found, to be shown.
struct SnippetPart {
  std::string text;
  bool is_match = false;
  bool operator==(const SnippetPart&) const = default;
};

/// One event that was found.
struct SearchHit {
  std::string conversation_id;
  std::string title;  ///< of the conversation
  Sequence seq = 0;
  WallTime timestamp{};
  Role role = Role::user;
  std::vector<SnippetPart> snippet;  ///< a few words around the matches
};
json::object to_json(const SearchHit& hit);

}  // namespace convoke
