#pragma once
#include <optional>
#include <thread>

#include "store/postgres/postgres_store.hpp"
#include "store/postgres/writer.hpp"
#include "store/write_queue.hpp"

namespace convoke {

/// The one writer of a server: a thread that takes all work waiting, does it in one transaction, and wakes those who
/// wait for it once it is committed. When PostgreSQL goes away in the middle it waits a while for it to come back, asks
/// what became of the transaction, and does it again if it was lost: nothing is lost and nothing is done twice.
class PostgresCommits {
 public:
  using Queue = WriteQueue<PostgresWriter>;

  PostgresCommits(PostgresStoreOptions options, std::string location, PostgresWriter writer, Log log);
  /// Finishes the work that waits.
  ~PostgresCommits();
  PostgresCommits(const PostgresCommits&) = delete;
  PostgresCommits& operator=(const PostgresCommits&) = delete;

  void submit(Queue::Job job) { queue_.submit(std::move(job)); }
  StoreStatus status() const { return queue_.status(); }
  /// The number of this server.
  std::int64_t node() const { return node_; }

 private:
  using Job = Queue::Job;
  using Batch = Queue::Batch;

  void run();
  std::vector<Job> next_batch();
  void commit(Batch batch);
  Result<void> commit_together(Batch batch);
  Result<void> try_together(Batch batch, Deadline give_up);
  Result<void> write_together(Batch batch);
  Result<void> make_ready();
  Result<bool> find_out(Deadline give_up);
  void recover();
  void look_after_itself();
  void erase_more();

  const PostgresStoreOptions options_;
  const std::int64_t node_;
  std::optional<PostgresWriter> writer_;             ///< missing after trouble, until it connects again
  std::vector<PostgresWriter::Erasure> unfinished_;  ///< what servers that are gone did not end
  SteadyClock::duration last_commit_{};              ///< took so long
  std::int64_t batch_ = 0;                           ///< names the last transaction
  bool is_in_doubt_ = false;                         ///< its commit was sent and not answered
  Queue queue_;
  std::thread thread_;  ///< last: it uses all of the above
};

}  // namespace convoke
