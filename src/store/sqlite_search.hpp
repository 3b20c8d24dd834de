#pragma once
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/task.hpp"
#include "store/search_terms.hpp"
#include "store/search_words.hpp"
#include "store/sqlite_database.hpp"

namespace convoke {

/// The tables of the search: a view `searchable` of what is indexed, the index `search`, and how far it has got.
extern const char* const search_schema;
/// The step to an index that finds short beginnings as fast as words. The old one goes bit by bit, as chores.
extern const char* const search_beginnings_schema;
/// The step to an index that is merged by us.
extern const char* const search_merges_schema;

/// Keeps the search index of a file in step with its events, behind the backs of those who append: indexing a message
/// costs ten times as much as storing it. Used within transactions of the connection it was made for.
///
/// Each transaction that changes the index leaves one more segment, a small index of its own. They are merged by
/// fours into larger ones, a few pages at a time and in step with the changes: left to itself, FTS5 does it within a
/// commit, as much as there is.
class SearchIndexer {
 public:
  Result<void> prepare(SqliteDatabase& database);

  /// There is something to do. `newest_event`: the highest id.
  bool has_work(std::int64_t newest_event) const;
  /// Does some of it, for a millisecond or two; longer where the entry of a single word fills many pages.
  Result<void> work(SqliteDatabase& database, std::int64_t newest_event);

  /// Takes an event out that is about to be deleted. Its words stay in the file until `holds_removed` says otherwise.
  Result<void> remove(std::int64_t event);
  /// An id may be used again once it is free: the index must not take it for one it knows.
  Result<void> events_were_deleted(SqliteDatabase& database);
  Result<void> remove_all(SqliteDatabase& database);

  /// The index was changed since it was merged last: a merge comes before the next change.
  bool owes_merge() const { return owes_merge_; }
  Result<void> merge_some(SqliteDatabase& database);

  /// Words of what was removed are still in the file. They go when nothing was removed for a while, or by `purge_some`.
  bool holds_removed() const { return purge_from_ || is_purging_; }
  Result<void> purge_some(SqliteDatabase& database);

  /// A file of an earlier form has an index that is of no use any more.
  bool has_old_index() const { return has_old_index_; }

  /// After a rolled back transaction: reads its progress again.
  Result<void> reload(SqliteDatabase& database);

 private:
  bool is_behind(std::int64_t newest_event) const { return progress_ < newest_event; }
  bool needs_purge() const { return purge_from_ && SteadyClock::now() >= *purge_from_; }
  Result<void> index_some(SqliteDatabase& database);
  Result<void> drop_some_of_old_index(SqliteDatabase& database);
  Result<void> save_progress(std::int64_t progress);
  void note_change();

  SqliteStatement next_, add_, find_, remove_, save_, note_removal_, merge_;
  std::int64_t progress_ = 0;
  bool owes_merge_ = false;
  bool may_merge_ = true;               ///< who knows what the last run of the program left
  std::optional<Deadline> purge_from_;  ///< the whole index will be merged then
  bool is_purging_ = false;             ///< it is being merged
  bool has_old_index_ = false;
};

using Snippets = std::unordered_map<std::int64_t, std::vector<SnippetPart>>;  // by event

/// Looks things up in the index. Used by one thread.
class SearchFinder {
 public:
  Result<void> prepare(SqliteDatabase& database);

  /// The phrases that one with the beginning of a word stands for: a beginning that is longer than those the index
  /// holds would be put together from all that begins with it, place by place. None if it is not, or stands for too
  /// many.
  std::vector<std::string> spell_out(const std::string& beginning);
  /// The ids of events that match, the best first: of the newest five hundred that do.
  Result<std::vector<std::int64_t>> find(const std::string& match);
  /// The words around the matches in each of these events, which match.
  Result<Snippets> snippets(const std::string& match, const std::vector<std::int64_t>& events);

 private:
  Result<std::vector<std::string>> words_with(const std::string& beginning);

  SqliteStatement find_, snippets_, next_word_;
  std::optional<WordCutter> cutter_;  ///< made when it is needed
};

}  // namespace convoke
