#pragma once
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "chat/conversation_file.hpp"
#include "chat/openai_messages.hpp"
#include "store/conversation_store.hpp"

namespace convoke {

/// What became of one conversation of a file.
struct ImportedConversation {
  std::string id{};           ///< as the file has it; empty where it has none
  std::string imported_as{};  ///< its id now; empty: there was one with this id already, and nothing was changed
  std::int64_t events = 0;
  int left_out = 0;  ///< messages of the system
};

/// The conversations that are being imported, over all connections: each by one import at a time.
class ImportClaims {
 public:
  bool claim(const std::string& id);
  void release(const std::string& id);

 private:
  std::mutex mutex_;
  std::set<std::string> ids_;
};

struct ImportOptions {
  bool copy = false;  ///< every conversation gets a new id
  /// Fills in what the messages of these events take in a prompt.
  std::function<Task<>(std::vector<Event>&)> count;
  /// Where a large document is read; unset: on the calling loop.
  std::optional<Executor> workers{};
};

/// A file of conversations on its way into the store. Conversations become visible one by one, each whole: those of up
/// to some megabytes by one append, larger ones in steps that are taken back when something is wrong. Used from one
/// loop, one call at a time.
class Import {
 public:
  /// `store` and `claims` outlive it.
  Import(ConversationStore& store, const Clock& clock, ImportClaims& claims, ImportOptions options);
  ~Import();
  Import(const Import&) = delete;
  Import& operator=(const Import&) = delete;

  /// Takes the next piece of the file, cut anywhere; `is_last`: there are no more. Returns the conversations that ended
  /// in it. `invalid_input` names the line: "line 17: seq: is 3; expected …"; the conversation it belongs to is not
  /// imported, those before it are. After an error nothing more may be taken.
  Task<Result<std::vector<ImportedConversation>>> take(std::string piece, bool is_last);

  /// Takes back what was stored of a conversation that has not come to its end.
  Task<> abandon();

  std::int64_t lines() const { return lines_; }

 private:
  /// The conversation whose lines are coming in.
  struct Current {
    ConversationSummary header{};
    std::string id{};
    bool is_there = false;  ///< it was before; its lines are only checked
    NewPositions positions{};
    std::vector<Event> waiting{};
    std::size_t waiting_bytes = 0;
    bool is_begun = false;                   ///< a part of it is stored
    std::map<std::string, Sequence> open{};  ///< turns without an end: their requests and newest events
    Sequence stored = 0;
  };

  Task<Result<void>> take_line(std::string line);
  Task<Result<void>> begin(ConversationSummary header);
  Result<void> check(const Event& event) const;
  Task<Result<void>> add(Event event, std::size_t bytes);
  Task<Result<void>> end(FileEnd end);
  Task<Result<void>> close_open_turns();
  Task<Result<void>> store_waiting();
  Task<Result<void>> set_aside();
  Task<Result<void>> finish(Sequence active);
  Task<> count_missing();
  Task<Result<void>> take_documents(std::string text);
  Task<Result<void>> take_document(OpenAiConversation read);
  std::string request_id_of(const std::string& id) const;

  ConversationStore& store_;
  const Clock& clock_;
  ImportClaims& claims_;
  ImportOptions options_;
  std::string rest_;          ///< of a line that is not complete
  std::size_t searched_ = 0;  ///< so far there is no end of it
  std::int64_t lines_ = 0;
  std::optional<bool> is_ours_;  ///< false: `messages` of OpenAI; unset: nothing has come yet
  std::optional<Current> current_;
  std::string copy_prefix_;
  std::vector<ImportedConversation> imported_;
};

}  // namespace convoke
