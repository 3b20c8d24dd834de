#pragma once
#include <list>
#include <memory>
#include <string>
#include <unordered_map>

#include "base/task_scope.hpp"
#include "chat/live_turns.hpp"
#include "chat/turn.hpp"

namespace convoke {

/// The turns of one loop. A turn belongs here and not to the connection that asked: when the client is gone it goes on,
/// and its frames stay for a while, to be fetched. Used from its loop only.
class Turns {
 public:
  Turns(Executor executor, TurnServices services, LiveTurns& live);

  /// What the turns that follow go by. To be called once before the first `ask`.
  void use(std::shared_ptr<const ChatSettings> settings, std::shared_ptr<const Models> models);

  /// Runs until cancelled, which ends every turn.
  Task<> run();

  /// A journal to read from, and from where. It stays until its reader is gone.
  struct Place {
    TurnJournal* journal = nullptr;
    Sequence after = 0;
  };

  /// Takes a question on, or, when it is the same as one that runs already, finds that. `conflict` when the id is taken
  /// by another question; `rate_limited` when too many turns run; `unavailable` when we are about to stop.
  Task<Result<Place>> ask(Question question);

  /// Finds the frames of a turn that runs or ended a short while ago, here or on another loop; after that, its record.
  /// `not_found` when nothing is known of it.
  Task<Result<Place>> resume(std::string request_id, std::optional<std::string> conversation_id, Sequence after);

  /// Stops a running turn, here or on another loop. `not_found` when there is none.
  Task<Result<void>> cancel(std::string request_id, std::optional<std::string> conversation_id);

  /// Answers a question that a running turn has for its user, here or on another loop. `not_found` when neither is
  /// there (any more); `invalid_input` when the answer is not one to that question.
  Task<Result<void>> answer(std::string request_id, AnswerInput given);

  /// Takes no more questions, waits until `deadline` for the turns that run, then interrupts the rest.
  Task<> drain(Deadline deadline);

  /// Fills in what the messages of `events` take in a prompt of the configured model.
  Task<> count(std::vector<Event>& events);
  /// For what would keep the loop busy.
  const Executor& workers() const { return services_.counting.workers; }

  std::size_t running() const { return running_; }
  Executor executor() const { return executor_; }
  const ChatSettings& settings() const { return *settings_; }
  const Models& models() const { return *models_; }

 private:
  /// A journal with what fills it: a turn of ours while it runs, or, without a turn, a copy from another loop.
  struct Entry {
    Entry(std::string request_id, std::string conversation_id)
        : journal(std::move(request_id), std::move(conversation_id)) {}
    TurnJournal journal;
    std::unique_ptr<Turn> turn;
    std::optional<SteadyClock::time_point> ended;
    bool is_replay = false;  ///< its frames were made from the record

    /// Where a client goes on that has the frames up to `after`: there, or at the beginning when it has them from
    /// another telling of the turn (before a restart its frames had other numbers) or there are no others to come.
    Sequence next(Sequence after) const;
  };

  /// Does something to a running turn, on its loop.
  using Action = std::function<Result<void>(Turn&)>;
  Task<Result<void>> with_turn(std::string request_id, std::optional<std::string> conversation_id, Action action);

  Task<> sweep();
  Task<> run_turn(Entry& entry);
  Task<> copy_frames(Turns& owner, Entry& entry, Sequence after);
  Task<std::vector<ServerFrame>> frames_after(std::string request_id, std::string conversation_id, Sequence after);
  Result<Place> start(Question question);
  Entry* find(const std::string& request_id, const std::string& conversation_id);
  Task<Sequence> next_for(std::string request_id, std::string conversation_id, Sequence after);
  Place copy_of(Turns& owner, std::string request_id, std::string conversation_id, Sequence after);
  void drop_old_entries();
  Task<> give_title(FirstExchange exchange);
  Task<Result<std::string>> ask_for_title(FirstExchange exchange);

  Executor executor_;
  TurnServices services_;
  LiveTurns& live_;
  std::shared_ptr<const ChatSettings> settings_;
  std::shared_ptr<const Models> models_;
  TaskScope scope_;
  Signal turn_ended_;
  std::list<Entry> entries_;  ///< oldest first
  std::unordered_map<std::string, Entry*> turns_by_key_;
  std::size_t running_ = 0;
  std::size_t titles_ = 0;  ///< that are being found
  bool draining_ = false;
};

}  // namespace convoke
