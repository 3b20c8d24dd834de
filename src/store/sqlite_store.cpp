#include "store/sqlite_store.hpp"

#include <boost/asio/thread_pool.hpp>

#include "store/file_claim.hpp"
#include "store/group_commit.hpp"
#include "store/known_requests.hpp"
#include "store/recent_paths.hpp"
#include "store/sqlite_ledger.hpp"
#include "store/sqlite_reader.hpp"

namespace convoke {

namespace {
/// Half a megabyte of bits; with more requests than that, more questions are looked up.
constexpr std::size_t expected_requests = 500'000;
// Between two steps of a trim the disk belongs to others.
constexpr auto between_trims = std::chrono::milliseconds(3);
}  // namespace

struct SqliteStore::Workers {
  Workers(FileClaim file_claim, const SqliteStoreOptions& options, SqliteWriter writer, FileIdentity file, Log log)
      : claim(std::move(file_claim)),
        readers(options.path, options.busy_timeout),
        writer(options, std::move(writer), file, std::move(log)),
        reader_threads(static_cast<std::size_t>(options.readers)) {
    learn_requests(0);
  }

  /// What `query` reads, on a reader thread.
  template <class T>
  Task<Result<T>> read(std::function<Result<T>(SqliteReader&)> query) {
    co_return co_await offload<Result<T>>(reader_threads.get_executor(), [&] { return readers.read<T>(query); });
  }

  /// Returns once `work` is durable. It may have changed or deleted what recent paths hold.
  Task<Result<void>> write(GroupCommit::Queue::Work work) {
    auto done = co_await add(std::move(work));
    recent.forget_all();
    co_return done;
  }

  /// The same for work that only adds.
  Task<Result<void>> add(GroupCommit::Queue::Work work, int events = 0) {
    co_return co_await await_answer<Result<void>>([&](Answer<Result<void>> answer) {
      writer.submit({.events = events, .work = std::move(work), .answer = std::move(answer)});
    });
  }

  /// Reads the requests of old turns a few thousand at a time, so that nobody waits for a reader.
  void learn_requests(std::int64_t after_question) {
    asio::post(reader_threads, [this, after_question] {
      const auto page =
          readers.read<RequestPage>([&](SqliteReader& reader) { return reader.requests(after_question); });
      if (!page) return;  // then every question is looked up
      for (const std::string& request : page->requests) requests.add(request);
      if (page->requests.empty()) return requests.complete();
      learn_requests(page->last_question);
    });
  }

  /// Returns when `work` is done, which a power loss may still undo.
  Task<Result<void>> write_step(GroupCommit::Queue::Work work) {
    auto done = co_await await_answer<Result<void>>([&](Answer<Result<void>> answer) {
      writer.submit({.work = std::move(work), .answer = std::move(answer), .is_durable = false});
    });
    recent.forget_all();
    co_return done;
  }

