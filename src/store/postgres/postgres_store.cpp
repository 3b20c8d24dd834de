#include "store/postgres/postgres_store.hpp"

#include <boost/asio/thread_pool.hpp>

#include "store/postgres/address.hpp"
#include "store/postgres/commits.hpp"
#include "store/postgres/ledger.hpp"
#include "store/postgres/ledger_tables.hpp"
#include "store/postgres/reader.hpp"

namespace convoke {

namespace {
// Between two steps of a trim the database belongs to others.
constexpr auto between_trims = std::chrono::milliseconds(3);
}  // namespace

/// Nothing of the conversations is kept here: another server may have changed them a moment ago.
struct PostgresStore::Workers {
  Workers(const PostgresStoreOptions& options, std::string location, PostgresWriter writer, Log log)
      : readers(options.url, options.timeout, options.patience),
        commits(options, std::move(location), std::move(writer), std::move(log)),
        reader_threads(static_cast<std::size_t>(options.readers)) {}

  /// What `query` reads, on a reader thread.
  template <class T>
  Task<Result<T>> read(std::function<Result<T>(PostgresReader&)> query) {
    co_return co_await offload<Result<T>>(reader_threads.get_executor(), [&] { return readers.read<T>(query); });
  }

  /// Returns once `work`, which changes `conversations` and appends `events` events, is durable.
  Task<Result<void>> write(std::vector<std::string> conversations, PostgresCommits::Queue::Work work, int events = 0,
                           bool is_durable = true) {
    co_return co_await await_answer<Result<void>>([&](Answer<Result<void>> answer) {
      commits.submit({.events = events,
                      .work = std::move(work),
                      .answer = std::move(answer),
                      .is_durable = is_durable,
                      .conversations = std::move(conversations)});
    });
  }

  Task<Result<void>> erase_rest(std::optional<PostgresWriter::Erasure> erasure) {
    while (erasure) {
      const PostgresWriter::Erasure reached = *std::move(erasure);
      auto step = [&](PostgresWriter& writer) -> Result<void> {
        TRY(erasure, writer.erase_some(reached));
        return {};
      };
      CO_CHECK(co_await write({reached.conversation_id}, step));
    }
    co_return Result<void>{};
  }

