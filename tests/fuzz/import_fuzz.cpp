// Whatever a file to import holds, in whatever pieces it comes: what is taken is exported and imported again as it was,
// and what is refused leaves nothing behind.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/run.hpp"
#include "chat/exporting.hpp"
#include "chat/importing.hpp"
#include "store/memory_store.hpp"

namespace convoke {
namespace {

Result<std::vector<ImportedConversation>> import(ConversationStore& store, std::string_view text, std::size_t piece) {
  static ManualClock clock;
  ImportClaims claims;
  Import one(store, clock, claims, {});
  std::vector<ImportedConversation> all;
  for (std::size_t at = 0; at <= text.size(); at += piece) {
    auto some = run(one.take(std::string(text.substr(at, piece)), at + piece > text.size()));
    if (!some) run(one.abandon());
    if (!some) return some;
    std::ranges::move(*some, std::back_inserter(all));
  }
  return all;
}

std::string exported(ConversationStore& store, const std::string& id) {
  std::string text;
  auto take = [&](std::string piece) -> Task<> {
    text += piece;
    co_return;
  };
  if (!run(export_conversation(store, id, ExportFormat::jsonl, take))) std::abort();
  return text;
}

}  // namespace
}  // namespace convoke

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace convoke;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  MemoryStore store;
  const auto taken = import(store, text, size % 61 + 3);
  for (const bool archived : {false, true}) {
    for (const ConversationSummary& one : run(store.conversations(archived, 0, 1000)).value()) {
      if (!taken && one.title.starts_with("[import not finished]")) std::abort();
      const std::string file = exported(store, one.id);
      MemoryStore other;
      if (!import(other, file, 4096) || exported(other, one.id) != file) std::abort();
    }
  }
  return 0;
}
