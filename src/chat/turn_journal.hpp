#pragma once
#include <deque>
#include <functional>
#include <list>
#include <optional>
#include <string>

#include "domain/frames.hpp"

namespace convoke {

/// What the readers of a journal are told.
enum class News {
  first_words,  ///< after something else than words: somebody waits for these
  more
};

/// The numbered frames of one turn, kept so that every reader, also one that comes back later, gets all of them once.
/// Text that nobody has read yet is joined into the last frame: a slow reader costs no more frames, only longer ones.
/// Used from one loop only.
class TurnJournal {
 public:
  TurnJournal(std::string request_id, std::string conversation_id)
      : request_id_(std::move(request_id)), conversation_id_(std::move(conversation_id)) {}
  TurnJournal(const TurnJournal&) = delete;
  TurnJournal& operator=(const TurnJournal&) = delete;

  /// Adds what comes next and tells every reader. Nothing may follow a last frame.
  void append(FrameBody body);

  /// Adds a frame that already has its number, for a copy of a journal that lives on another loop.
  void append_numbered(ServerFrame frame);

  /// The frame after number `after`, if there is one. It will not change any more.
  const ServerFrame* next(Sequence after);

  const std::string& request_id() const { return request_id_; }
  const std::string& conversation_id() const { return conversation_id_; }
  bool ended() const { return ended_; }
  /// It ended with an error.
  bool failed() const { return ended_ && std::holds_alternative<Failed>(frames_.back().body); }
  Sequence last_seq() const { return first_seq_ + static_cast<Sequence>(frames_.size()) - 1; }
  /// About how many bytes its frames take on the wire.
  std::size_t bytes() const { return bytes_; }
  bool has_readers() const { return !readers_.empty(); }

 private:
  friend class JournalReader;
  bool may_join(const FrameBody& body) const;
  bool ends_in_words() const;
  void tell_readers(News news);

  std::string request_id_;
  std::string conversation_id_;
  std::deque<ServerFrame> frames_;
  Sequence first_seq_ = 1;
  Sequence sealed_ = 0;  ///< frames up to here have been read and stay as they are
  std::size_t bytes_ = 0;
  bool ended_ = false;
  std::list<std::function<void(News)>> readers_;
};

/// One reader's place in a journal. The journal must outlive it.
class JournalReader {
 public:
  /// Begins after frame `after`. `on_change` is called whenever there may be more; it must not block.
  JournalReader(TurnJournal& journal, Sequence after, std::function<void(News)> on_change);
  ~JournalReader();
  JournalReader(const JournalReader&) = delete;
  JournalReader& operator=(const JournalReader&) = delete;

  /// The next frame as text, or nothing when there is none yet.
  std::optional<std::string> take();
  /// True when the last frame was taken.
  bool done() const { return done_; }
  /// About how many bytes wait to be taken.
  std::size_t pending_bytes() const { return journal_.bytes() - taken_bytes_; }
  const std::string& request_id() const { return journal_.request_id(); }
  const std::string& conversation_id() const { return journal_.conversation_id(); }

 private:
  TurnJournal& journal_;
  Sequence after_;
  std::size_t taken_bytes_ = 0;
  bool done_ = false;
  std::list<std::function<void(News)>>::iterator place_;
};

}  // namespace convoke
