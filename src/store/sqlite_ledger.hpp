#pragma once
#include "store/group_commit.hpp"
#include "store/ledger.hpp"
#include "store/sqlite_reader.hpp"

namespace convoke {

/// The account in the file of a SqliteStore, written by its writer and read by its readers.
class SqliteLedger final : public Ledger {
 public:
  /// All of the store's, which outlives the ledger.
  SqliteLedger(GroupCommit& writer, SqliteReaders& readers, Executor reader_threads)
      : writer_(writer), readers_(readers), reader_threads_(std::move(reader_threads)) {}

  Task<Result<void>> reserve(ModelCall call) override;
  void note(ModelCall call) override;
  void settle(ModelCall call) override;
  Task<Result<std::vector<UsageRow>>> usage(UsageQuery query) override;
  Task<Result<std::vector<ModelCall>>> latest(int limit) override;

 private:
  GroupCommit& writer_;
  SqliteReaders& readers_;
  Executor reader_threads_;
};

/// Sums of the calls in a file, which a server may be writing meanwhile. Blocks. `not_found` if there is no such file.
Result<std::vector<UsageRow>> usage_in_file(const std::string& path, const UsageQuery& query);

}  // namespace convoke
