#include "store/sqlite_store.hpp"

#include "store/conversation_store_contract.hpp"

namespace convoke {
namespace {

std::unique_ptr<ConversationStore> open_sqlite_store(const std::filesystem::path& folder) {
  return SqliteStore::open({.path = folder / "events.db"}, Log{}).value();
}

INSTANTIATE_TEST_SUITE_P(Sqlite, ConversationStoreContract, testing::Values(StoreKind{"sqlite", open_sqlite_store}));

}  // namespace
}  // namespace convoke
