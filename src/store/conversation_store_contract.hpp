#pragma once
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "base/run.hpp"
#include "store/conversation_store.hpp"

namespace convoke {

/// One kind of store to hold against the contract of ConversationStore. `open` makes an empty one with all it needs to
/// live, which may keep its files in `folder`.
struct StoreKind {
  std::string name;
  std::function<std::shared_ptr<ConversationStore>(const std::filesystem::path& folder)> open;

  friend void PrintTo(const StoreKind& kind, std::ostream* out) { *out << kind.name; }
};

/// What every store must do, for tests of stores only. A store joins with one line in its own test:
///
///     INSTANTIATE_TEST_SUITE_P(Memory, ConversationStoreContract, testing::Values(StoreKind{"memory", ...}));
class ConversationStoreContract : public testing::TestWithParam<StoreKind> {
 protected:
  ConversationStoreContract();
  ~ConversationStoreContract() override;

  /// Appends and returns what the store made of it; the test fails if it refuses.
  std::vector<Event> appended(std::vector<Event> events);
  std::vector<Event> path(std::string conversation, Sequence leaf = 0, int limit = 100);
  std::vector<Event> after(std::string conversation, Sequence position, int limit);
  std::vector<RecordedTurn> turns_of_request(std::string request);
  std::vector<RecordedTurn> open_turns();
  BranchTree branches(std::string conversation);
  std::vector<ConversationSummary> conversations(int offset = 0, int limit = 100, bool archived = false);
  /// What the store finds once its index has caught up with all that was appended.
  std::vector<SearchHit> search(SearchQuery query);
  /// "conversation:seq" of each hit.
  std::vector<std::string> found(SearchQuery query);
  Task<bool> index_is_through();

  std::filesystem::path folder_;
  std::shared_ptr<ConversationStore> store_;
  int last_words_ = 0;
};

/// An event of the conversation "c1" under the request "r1", as chat would append it.
Event an_event(EventType type, Message message = {});
Event question(std::string text);
Event answer(std::string text);
Event in(std::string conversation, Event event);
Event under(std::string request, Event event);
/// Following `parent`, or on `branch`.
Event after_event(Sequence parent, Event event);
Event on_branch(Sequence branch, Event event);

/// "seq:parent" of each event.
std::vector<std::string> places(const std::vector<Event>& events);
std::vector<Sequence> seqs(const std::vector<Event>& events);

/// An empty folder that nothing else uses.
std::filesystem::path make_test_folder();

}  // namespace convoke
