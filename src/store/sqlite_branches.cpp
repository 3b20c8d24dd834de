// How the writer keeps the branches of conversations, and forks of them.
#include <fmt/format.h>

#include "store/refusals.hpp"
#include "store/sqlite_writer.hpp"

namespace convoke {

Result<void> SqliteWriter::load_branches(const std::string& id, BranchTree& tree) {
  tree.branches.clear();
  SqliteRows rows = find_branches_.query({id});
  for (;;) {
    TRY(const bool more, rows.next());
    if (!more) break;
    tree.branches.push_back({rows.integer(0), rows.integer(1), rows.integer(2), rows.integer(3), rows.integer(4)});
  }
  if (!tree.find(trunk) || !tree.find(tree.active)) {
    return fail(Errc::internal, fmt::format("the branches of '{}' are not whole", id));
  }
  return {};
}

Result<void> SqliteWriter::save_branches(const std::string& id, const Conversation& conversation) {
  const auto& branches = conversation.shape.tree.branches;
  if (branches.size() == 1) return {};
  const bool is_new = conversation.saved_branches != branches.size();
  for (const Branch& b : branches) {
    if (!is_new && b.leaf <= conversation.saved_seq) continue;
    CHECK_OK(save_branch_.run({id, b.first, b.parent, b.parent_branch, b.rival, b.leaf}));
  }
  return {};
}

LogLookup SqliteWriter::lookup() {
  return {.shape = [this](const std::string& id) -> Result<const LogShape*> {
            TRY(const Conversation* known, conversation(id));
            return &known->shape;
          },
          .branch_of = [this](const std::string& id, Sequence event) -> Result<Sequence> {
            SqliteRows rows = branch_of_.query({id, event});
            TRY(const bool found, rows.next());
            return found ? rows.integer(0) : 0;
          },
          .next_on = [this](const std::string& id, Sequence parent, Sequence branch) -> Result<Sequence> {
            SqliteRows rows = next_on_.query({id, parent, branch});
            TRY(const bool found, rows.next());
            return found ? rows.integer(0) : 0;
          }};
}

Result<void> SqliteWriter::switch_to(const std::string& conversation_id, Sequence event) {
  CHECK_OK(save_conversations());
  TRY(Conversation * found, visible_conversation(conversation_id));
  TRY(const Sequence branch, branch_of(lookup(), conversation_id, event));
  if (branch == 0) return no_event(conversation_id, event);
  BranchTree& tree = found->shape.tree;
  tree.active = tree.newest_through(event, branch);
  return switch_.run({found->key, tree.active});
}

Result<void> SqliteWriter::fork(const std::string& conversation_id, Sequence event, const std::string& new_id,
                                WallTime when) {
  if (new_id.empty() || new_id.size() > max_id_bytes) return bad_id();
  CHECK_OK(save_conversations());
  TRY(const Conversation* found, visible_conversation(conversation_id));
  const std::int64_t key = found->key;
  // A fork of a fork before its own events is a fork of the origin.
  std::string origin = conversation_id;
  while (event > 0 && event <= found->shape.origin_seq) {
    origin = found->shape.origin;
    TRY(found, conversation(origin));
  }
  TRY(const Sequence branch, branch_of(lookup(), origin, event));
  if (branch == 0) return no_event(conversation_id, event);
  TRY(const Conversation* taken, conversation(new_id));
  if (taken->key != 0) return is_taken(new_id);
  cache_.erase(new_id);
  const std::string time = to_iso8601(when);
  return fork_.run({new_id, time, event, origin, key});
}

}  // namespace convoke
