#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/log.hpp"
#include "base/metrics.hpp"
#include "chat/title_request.hpp"
#include "chat/tool_consent.hpp"
#include "chat/turn_draft.hpp"
#include "chat/turn_guard.hpp"
#include "chat/turn_journal.hpp"
#include "chat/turn_prompt.hpp"
#include "chat/turn_record.hpp"
#include "chat/turn_sampling.hpp"
#include "chat/turn_tools.hpp"
#include "hub/toolbox.hpp"
#include "llm/models.hpp"
#include "store/ledger.hpp"

namespace convoke {

/// What turns count.
struct TurnMetrics {
  explicit TurnMetrics(Metrics& metrics);
  Metrics& all;
  Gauge& running;
  Histogram& first_chunk;
  Histogram& duration;
  Counter& saved_tool_tokens;
  Counter& summaries;
};

/// What every turn of a loop works with. All of it outlives the turns.
struct TurnServices {
  Toolbox& tools;
  ConversationStore& store;
  const Clock& clock;
  TurnMetrics& metrics;
  ApprovalMemory& approvals;
  Counting counting;
  ToolOffers& offers;
  Log log;
  /// Tells every client of every loop; may be empty.
  std::function<void(Notice)> announce{};
};

enum class StopReason { cancelled, shutting_down, too_long };

/// One question on its way to its answer. Lives on one loop; whoever runs it owns it until `run` returns.
class Turn {
 public:
  /// `journal` gets everything clients are shown, from the first frame on. `settings` and `models` stay as they are for
  /// the whole turn, whatever is configured meanwhile.
  Turn(Executor executor, TurnServices services, std::shared_ptr<const ChatSettings> settings,
       std::shared_ptr<const Models> models, Question question, TurnJournal& journal);

  /// Runs to the last frame, whatever happens: an answer, an error, a stop. Call once.
  Task<> run();

  /// Ends it early; what was said is kept. The last frame tells the reason.
  void stop(StopReason reason);

  /// Somebody answers a question of the turn; see TurnInputs::answer.
  Result<void> answer_input(const std::string& input_id, InputAnswer answer);

  /// The answer came from the record of an earlier turn.
  bool is_replay() const { return is_replay_; }

  /// Set when this was the first answer of its conversation, and a model is to find a title for that.
  const std::optional<FirstExchange>& first_exchange() const { return first_exchange_; }

 private:
  /// How a turn that got an answer ended.
  struct Outcome {
    std::string finish_reason;
  };
  struct Figures {
    Usage usage;
    UsageSums sums;  ///< over all attempts, as the ledger has them
    int model_calls = 0;
    int tool_calls = 0;
    int resumed = 0;
    std::optional<std::int64_t> first_chunk_ms;
  };

  Task<> answer_or_stop();
  Task<Result<Outcome>> answer(Result<std::vector<Event>> history);
  bool replayed(Result<std::vector<RecordedTurn>> recorded);
  Task<Result<std::vector<Event>>> load_history();
  Task<> recount(std::vector<Event>& events);
  Task<Result<Sequence>> find_place();
  bool is_enough(const std::vector<Event>& history) const;
  Task<Result<void>> begin_prompt(std::vector<Event> history);
  Result<void> check_fits(std::int64_t question_tokens);
  Task<std::optional<Summary>> sum_up(std::optional<Summary> known, const std::vector<TurnEvents>& left_out);
  Task<Result<Summary>> write_summary(const std::optional<Summary>& before, const std::vector<TurnEvents>& left_out);
  Task<std::expected<Reply, Error>> ask_model(bool is_last);
  Task<Result<void>> call_tools(const Message& message);
  Task<Result<SampledReply>> sample(SamplingQuestion question);
  /// A call on its way.
  struct Calling {
    std::string asked_as;  ///< the name the model used
    ToolCall call;         ///< what it stands for
    bool has_consent = false;
    std::string result_id{};
    ToolResult result{};
  };
  Task<> call_tool(Calling& calling);
  Task<ToolResult> make_call(ToolCall call, std::string server);
  void take_result(Calling& calling, ToolResult result, const std::string& server, SteadyClock::time_point began);
  Task<> stop_requested();
  void note_first_exchange(const Message& answer);

  TurnGuard::Spent spent() const { return {figures_.usage.total_tokens, figures_.sums.cost}; }
  CallAccount account_of(std::string_view purpose);
  void on_call(const ModelCall& call);
  void on_delta(const Delta& delta);
  void show_text(std::string_view text);
  void show_withheld_text();
  Task<> finish(Outcome outcome);
  Task<> finish_failed(Error error);
  Task<> finish_stopped();
  void end(EventType how, std::string_view outcome, FrameBody last_frame);

  json::object summary(std::string_view finish_reason) const;
  json::object error_details() const;
  std::int64_t elapsed_ms() const;

  Executor executor_;
  TurnServices services_;
  std::shared_ptr<const ChatSettings> settings_;
  std::shared_ptr<const Models> models_;
  Question question_;
  ModelChoice model_;
  /// Tells the attempts at one request apart: a failed one may be asked again.
  std::string id_;
  Log log_;
  TurnJournal& journal_;
  TurnInputs inputs_;
  ToolConsent consent_;
  TurnSampling sampling_;
  TaskScope writes_;
  TurnRecord record_;
  TurnDraft draft_;
  MessageCounter counter_;
  std::unordered_map<std::string, std::string> models_of_turns_;  ///< of the past, by request
  ContextLimits room_;                                            ///< in tokens as `counter_` counts them
  TurnTools tools_;
  TurnGuard guard_;
  TurnPrompt prompt_;  ///< grows by each reply and its results
  Signal stop_signal_;
  std::optional<StopReason> stop_reason_;

  std::string wrong_member_;  ///< of the frame that asked, where that is why the turn fails
  Sequence parent_ = 0;       ///< of the event that opens the turn, as `Event::parent` says it
  std::string said_;          ///< the words of the reply that is coming in, for the record if it is cut short
  std::string withheld_;      ///< words for a client that wants them in one piece
  bool said_before_ = false;  ///< an earlier reply of this turn had words
  Figures figures_;
  bool is_replay_ = false;
  bool is_first_ = false;  ///< nothing was said in this conversation before
  std::optional<FirstExchange> first_exchange_;
  SteadyClock::time_point began_;
};

}  // namespace convoke
