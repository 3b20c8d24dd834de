#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "base/json.hpp"
#include "base/result.hpp"
#include "domain/event.hpp"
#include "domain/input.hpp"
#include "domain/material.hpp"
#include "domain/response_format.hpp"

namespace convoke {

// ---- what a client sends ------------------------------------------------------------------------------------------

/// Where in a conversation a question goes.
struct BranchPoint {
  enum class Kind {
    end,         ///< after the newest event of the active branch
    after,       ///< after the turn with event `seq`; 0: before everything
    instead_of,  ///< as a new version of question `seq`
    again,       ///< nowhere new: question `seq`, or the one that event `seq` belongs to, is answered once more
  };
  Kind kind = Kind::end;
  Sequence seq = 0;
  bool operator==(const BranchPoint&) const = default;
};

/// Whose turn comes first where calls of models have to wait.
enum class QuestionPriority { background, normal, urgent };
std::string_view name_of(QuestionPriority priority);

struct Chat {
  std::string text;  ///< may be empty with a prompt; empty for `BranchPoint::Kind::again`
  BranchPoint where{};
  std::optional<PromptUse> prompt{};
  std::vector<ResourceUse> attachments{};
  std::vector<Image> images{};
  bool keeps_images = true;                    ///< none were named: an edited question keeps its own
  std::optional<std::string> conversation_id;  ///< absent: the connection's own conversation
  std::optional<std::string> model;            ///< absent: the configured one
  std::optional<bool> streaming;               ///< false: the whole text in one chunk; absent: as configured
  std::optional<ResponseFormat> response_format{};
  QuestionPriority priority = QuestionPriority::normal;
};
struct CancelTurn {
  std::optional<std::string> conversation_id;
};
struct ResumeTurn {
  std::optional<std::string> conversation_id;
  Sequence after = 0;  ///< the last frame the client has
};
/// What the person says to a question a turn has for them.
struct AnswerInput {
  std::optional<std::string> conversation_id;
  std::string input_id;
  InputAnswer answer;
};
struct ListConversations {
  bool archived = false;
  int offset = 0;
  int limit = 50;
};
struct GetConversation {
  std::string conversation_id;
  Sequence before = 0;  ///< 0: from the newest
  int limit = 200;
};
struct ForkConversation {
  std::string conversation_id;
  Sequence at = 0;                    ///< the turn with this event is the last that is shared; 0: the newest
  std::optional<std::string> new_id;  ///< absent: the server chooses
};
struct SwitchBranch {
  std::string conversation_id;
  Sequence seq = 0;
};
struct ArchiveConversation {
  std::string conversation_id;
  bool archived = true;
};
enum class ExportFormat {
  jsonl,   ///< a format of our own, which holds everything
  openai,  ///< the active branch as `messages`
};
struct ExportConversation {
  std::string conversation_id;
  ExportFormat format = ExportFormat::jsonl;
};
/// A piece of a file to import.
struct ImportConversations {
  std::string import_id;  ///< empty: a file begins
  std::string text;       ///< cut anywhere between two characters
  bool is_last = true;
  bool copy = false;  ///< give every conversation a new id
};
/// How much of a conversation stays.
struct RetainConversation {
  std::string conversation_id;
  bool changes = false;                  ///< false: only tell
  std::optional<Retention> retention{};  ///< none: as configured
  bool dry_run = false;                  ///< tell what would go, change nothing
};
/// Words to look for in everything that was said; as in store/search.hpp.
struct SearchEvents {
  std::string text;
  std::optional<std::string> conversation_id;
  std::optional<Role> role;
  std::optional<WallTime> from;   ///< said then or later
  std::optional<WallTime> until;  ///< said before
  int offset = 0;
  int limit = 20;
};
struct RenameConversation {
  std::string conversation_id;
  std::string title;
};
struct DeleteConversation {
  std::string conversation_id;
};
/// About what is remembered across conversations.
struct ListFacts {
  std::string query;  ///< words to look for; empty: all
};
struct AddFact {
  std::string text;
};
struct EditFact {
  std::string id;
  std::string text;
};
struct ForgetFact {
  std::string id;
};
using MemoryQuery = std::variant<ListFacts, AddFact, EditFact, ForgetFact>;

/// About the tools that people allowed for the rest of a conversation.
struct ListApprovals {};
struct ForgetApprovals {
  std::string server;                          ///< with `*` and `?`
  std::string tool = "*";                      ///< by the server's own name for it; with `*` and `?`
  std::optional<std::string> conversation_id;  ///< absent: in all of them
};

struct GetStatus {};
/// What calls of models used and cost. The members are texts as people write them; the ledger understands them.
struct GetUsage {
  std::string by;     ///< "day", "model", … or several with commas
  std::string since;  ///< "2026-11-01", "7d", …; empty: from the beginning
  std::string until;  ///< "2026-11-30"; empty: to the end
};
struct Ping {};

using ClientAction =
    std::variant<Chat, CancelTurn, ResumeTurn, AnswerInput, ListConversations, GetConversation, ForkConversation,
                 ExportConversation, ImportConversations, RetainConversation, SearchEvents, SwitchBranch,
                 ArchiveConversation, RenameConversation, DeleteConversation, ContentQuery, MemoryQuery, ListApprovals,
                 ForgetApprovals, GetStatus, GetUsage, Ping>;

struct ClientFrame {
  std::string request_id;
  ClientAction action;
};

/// Why a frame was refused: the field, what was expected there, and the request it belongs to, as far as it could be
/// read.
struct FrameProblem {
  std::string request_id;  ///< empty when it could not be read
  std::string field;       ///< "payload.text"; empty when the frame as a whole is wrong
  std::string message;
};

/// Understands one frame of a client. Pure. Unknown members are ignored, so that newer clients can talk to us.
std::expected<ClientFrame, FrameProblem> parse_client_frame(std::string_view text);

// ---- what the server sends ----------------------------------------------------------------------------------------

/// The turn was taken on, or something is going on in it that is not part of the answer.
struct Processing {
  /// "" for the first frame; "tool_execution", "tool_result", "tool_progress", "retrying", "queued", "fallback",
  /// "input_closed"
  std::string type{};
  std::string data{};  ///< one line for people
  json::object metadata{};
  bool operator==(const Processing&) const = default;
};

/// A piece of the answer, or of a file.
struct Chunk {
  enum class Type { text, reasoning, file };
  Type type = Type::text;
  std::string data;
  bool operator==(const Chunk&) const = default;
};

/// The turn needs its user; it waits for an `answer` until the question expires. A Processing frame of type
/// "input_closed" says when it is open no more.
struct InputRequired {
  std::string input_id;
  InputRequest request;
  WallTime expires_at{};
  std::int64_t expires_in_ms = 0;
  bool operator==(const InputRequired&) const = default;
};

/// The last frame of a request that worked: metadata of a turn, or the data that was asked for.
struct Complete {
  json::object metadata{};
  json::object data{};
  bool operator==(const Complete&) const = default;
};

/// The last frame of a request that did not.
struct Failed {
  Error error;
  std::string field{};
  json::object metadata{};
  bool operator==(const Failed&) const = default;
};

/// Something every client should know, in no request's name: the server is about to stop.
struct Notice {
  std::string type;
  std::string message;
  json::object details{};  ///< further members
  bool operator==(const Notice&) const = default;
};

using FrameBody = std::variant<Processing, Chunk, InputRequired, Complete, Failed, Notice>;

struct ServerFrame {
  std::string request_id;  ///< empty when it answers no request
  /// Counts the frames of a request from 1. 0: not one of the numbered frames.
  Sequence seq = 0;
  FrameBody body;
  bool operator==(const ServerFrame&) const = default;
};

/// The frame as JSON text, one line.
std::string to_text(const ServerFrame& frame);

/// True for the frame after which nothing more comes for its request.
bool is_last(const FrameBody& body);

/// The number that goes with an error in frames and HTTP answers: 400, 404, 429, …
int status_code_of(Errc code);
/// Whether the same request, sent again later, can succeed.
bool is_retryable(Errc code);

}  // namespace convoke
