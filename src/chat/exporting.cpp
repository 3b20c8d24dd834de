#include "chat/exporting.hpp"

#include <algorithm>
#include <limits>
#include <ranges>

#include "base/utf8.hpp"
#include "chat/context.hpp"
#include "chat/conversation_file.hpp"
#include "chat/openai_messages.hpp"

namespace convoke {
namespace {

constexpr std::size_t piece_bytes = 64 * 1024;
constexpr int page = 64;
/// So many events of turns that have not ended are held back at most.
constexpr std::size_t max_held_back = 10'000;

/// Collects text and hands it on piece by piece.
class Pieces {
 public:
  explicit Pieces(TakePiece take) : take_(std::move(take)) {}

  Task<> add(std::string_view text) {
    waiting_ += text;
    std::size_t sent = 0;
    while (waiting_.size() - sent > piece_bytes) {
      const std::string_view piece = utf8_prefix(std::string_view(waiting_).substr(sent), piece_bytes);
      sent += piece.size();
      co_await take_(std::string(piece));
    }
    waiting_.erase(0, sent);
  }
  Task<> finish() {
    if (!waiting_.empty()) co_await take_(std::exchange(waiting_, {}));
  }

 private:
  TakePiece take_;
  std::string waiting_;
};

class Exporting {
 public:
  Exporting(ConversationStore& store, std::string id, TakePiece take)
      : store_(store), id_(std::move(id)), pieces_(std::move(take)) {}

  Task<Result<std::int64_t>> run(ExportFormat format) {
    CO_TRY(header_, co_await store_.conversation(id_));
    CO_TRY(tree_, co_await store_.branches(id_));
    auto written = format == ExportFormat::openai ? co_await write_messages() : co_await write_lines();
    CO_CHECK(written);
    co_await pieces_.finish();
    co_return events_;
  }

 private:
  Task<Result<void>> write_lines() {
    co_await pieces_.add(to_line(header_));
    if (!header_.forked_from.empty()) CO_CHECK(co_await write_shared());
    CO_CHECK(co_await write_own());
    co_await pieces_.add(to_line(FileEnd{events_ == 0 ? 0 : tree_.leaf(), events_}));
    co_return Result<void>{};
  }

  /// What a fork shows of its origin.
  Task<Result<void>> write_shared() {
    CO_TRY(const Sequence end, co_await end_of_shared());
    CO_TRY(const std::vector<Sequence> ends, co_await page_ends(end));
    for (const Sequence leaf : ends) {
      CO_TRY(const std::vector<Event> events, co_await store_.path(id_, leaf, page));
      for (const Event& event : events) co_await write(event);
    }
    co_return Result<void>{};
  }

  /// The first event of its own on the trunk follows what is shared.
  Task<Result<Sequence>> end_of_shared() {
    for (Sequence last = 0;;) {
      CO_TRY(const std::vector<Event> events, co_await store_.after(id_, last, page));
      for (const Event& event : events) {
        if (event.branch == trunk) co_return event.parent;
      }
      if (events.size() < page) co_return tree_.find(trunk)->leaf;
      last = events.back().seq;
    }
  }

  /// The way to `leaf` in pages, by the last event of each, oldest first.
  Task<Result<std::vector<Sequence>>> page_ends(Sequence leaf) {
    std::vector<Sequence> ends;
    while (leaf > 0) {
      CO_TRY(const std::vector<Event> events, co_await store_.path(id_, leaf, page));
      if (events.empty()) break;
      ends.push_back(leaf);
      leaf = events.front().parent;
    }
    std::ranges::reverse(ends);
    co_return ends;
  }

  /// All branches, up to what was there at the start.
  Task<Result<void>> write_own() {
    const Sequence end = std::ranges::max(tree_.branches | std::views::transform(&Branch::leaf));
    for (Sequence last = 0; last < end;) {
      CO_TRY(const std::vector<Event> events, co_await store_.after(id_, last, page));
      if (events.empty()) break;
      for (const Event& event : events) {
        if (event.seq <= end) co_await write(event);
      }
      last = events.back().seq;
    }
    co_return Result<void>{};
  }

  Task<> write(const Event& event) {
    ++events_;
    co_await pieces_.add(to_line(event));
  }

  /// The turns of the active branch that were answered.
  Task<Result<void>> write_messages() {
    CO_TRY(const std::vector<Sequence> ends, co_await page_ends(tree_.leaf()));
    co_await pieces_.add(R"({"messages":[)");
    std::vector<Event> open;
    for (const Sequence leaf : ends) {
      CO_TRY(std::vector<Event> events, co_await store_.path(id_, leaf, page));
      events_ += std::ssize(events);
      std::ranges::move(events, std::back_inserter(open));
      co_await write_turns(open, open.size() > max_held_back);
    }
    co_await write_turns(open, true);
    co_await pieces_.add("]}\n");
    co_return Result<void>{};
  }

  /// Writes the turns at the beginning that have ended, or all, and keeps the others.
  Task<> write_turns(std::vector<Event>& events, bool all) {
    std::vector<TurnEvents> turns = group_by_turn(std::move(events));
    std::size_t written = 0;
    const auto may_go = [](const TurnEvents& turn) {
      return turn.empty() || std::ranges::any_of(turn, [](const Event& e) { return closes_turn(e.type); });
    };
    while (written < turns.size() && (all || may_go(turns[written]))) co_await write(turns[written++]);
    events.clear();
    for (; written < turns.size(); ++written) std::ranges::move(turns[written], std::back_inserter(events));
  }

  Task<> write(const TurnEvents& turn) {
    for (const ShownMessage& one : messages_of(turn, std::numeric_limits<std::size_t>::max())) {
      for (const json::object& object : openai_messages(one.message)) {
        co_await pieces_.add((has_messages_ ? "," : "") + json::serialize(object));
        has_messages_ = true;
      }
    }
  }

  ConversationStore& store_;
  std::string id_;
  Pieces pieces_;
  ConversationSummary header_;
  BranchTree tree_;
  std::int64_t events_ = 0;
  bool has_messages_ = false;
};

}  // namespace

Task<Result<std::int64_t>> export_conversation(ConversationStore& store, std::string conversation_id,
                                               ExportFormat format, TakePiece take) {
  Exporting exporting(store, std::move(conversation_id), std::move(take));
  co_return co_await exporting.run(format);
}

}  // namespace convoke