  FileClaim claim;
  RecentPaths recent;
  KnownRequests requests{expected_requests};
  SqliteReaders readers;
  GroupCommit writer;
  asio::thread_pool reader_threads;
};

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(SqliteStoreOptions options, Log log) {
  CHECK_OK(make_private_file(options.path));
  // Two paths to one file must lead to one lock.
  std::error_code error;
  const auto path = std::filesystem::canonical(options.path, error);
  if (error) return fail(Errc::unavailable, options.path + ": " + error.message());
  TRY(FileClaim claim, FileClaim::make(path));
  TRY(const FileIdentity file, identify(path));
  options.path = path;
  TRY(SqliteWriter writer, SqliteWriter::open_first(options));
  auto workers = std::make_unique<Workers>(std::move(claim), options, std::move(writer), file, std::move(log));
  return std::unique_ptr<SqliteStore>(new SqliteStore(std::move(workers)));
}

SqliteStore::SqliteStore(std::unique_ptr<Workers> workers) : workers_(std::move(workers)) {}

SqliteStore::~SqliteStore() = default;

std::unique_ptr<Ledger> SqliteStore::ledger() {
  return std::make_unique<SqliteLedger>(workers_->writer, workers_->readers, workers_->reader_threads.get_executor());
}

Task<Result<std::vector<Event>>> SqliteStore::append(std::vector<Event> events) {
  for (const Event& event : events) {
    if (opens_turn(event.type)) workers_->requests.add(event.request_id);
  }
  std::vector<Stored> stored;
  auto work = [&](SqliteWriter& writer) -> Result<void> {
    TRY(stored, writer.append(events));
    return {};
  };
  const auto written = co_await workers_->add(work, static_cast<int>(events.size()));
  CO_CHECK(written);
  for (std::size_t i = 0; i < events.size(); ++i) {
    events[i].id = stored[i].id;
    events[i].seq = stored[i].place.seq;
    events[i].parent = stored[i].place.parent;
    events[i].branch = stored[i].place.branch;
  }
  workers_->recent.add(events);
  co_return events;
}

Task<Result<void>> SqliteStore::keep_draft(Draft draft) {
  co_return co_await workers_->add([&](SqliteWriter& writer) { return writer.keep_draft(draft); });
}

Task<Result<std::vector<Event>>> SqliteStore::path(std::string conversation_id, Sequence leaf, int limit) {
  const auto read = [&](SqliteReader& reader) { return reader.path(conversation_id, leaf, limit); };
  if (leaf != 0 || limit <= 0) co_return co_await workers_->read<std::vector<Event>>(read);
  const auto wanted = static_cast<std::size_t>(limit);
  if (auto known = workers_->recent.find(conversation_id, wanted)) co_return *std::move(known);
  const RecentPaths::Ticket ticket = workers_->recent.expect(conversation_id);
  auto events = co_await workers_->read<std::vector<Event>>(read);
  if (events) workers_->recent.remember(conversation_id, ticket, *events, wanted);
  co_return events;
}

Task<Result<std::vector<Event>>> SqliteStore::after(std::string conversation_id, Sequence after, int limit) {
  co_return co_await workers_->read<std::vector<Event>>(
      [&](SqliteReader& reader) { return reader.after(conversation_id, after, limit); });
}

Task<Result<BranchTree>> SqliteStore::branches(std::string conversation_id) {
  co_return co_await workers_->read<BranchTree>([&](SqliteReader& reader) { return reader.branches(conversation_id); });
}

Task<Result<void>> SqliteStore::switch_to(std::string conversation_id, Sequence event) {
  co_return co_await workers_->write([&](SqliteWriter& writer) { return writer.switch_to(conversation_id, event); });
}

Task<Result<void>> SqliteStore::fork(std::string conversation_id, Sequence event, std::string new_id, WallTime when) {
  co_return co_await workers_->write(
      [&](SqliteWriter& writer) { return writer.fork(conversation_id, event, new_id, when); });
}

Task<Result<std::vector<RecordedTurn>>> SqliteStore::turns_of_request(std::string request_id) {
  if (!workers_->requests.may_contain(request_id)) co_return std::vector<RecordedTurn>{};
  co_return co_await workers_->read<std::vector<RecordedTurn>>(
      [&](SqliteReader& reader) { return reader.turns_of_request(request_id); });
}

Task<Result<std::vector<RecordedTurn>>> SqliteStore::open_turns() {
  co_return co_await workers_->read<std::vector<RecordedTurn>>(
      [](SqliteReader& reader) { return reader.open_turns(); });
}

Task<Result<std::vector<SearchHit>>> SqliteStore::search(SearchQuery query) {
  co_return co_await workers_->read<std::vector<SearchHit>>([&](SqliteReader& reader) { return reader.search(query); });
}

Task<Result<std::vector<ConversationSummary>>> SqliteStore::conversations(bool archived, int offset, int limit) {
  co_return co_await workers_->read<std::vector<ConversationSummary>>(
      [&](SqliteReader& reader) { return reader.conversations(archived, offset, limit); });
}

Task<Result<ConversationSummary>> SqliteStore::conversation(std::string conversation_id) {
  co_return co_await workers_->read<ConversationSummary>(
      [&](SqliteReader& reader) { return reader.conversation(conversation_id); });
}

Task<Result<void>> SqliteStore::set_archived(std::string conversation_id, bool archived) {
  co_return co_await workers_->write(
      [&](SqliteWriter& writer) { return writer.set_archived(conversation_id, archived); });
}

Task<Result<void>> SqliteStore::rename(std::string conversation_id, std::string title) {
  co_return co_await workers_->write([&](SqliteWriter& writer) { return writer.rename(conversation_id, title); });
}

Task<Result<void>> SqliteStore::retitle(std::string conversation_id, std::string from, std::string title) {
  co_return co_await workers_->write(
      [&](SqliteWriter& writer) { return writer.retitle(conversation_id, from, title); });
}

Task<Result<void>> SqliteStore::set_retention(std::string conversation_id, std::optional<Retention> retention) {
  co_return co_await workers_->write(
      [&](SqliteWriter& writer) { return writer.set_retention(conversation_id, retention); });
}

Task<Result<void>> SqliteStore::erase(std::string conversation_id) {
  std::optional<SqliteWriter::Erasure> erasure;
  CO_CHECK(co_await workers_->write([&](SqliteWriter& writer) -> Result<void> {
    TRY(const auto begun, writer.begin_erase(conversation_id));
    TRY(erasure, writer.erase_some(begun));
    return {};
  }));
  while (erasure) {
    const SqliteWriter::Erasure reached = *std::move(erasure);
    CO_CHECK(co_await workers_->write([&](SqliteWriter& writer) -> Result<void> {
      TRY(erasure, writer.erase_some(reached));
      return {};
    }));
  }
  co_return Result<void>{};
}

Task<Result<TrimPlan>> SqliteStore::plan_trims(RetentionRule rule, std::int64_t after) {
  co_return co_await workers_->read<TrimPlan>([&](SqliteReader& reader) { return reader.plan_trims(rule, after); });
}

Task<Result<std::optional<Trim>>> SqliteStore::plan_trim(std::string conversation_id, RetentionRule rule) {
  co_return co_await workers_->read<std::optional<Trim>>(
      [&](SqliteReader& reader) { return reader.plan_trim(conversation_id, rule); });
}

Task<Result<std::int64_t>> SqliteStore::trim(std::string conversation_id, Sequence first_kept) {
  SqliteWriter::Trimmed trimmed;
  while (!trimmed.is_through) {
    const SqliteWriter::Trimmed reached = trimmed;
    CO_CHECK(co_await workers_->write_step([&](SqliteWriter& writer) -> Result<void> {
      TRY(trimmed, writer.trim_some(conversation_id, first_kept, reached));
      return {};
    }));
    if (!trimmed.is_through) co_await sleep_for(between_trims);
  }
  Result<void> ended =
      co_await workers_->write([&](SqliteWriter& writer) { return writer.end_trim(conversation_id, first_kept); });
  CO_CHECK(ended);
  co_return trimmed.deleted;
}

Task<Result<void>> SqliteStore::erase_all() {
  co_return co_await workers_->write([](SqliteWriter& writer) { return writer.erase_all(); });
}

StoreStatus SqliteStore::status() const { return workers_->writer.status(); }

}  // namespace convoke
