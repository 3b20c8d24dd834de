#pragma once
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "store/conversation_store.hpp"
#include "store/placement.hpp"
#include "store/postgres/connection.hpp"
#include "store/search_words.hpp"

namespace convoke {

/// What one append got.
struct PostgresStored {
  std::int64_t id = 0;
  Placement place;
};

/// Writes to the log's tables, inside a transaction that many calls share. Used by one thread.
///
/// `begin` locks the conversations that are going to change, whoever else writes to the same database, and reads what
/// there is to know of them: one round trip. What follows is queued, and sent and answered with the commit: another.
///
/// A call that fails with `invalid_input`, `not_found` or `conflict` has changed nothing. After any other failure the
/// transaction is spoilt: `roll_back`, as after a failed `commit`.
class PostgresWriter {
 public:
  /// Connects, brings the tables up to date and takes a number for this server, or takes `node` again if it is not 0.
  static Result<PostgresWriter> open(const Secret& url, std::chrono::milliseconds timeout, std::int64_t node);

  /// `conversations`: those that will change. `events`: how many will be appended at most. `is_durable`: the commit
  /// waits for the disk. `batch`: names the transaction; higher than those before, of earlier connections as well.
  Result<void> begin(std::vector<std::string> conversations, int events, bool is_durable, std::int64_t batch);
  Result<void> commit();
  void roll_back();

  /// Whether this server's transaction of that name was committed, of which there was none after it.
  Result<bool> was_committed(std::int64_t batch);

  Result<std::vector<PostgresStored>> append(const std::vector<Event>& events);
  Result<void> keep_draft(const Draft& draft);
  Result<void> switch_to(const std::string& conversation_id, Sequence event);
  Result<void> fork(const std::string& conversation_id, Sequence event, const std::string& new_id, WallTime when);
  Result<void> rename(const std::string& conversation_id, const std::string& title);
  Result<void> retitle(const std::string& conversation_id, const std::string& from, const std::string& title);
  Result<void> set_retention(const std::string& conversation_id, const std::optional<Retention>& retention);
  Result<void> set_archived(const std::string& conversation_id, bool archived);
  Result<void> erase_all();

  /// Where an erasure has got to.
  struct Erasure {
    std::string conversation_id;
    Sequence after = 0;
  };
  /// Hides a conversation from everybody. `erase_some` does the rest.
  Result<Erasure> begin_erase(const std::string& conversation_id);
  /// Deletes a few hundred events. Nothing when there is no more to do.
  Result<std::optional<Erasure>> erase_some(Erasure erasure);
  /// What servers that are gone have not ended.
  Result<std::vector<Erasure>> unfinished_erasures();

  /// What a step has deleted, and how far it has looked.
  struct Deleted {
    std::int64_t events = 0;
    Sequence after = 0;
    bool is_through = false;
    bool has_forks = false;
  };
  /// Looks at a few hundred events between `after` and `first_kept`, and deletes those that no fork shows.
  Result<Deleted> trim_some(const std::string& conversation_id, Sequence after, Sequence first_kept);
  /// After that: when nothing else is left of the conversation, it begins to go.
  Result<std::optional<Erasure>> end_trim(const std::string& conversation_id, Sequence first_kept);

  std::int64_t node() const { return node_; }
  void give_up_node_number() { (void)connection_.query("SELECT pg_advisory_unlock_all()"); }
  PostgresConnection& connection() { return connection_; }

 private:
  /// What writing needs to know of a conversation; as the database will have it after the commit.
  struct Conversation {
    bool exists = false;
    LogShape shape;
    Sequence saved_seq = 0;          ///< branches that have not grown beyond this are saved as they are
    std::size_t saved_branches = 1;  ///< so many rows there are; one branch alone has none
    std::string title;
    bool title_changed = false;
    bool changed = false;
    WallTime created{};
    WallTime updated{};
    std::int64_t events = 0;
    std::int64_t last_event = 0;
  };

  PostgresWriter(PostgresConnection connection, WordCutter cutter)
      : connection_(std::move(connection)), cutter_(std::move(cutter)) {}
  void ask_for(const std::vector<std::string>& ids);
  Result<void> learn(const std::vector<std::string>& ids, const PostgresRows& rows, const PostgresRows& branches);
  Result<Conversation*> conversation(const std::string& id);
  /// `not_found` unless people can see it.
  Result<Conversation*> visible_conversation(const std::string& id);
  void note_turn(const Event& event, std::int64_t id, Sequence seq);
  void note_event(Conversation& conversation, const Event& event, const PostgresStored& stored);
  Result<void> save_conversations();
  void save(const std::string& id, Conversation& conversation);
  void save_branches(const std::string& id, const Conversation& conversation);
  LogLookup lookup();
  Result<std::vector<BranchPart>> needed_by_forks(const std::string& id, bool& has_forks);
  Result<Deleted> delete_some(const std::string& id, Sequence after, Sequence end);
  Result<std::optional<Erasure>> end_erase(const std::string& id);

  PostgresConnection connection_;
  WordCutter cutter_;
  std::int64_t node_ = 0;
  std::unordered_map<std::string, Conversation> known_;  ///< locked; as of this transaction
  std::vector<std::int64_t> free_ids_;                   ///< the next event's last
};

}  // namespace convoke
