#pragma once
#include <optional>
#include <string>
#include <vector>

#include "chat/settings.hpp"
#include "domain/frames.hpp"
#include "store/conversation_store.hpp"

namespace convoke {

/// What a client asked for, with the conversation settled.
struct Question {
  std::string request_id;
  std::string conversation_id;
  bool names_conversation = false;  ///< the client named it; false: the connection's own
  std::string text;
  BranchPoint where{};
  std::optional<std::string> model{};
  bool streaming = true;
  std::vector<Part> materials{};  ///< what a prompt and attachments bring along, after the text
  json::object described{};       ///< which these are, for the record
  std::optional<ResponseFormat> response_format{};
  QuestionPriority priority = QuestionPriority::normal;
  bool keeps_images = false;  ///< an edited question has the pictures of the one before it
  bool is_text_said = true;   ///< false: the text only names the prompt that stands for it
  std::string user{};         ///< who asks, by name; empty where nobody is known
  std::string client{};       ///< whose questions take turns with those of others; empty: the conversation's
  bool may_ask = true;        ///< false: only the record is wanted, a model is never asked
};

/// A request id of this many bytes or more (a UUID, ULID or nanoid) is taken to be unique everywhere; a shorter one
/// only within its conversation.
inline constexpr std::size_t globally_unique_id_bytes = 20;

/// The question as the model reads it.
Message message_of(const Question& question);
/// The text of the question that opens a turn on record, without what was attached.
std::string text_asked(const Event& opening);

/// Whether a question under a request id that was seen before is the same one.
bool is_same_request(const Question& question, const std::string& conversation_id, const std::string& text);

/// What to do with a question, given what the store knows of its request id. A turn that failed is asked again, unless
/// only its record is wanted.
struct AskAnew {};
struct ReplayTurn {
  RecordedTurn turn;
};
struct RefuseAsConflict {};
std::variant<AskAnew, ReplayTurn, RefuseAsConflict> decide_repeat(const Question& question,
                                                                  std::vector<RecordedTurn> recorded);

/// The frames of a recorded turn after its first: tool activity, the text in one chunk, and the last frame.
std::vector<FrameBody> replay(const RecordedTurn& turn, const ChatSettings& settings);

/// What clients are told about a tool call and its result.
Processing tool_execution_notice(const ToolCall& call, const std::string& server, const ChatSettings& settings);
Processing tool_result_notice(const ToolResult& result, const std::string& server, std::int64_t duration_ms);

}  // namespace convoke
