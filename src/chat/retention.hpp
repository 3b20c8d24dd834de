#pragma once
#include <functional>

#include "base/log.hpp"
#include "store/conversation_store.hpp"

namespace convoke {

/// Lets go what has to go by `rule`, or by the policies of conversations that have their own, once: conversation by
/// conversation, in steps small enough for nobody to notice. Returns how many events went.
Task<Result<std::int64_t>> apply_retention(ConversationStore& store, RetentionRule rule);

/// Does so a while after the start and then every hour, until cancelled. `rule` is asked each time: what is old now was
/// not an hour ago.
Task<> keep_retention(ConversationStore& store, std::function<RetentionRule()> rule, Log log);

}  // namespace convoke
