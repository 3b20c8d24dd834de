// How the writer keeps forks of conversations, and finds its way in their branches.
#include "store/postgres/writer.hpp"
#include "store/refusals.hpp"

namespace convoke {

LogLookup PostgresWriter::lookup() {
  return {
      .shape = [this](const std::string& id) -> Result<const LogShape*> {
        TRY(const Conversation* known, conversation(id));
        return &known->shape;
      },
      .branch_of = [this](const std::string& id, Sequence event) -> Result<Sequence> {
        TRY(const PostgresRows rows,
            connection_.query("SELECT branch FROM chat_events WHERE conversation_id = $1 AND seq = $2", {id, event}));
        return rows.empty() ? 0 : rows.integer(0, 0);
      },
      .next_on = [this](const std::string& id, Sequence parent, Sequence branch) -> Result<Sequence> {
        TRY(const PostgresRows rows,
            connection_.query("SELECT seq FROM chat_events WHERE conversation_id = $1 AND seq > $2 AND parent = $2 "
                              "AND branch = $3 ORDER BY seq LIMIT 1",
                              {id, parent, branch}));
        return rows.empty() ? 0 : rows.integer(0, 0);
      }};
}

Result<void> PostgresWriter::switch_to(const std::string& conversation_id, Sequence event) {
  TRY(Conversation * found, visible_conversation(conversation_id));
  TRY(const Sequence branch, branch_of(lookup(), conversation_id, event));
  if (branch == 0) return no_event(conversation_id, event);
  if (found->changed) save(conversation_id, *found);
  BranchTree& tree = found->shape.tree;
  tree.active = tree.newest_through(event, branch);
  connection_.send("UPDATE conversations SET branch = $2, leaf = $3 WHERE conversation_id = $1",
                   {conversation_id, tree.active, tree.leaf()});
  return {};
}

Result<void> PostgresWriter::fork(const std::string& conversation_id, Sequence event, const std::string& new_id,
                                  WallTime when) {
  if (new_id.empty() || new_id.size() > max_id_bytes) return bad_id();
  TRY(Conversation * found, visible_conversation(conversation_id));
  if (found->changed) save(conversation_id, *found);
  const std::string title = found->title;
  // A fork of a fork before its own events is a fork of the origin.
  std::string origin = conversation_id;
  while (event > 0 && event <= found->shape.origin_seq) {
    origin = found->shape.origin;
    TRY(found, conversation(origin));
  }
  TRY(const Sequence branch, branch_of(lookup(), origin, event));
  if (branch == 0) return no_event(conversation_id, event);
  TRY(const Conversation* taken, conversation(new_id));
  if (taken->exists || taken->changed) return is_taken(new_id);
  known_.erase(new_id);
  connection_.send(
      "INSERT INTO conversations (conversation_id, title, created, updated, events, last_seq, last_event, leaf, "
      "origin, "
      "origin_seq) VALUES ($1, $2, $3, $3, 0, $4, nextval('convoke_event_ids'), $4, $5, $4)",
      {new_id, title, when, event, origin});
  return {};
}

}  // namespace convoke