  PostgresReaders readers;
  PostgresCommits commits;
  asio::thread_pool reader_threads;
};

Result<std::unique_ptr<PostgresStore>> PostgresStore::open(PostgresStoreOptions options, Log log) {
  TRY(std::string location, location_of(options.url));
  TRY(PostgresWriter writer, PostgresWriter::open(options.url, options.timeout, 0));
  CHECK_OK(settle_lost_calls(writer.connection()));
  auto workers = std::make_unique<Workers>(options, std::move(location), std::move(writer), std::move(log));
  return std::unique_ptr<PostgresStore>(new PostgresStore(std::move(workers)));
}

PostgresStore::PostgresStore(std::unique_ptr<Workers> workers) : workers_(std::move(workers)) {}

PostgresStore::~PostgresStore() = default;

std::unique_ptr<Ledger> PostgresStore::ledger() {
  return std::make_unique<PostgresLedger>(workers_->commits, workers_->readers,
                                          workers_->reader_threads.get_executor());
}

Task<Result<std::vector<Event>>> PostgresStore::append(std::vector<Event> events) {
  std::vector<std::string> conversations;
  for (const Event& event : events) conversations.push_back(event.conversation_id);
  std::vector<PostgresStored> stored;
  auto work = [&](PostgresWriter& writer) -> Result<void> {
    TRY(stored, writer.append(events));
    return {};
  };
  const auto written = co_await workers_->write(std::move(conversations), work, static_cast<int>(events.size()));
  CO_CHECK(written);
  for (std::size_t i = 0; i < events.size(); ++i) {
    events[i].id = stored[i].id;
    events[i].seq = stored[i].place.seq;
    events[i].parent = stored[i].place.parent;
    events[i].branch = stored[i].place.branch;
  }
  co_return events;
}

Task<Result<void>> PostgresStore::keep_draft(Draft draft) {
  co_return co_await workers_->write({}, [&](PostgresWriter& writer) { return writer.keep_draft(draft); });
}

Task<Result<std::vector<Event>>> PostgresStore::path(std::string conversation_id, Sequence leaf, int limit) {
  co_return co_await workers_->read<std::vector<Event>>(
      [&](PostgresReader& reader) { return reader.path(conversation_id, leaf, limit); });
}

Task<Result<std::vector<Event>>> PostgresStore::after(std::string conversation_id, Sequence after, int limit) {
  co_return co_await workers_->read<std::vector<Event>>(
      [&](PostgresReader& reader) { return reader.after(conversation_id, after, limit); });
}

Task<Result<BranchTree>> PostgresStore::branches(std::string conversation_id) {
  co_return co_await workers_->read<BranchTree>(
      [&](PostgresReader& reader) { return reader.branches(conversation_id); });
}

Task<Result<void>> PostgresStore::switch_to(std::string conversation_id, Sequence event) {
  co_return co_await workers_->write({conversation_id},
                                     [&](PostgresWriter& writer) { return writer.switch_to(conversation_id, event); });
}

Task<Result<void>> PostgresStore::fork(std::string conversation_id, Sequence event, std::string new_id, WallTime when) {
  auto work = [&](PostgresWriter& writer) { return writer.fork(conversation_id, event, new_id, when); };
  co_return co_await workers_->write({conversation_id, new_id}, work);
}

Task<Result<std::vector<RecordedTurn>>> PostgresStore::turns_of_request(std::string request_id) {
  co_return co_await workers_->read<std::vector<RecordedTurn>>(
      [&](PostgresReader& reader) { return reader.turns_of_request(request_id); });
}

Task<Result<std::vector<RecordedTurn>>> PostgresStore::open_turns() {
  co_return co_await workers_->read<std::vector<RecordedTurn>>(
      [&](PostgresReader& reader) { return reader.open_turns(workers_->commits.node()); });
}

Task<Result<std::vector<SearchHit>>> PostgresStore::search(SearchQuery query) {
  co_return co_await workers_->read<std::vector<SearchHit>>(
      [&](PostgresReader& reader) { return reader.search(query); });
}

Task<Result<std::vector<ConversationSummary>>> PostgresStore::conversations(bool archived, int offset, int limit) {
  co_return co_await workers_->read<std::vector<ConversationSummary>>(
      [&](PostgresReader& reader) { return reader.conversations(archived, offset, limit); });
}

Task<Result<ConversationSummary>> PostgresStore::conversation(std::string conversation_id) {
  co_return co_await workers_->read<ConversationSummary>(
      [&](PostgresReader& reader) { return reader.conversation(conversation_id); });
}

Task<Result<void>> PostgresStore::set_archived(std::string conversation_id, bool archived) {
  co_return co_await workers_->write(
      {conversation_id}, [&](PostgresWriter& writer) { return writer.set_archived(conversation_id, archived); });
}

Task<Result<void>> PostgresStore::rename(std::string conversation_id, std::string title) {
  co_return co_await workers_->write({conversation_id},
                                     [&](PostgresWriter& writer) { return writer.rename(conversation_id, title); });
}

Task<Result<void>> PostgresStore::retitle(std::string conversation_id, std::string from, std::string title) {
  co_return co_await workers_->write(
      {conversation_id}, [&](PostgresWriter& writer) { return writer.retitle(conversation_id, from, title); });
}

Task<Result<void>> PostgresStore::set_retention(std::string conversation_id, std::optional<Retention> retention) {
  co_return co_await workers_->write(
      {conversation_id}, [&](PostgresWriter& writer) { return writer.set_retention(conversation_id, retention); });
}

Task<Result<void>> PostgresStore::erase(std::string conversation_id) {
  std::optional<PostgresWriter::Erasure> erasure;
  auto begin = [&](PostgresWriter& writer) -> Result<void> {
    TRY(const auto begun, writer.begin_erase(conversation_id));
    TRY(erasure, writer.erase_some(begun));
    return {};
  };
  CO_CHECK(co_await workers_->write({conversation_id}, begin));
  co_return co_await workers_->erase_rest(std::move(erasure));
}

Task<Result<TrimPlan>> PostgresStore::plan_trims(RetentionRule rule, std::int64_t after) {
  co_return co_await workers_->read<TrimPlan>([&](PostgresReader& reader) { return reader.plan_trims(rule, after); });
}

Task<Result<std::optional<Trim>>> PostgresStore::plan_trim(std::string conversation_id, RetentionRule rule) {
  co_return co_await workers_->read<std::optional<Trim>>(
      [&](PostgresReader& reader) { return reader.plan_trim(conversation_id, rule); });
}

Task<Result<std::int64_t>> PostgresStore::trim(std::string conversation_id, Sequence first_kept) {
  std::int64_t events = 0;
  for (PostgresWriter::Deleted reached{}; !reached.is_through;) {
    const Sequence after = reached.after;
    auto step = [&](PostgresWriter& writer) -> Result<void> {
      TRY(reached, writer.trim_some(conversation_id, after, first_kept));
      return {};
    };
    CO_CHECK(co_await workers_->write({conversation_id}, step, 0, false));
    events += reached.events;
    if (!reached.is_through) co_await sleep_for(between_trims);
  }
  std::optional<PostgresWriter::Erasure> erasure;
  auto end = [&](PostgresWriter& writer) -> Result<void> {
    TRY(erasure, writer.end_trim(conversation_id, first_kept));
    return {};
  };
  CO_CHECK(co_await workers_->write({conversation_id}, end));
  CO_CHECK(co_await workers_->erase_rest(std::move(erasure)));
  co_return events;
}

Task<Result<void>> PostgresStore::erase_all() {
  co_return co_await workers_->write({}, [](PostgresWriter& writer) { return writer.erase_all(); });
}

StoreStatus PostgresStore::status() const { return workers_->commits.status(); }

}  // namespace convoke
