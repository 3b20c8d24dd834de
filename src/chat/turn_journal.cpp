#include "chat/turn_journal.hpp"

#include <cassert>

namespace convoke {
namespace {

constexpr std::size_t envelope_bytes = 100;  // of a frame around its text; an estimate is enough for a bound

std::size_t size_of(const FrameBody& body) {
  return envelope_bytes +
         std::visit(Overloaded{
                        [](const Chunk& b) { return b.data.size(); },
                        [](const Processing& b) { return b.data.size() + 64 * b.metadata.size(); },
                        [](const InputRequired& b) { return b.request.message.size() + 64 * b.request.details.size(); },
                        [](const auto&) { return std::size_t{200}; },
                    },
                    body);
}

}  // namespace

bool TurnJournal::may_join(const FrameBody& body) const {
  if (frames_.empty() || last_seq() <= sealed_) return false;
  const Chunk* chunk = std::get_if<Chunk>(&body);
  const Chunk* tail = std::get_if<Chunk>(&frames_.back().body);
  return chunk && tail && chunk->type == tail->type;
}

void TurnJournal::append(FrameBody body) {
  assert(!ended_);
  if (may_join(body)) {
    const std::string& more = std::get<Chunk>(body).data;
    std::get<Chunk>(frames_.back().body).data += more;
    bytes_ += more.size();
    return tell_readers(News::more);
  }
  append_numbered({request_id_, last_seq() + 1, std::move(body)});
}

void TurnJournal::append_numbered(ServerFrame frame) {
  if (frames_.empty()) first_seq_ = frame.seq;
  bytes_ += size_of(frame.body);
  ended_ = is_last(frame.body);
  const bool is_first = std::holds_alternative<Chunk>(frame.body) && !ends_in_words();
  frames_.push_back(std::move(frame));
  tell_readers(is_first ? News::first_words : News::more);
}

bool TurnJournal::ends_in_words() const {
  return !frames_.empty() && std::holds_alternative<Chunk>(frames_.back().body);
}

const ServerFrame* TurnJournal::next(Sequence after) {
  const Sequence wanted = std::max(after + 1, first_seq_);
  if (frames_.empty() || wanted > last_seq()) return nullptr;
  sealed_ = std::max(sealed_, wanted);
  return &frames_[static_cast<std::size_t>(wanted - first_seq_)];
}

void TurnJournal::tell_readers(News news) {
  for (const auto& on_change : readers_) on_change(news);
}

JournalReader::JournalReader(TurnJournal& journal, Sequence after, std::function<void(News)> on_change)
    : journal_(journal), after_(after), place_(journal.readers_.insert(journal.readers_.end(), std::move(on_change))) {
  // Everything before the starting point counts as taken.
  for (const ServerFrame& frame : journal.frames_) {
    if (frame.seq <= after) taken_bytes_ += size_of(frame.body);
  }
}

JournalReader::~JournalReader() { journal_.readers_.erase(place_); }

std::optional<std::string> JournalReader::take() {
  const ServerFrame* frame = journal_.next(after_);
  if (!frame) return std::nullopt;
  after_ = frame->seq;
  taken_bytes_ += size_of(frame->body);
  done_ = is_last(frame->body);
  return to_text(*frame);
}

}  // namespace convoke
