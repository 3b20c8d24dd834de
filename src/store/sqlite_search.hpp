#pragma once
#include <string>
#include <unordered_map>
#include <vector>

#include "store/search_terms.hpp"
#include "store/sqlite_database.hpp"

namespace convoke {

/// The tables of the search: a view `searchable` of what is indexed, the index `search`, and how far it has got.
extern const char* const search_schema;
/// The step to an index that finds short beginnings as fast as words. The old one goes bit by bit, as chores.
extern const char* const search_beginnings_schema;

/// Keeps the search index of a file in step with its events, behind the backs of those who append: indexing a message
/// costs ten times as much as storing it. Used within transactions of the connection it was made for.
class SearchIndexer {
 public:
  Result<void> prepare(SqliteDatabase& database);

  /// There are events that were not looked at yet. `newest_event`: the highest id.
  bool is_behind(std::int64_t newest_event) const { return progress_ < newest_event; }
  /// Indexes for a millisecond or two.
  Result<void> index_some(SqliteDatabase& database);

  /// Takes an event out that is about to be deleted. Its words stay in the index's file until `purge_some` is through.
  Result<void> remove(std::int64_t event);
  /// An id may be used again once it is free: the index must not take it for one it knows.
  Result<void> events_were_deleted(SqliteDatabase& database);
  Result<void> remove_all(SqliteDatabase& database);

  bool needs_purge() const { return purge_ != Purge::none; }

  /// A file of an earlier form has an index that is of no use any more.
  bool has_old_index() const { return has_old_index_; }
  /// Deletes a little of it.
  Result<void> drop_some_of_old_index(SqliteDatabase& database);
  /// Rewrites a little of the index without what was removed.
  Result<void> purge_some(SqliteDatabase& database);

  /// After a rolled back transaction: reads its progress again.
  Result<void> reload(SqliteDatabase& database);

 private:
  enum class Purge { none, due, running };
  Result<void> save_progress(std::int64_t progress);

  SqliteStatement next_, add_, find_, remove_, save_, merge_;
  std::int64_t progress_ = 0;
  Purge purge_ = Purge::none;
  bool has_old_index_ = false;
};

using Snippets = std::unordered_map<std::int64_t, std::vector<SnippetPart>>;  // by event

/// Looks things up in the index. Used by one thread.
class SearchFinder {
 public:
  Result<void> prepare(SqliteDatabase& database);

  /// The ids of events that match, the best first: of the newest five hundred that do.
  Result<std::vector<std::int64_t>> find(const std::string& match);
  /// The words around the matches in each of these events, which match.
  Result<Snippets> snippets(const std::string& match, const std::vector<std::int64_t>& events);

 private:
  SqliteStatement find_, snippets_;
};

}  // namespace convoke
