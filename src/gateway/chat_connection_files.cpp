// Conversations as files: what a connection sends and takes piece by piece.
#include <fmt/format.h>

#include "base/random.hpp"
#include "gateway/chat_connection.hpp"

namespace convoke {
namespace {

/// An export waits for its reader while so much is on its way.
constexpr std::size_t max_export_bytes_ahead = 256 * 1024;

json::object to_json(const ImportedConversation& one) {
  json::object object{{"events", one.events}};
  if (!one.id.empty()) object["id"] = one.id;
  if (!one.imported_as.empty()) object["conversation_id"] = one.imported_as;
  if (one.imported_as.empty()) object["exists"] = true;
  if (one.left_out > 0) object["left_out"] = one.left_out;
  return object;
}

}  // namespace

Task<> ChatConnection::handle(std::string request_id, ExportConversation wanted) {
  Sequence seq = 0;
  std::int64_t bytes = 0;
  auto take = [&](std::string piece) -> Task<> {
    while (waiting_bytes_ > max_export_bytes_ahead) co_await changed_.wait();
    bytes += std::ssize(piece);
    send({request_id, ++seq, Chunk{Chunk::Type::file, std::move(piece)}});
  };
  const auto events = co_await services_.queries.conversations.write(wanted.conversation_id, wanted.format, take);
  if (!events) co_return send({request_id, seq == 0 ? 0 : ++seq, Failed{events.error()}});
  const std::string_view format = wanted.format == ExportFormat::openai ? "openai" : "jsonl";
  send({request_id, ++seq,
        Complete{
            {},
            {{"conversation_id", wanted.conversation_id}, {"format", format}, {"events", *events}, {"bytes", bytes}}}});
}

Task<> ChatConnection::handle(std::string request_id, ImportConversations given) {
  if (import_ && import_->is_busy) {
    co_return refuse(request_id,
                     {Errc::conflict, "the piece before this one is still being read; wait for its answer"});
  }
  if (given.import_id.empty()) {
    if (import_) co_await import_->import->abandon();
    ImportOptions options{.copy = given.copy,
                          .count = [this](std::vector<Event>& events) { return services_.turns.count(events); },
                          .workers = services_.turns.workers()};
    import_ = {random_id("f_"), services_.queries.conversations.begin_import(std::move(options))};
  }
  if (!import_ || (!given.import_id.empty() && given.import_id != import_->id)) {
    co_return refuse(request_id, {Errc::not_found, fmt::format("no import '{}' is going on", given.import_id)},
                     "payload.import_id");
  }
  import_->is_busy = true;
  const auto imported = co_await import_->import->take(std::move(given.text), given.is_last);
  if (!imported) co_await import_->import->abandon();
  const std::string id = import_->id;
  const std::int64_t lines = import_->import->lines();
  import_->is_busy = false;
  if (!imported || given.is_last) import_.reset();
  if (!imported) co_return refuse(request_id, imported.error(), "payload.text");
  json::array conversations;
  for (const ImportedConversation& one : *imported) conversations.push_back(to_json(one));
  answer(request_id, {{"import_id", id}, {"lines", lines}, {"conversations", std::move(conversations)}});
}

}  // namespace convoke
