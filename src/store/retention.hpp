#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "domain/event.hpp"

namespace convoke {

/// How much of each conversation stays. What several limits allow is what each of them allows.
struct RetentionRule {
  std::optional<std::int64_t> max_tokens{};    ///< of the newest messages
  std::optional<std::int64_t> max_messages{};  ///< the newest
  std::optional<WallTime> oldest{};            ///< said then or later
  WallTime now{};                              ///< by which the days of conversations with a policy of their own count
  bool keeps_everything() const { return !max_tokens && !max_messages && !oldest; }
};

/// What a policy comes to at the time `now`.
RetentionRule rule_of(const Retention& retention, WallTime now);

/// What is to go from one conversation: everything before `first_kept`.
struct Trim {
  std::string conversation_id;
  Sequence first_kept = 0;  ///< beyond the last event: all of it
  std::int64_t events = 0;  ///< that go
  bool operator==(const Trim&) const = default;
};

/// A part of all that is to go. `next` leads to the next part, 0 after the last.
struct TrimPlan {
  std::vector<Trim> trims;
  std::int64_t next = 0;
};

/// Where the trimming of a conversation has to stop, found by going back from its newest event, one by one. Cuts
/// between turns only: a turn goes as a whole, and one that is being answered stays.
class TrimScan {
 public:
  explicit TrimScan(const RetentionRule& rule) : rule_(rule) {}

  /// Takes the next older event. False when everything before it goes, too, and the scan is over.
  bool take(Sequence seq, EventType type, std::int64_t tokens, WallTime when);

  /// The first event that stays; `after_all` if none does. Unset while nothing has to go.
  std::optional<Sequence> first_kept(Sequence after_all) const;

 private:
  const RetentionRule& rule_;
  std::int64_t tokens_ = 0;
  std::int64_t messages_ = 0;
  std::optional<Sequence> oldest_turn_;  ///< the beginning of the oldest turn that stays
  bool is_over_ = false;
};

}  // namespace convoke
