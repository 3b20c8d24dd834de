#pragma once
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "chat/replay.hpp"

namespace convoke {

class Turns;

/// Where the turns of all loops are: who gets a request a second time, or is asked to cancel or resume it, finds its
/// loop here. Callable from any thread; the lock is held for a look-up only.
class LiveTurns {
 public:
  struct Place {
    Turns* turns = nullptr;  ///< the loop's turns; only to be used on that loop
    std::string conversation_id;
    std::string text;
    bool failed = false;
  };

  /// Takes the place of a failed turn with the same id and conversation.
  void add(const Question& question, Turns& turns);
  /// The turn has ended. One that failed can be asked again.
  void mark_ended(const std::string& request_id, const std::string& conversation_id, bool failed);
  void remove(const std::string& request_id, const std::string& conversation_id);

  /// The live turn under this id in this conversation; without a conversation, the only one if the id is long enough to
  /// be unique everywhere.
  std::optional<Place> find(const std::string& request_id, const std::optional<std::string>& conversation_id) const;

  /// True while a question of this conversation is being answered.
  bool is_running_in(const std::string& conversation_id) const;

 private:
  Place* locked_find(const std::string& request_id, const std::string& conversation_id);

  mutable std::mutex mutex_;
  std::unordered_multimap<std::string, Place> by_request_;
  std::unordered_map<std::string, int> running_in_;  ///< turns by conversation
};

}  // namespace convoke
