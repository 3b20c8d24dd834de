#include "store/memory_store.hpp"

#include "store/conversation_store_contract.hpp"

namespace convoke {
namespace {

std::unique_ptr<ConversationStore> open_memory_store(const std::filesystem::path&) {
  return std::make_unique<MemoryStore>();
}

INSTANTIATE_TEST_SUITE_P(Memory, ConversationStoreContract, testing::Values(StoreKind{"memory", open_memory_store}));

}  // namespace
}  // namespace convoke
