#include "chat/retention.hpp"

namespace convoke {
namespace {

constexpr auto after_start = 1s;
constexpr auto every = std::chrono::hours(1);

}  // namespace

Task<Result<std::int64_t>> apply_retention(ConversationStore& store, RetentionRule rule) {
  std::int64_t deleted = 0;
  std::int64_t after = 0;
  do {
    CO_TRY(const TrimPlan plan, co_await store.plan_trims(rule, after));
    for (const Trim& trim : plan.trims) {
      const auto gone = co_await store.trim(trim.conversation_id, trim.first_kept);
      // Somebody may have deleted the conversation meanwhile.
      if (!gone && gone.error().code != Errc::not_found) co_return fail(gone.error());
      deleted += gone.value_or(0);
    }
    after = plan.next;
  } while (after != 0);
  co_return deleted;
}

Task<> keep_retention(ConversationStore& store, std::function<RetentionRule()> rule, Log log) {
  co_await sleep_for(after_start);
  for (;;) {
    const RetentionRule now = rule();
    const auto deleted = co_await apply_retention(store, now);
    if (!deleted) log.error("retention.failed", {{"reason", deleted.error().message}});
    if (deleted && *deleted > 0) log.info("retention.applied", {{"events", *deleted}});
    co_await sleep_for(every);
  }
}

}  // namespace convoke
