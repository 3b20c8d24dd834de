#pragma once
#include "store/ledger.hpp"
#include "store/postgres/commits.hpp"
#include "store/postgres/reader.hpp"

namespace convoke {

/// The account in the database of a PostgresStore, written by its writer and read by its readers.
class PostgresLedger final : public Ledger {
 public:
  /// All of the store's, which outlives the ledger.
  PostgresLedger(PostgresCommits& commits, PostgresReaders& readers, Executor reader_threads)
      : commits_(commits), readers_(readers), reader_threads_(std::move(reader_threads)) {}

  Task<Result<void>> reserve(ModelCall call) override;
  void note(ModelCall call) override;
  void settle(ModelCall call) override;
  Task<Result<std::vector<UsageRow>>> usage(UsageQuery query) override;
  Task<Result<std::vector<ModelCall>>> latest(int limit) override;

 private:
  PostgresCommits& commits_;
  PostgresReaders& readers_;
  Executor reader_threads_;
};

}  // namespace convoke
