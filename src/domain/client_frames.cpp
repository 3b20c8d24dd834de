#include <fmt/format.h>

#include <array>

#include "base/utf8.hpp"
#include "domain/chat_reader.hpp"
#include "domain/payload_reader.hpp"

namespace convoke {
namespace {

constexpr std::size_t max_title_characters = 200;

constexpr Sequence any_sequence = std::numeric_limits<std::int64_t>::max();

ClientAction read_completion(PayloadReader& payload) {
  CompleteArgument wanted{.server = payload.text_or_empty("server"),
                          .prompt = payload.text_or_empty("prompt"),
                          .uri_template = payload.text_or_empty("uri_template"),
                          .argument = payload.required_text("argument"),
                          .value = payload.text_or_empty("value"),
                          .arguments = payload.texts("arguments")};
  if (wanted.prompt.empty() == wanted.uri_template.empty()) {
    payload.refuse("prompt", "or payload.uri_template must say what is completed, one of them");
  }
  return ContentQuery(std::move(wanted));
}

ClientAction read_answer(PayloadReader& payload) {
  AnswerInput given;
  given.conversation_id = payload.optional_text("conversation_id");
  given.input_id = payload.required_id("input_id");
  const std::string decision = payload.choice("decision", {"accept", "decline", "cancel"});
  given.answer.decision = decision == "accept"    ? InputDecision::accepted
                          : decision == "decline" ? InputDecision::declined
                                                  : InputDecision::cancelled;
  given.answer.content = payload.optional_object("arguments");
  if (auto content = payload.optional_object("content")) given.answer.content = std::move(content);
  given.answer.remember = payload.optional_flag("remember").value_or(false);
  return given;
}

ClientAction read_list(PayloadReader& payload) {
  return ListConversations{payload.optional_flag("archived").value_or(false),
                           static_cast<int>(payload.number("offset", 0, 0, 1'000'000)),
                           static_cast<int>(payload.number("limit", 50, 1, 500))};
}

ClientAction read_get(PayloadReader& payload) {
  return GetConversation{payload.required_id("conversation_id"), payload.number("before", 0, 0, any_sequence),
                         static_cast<int>(payload.number("limit", 200, 1, 1000))};
}

ClientAction read_rename(PayloadReader& payload) {
  RenameConversation rename{payload.required_id("conversation_id"), payload.required_text("title")};
  const std::size_t characters = count_characters(rename.title);
  if (characters > max_title_characters) {
    payload.refuse("title", fmt::format("has {} characters; at most {}", characters, max_title_characters));
  }
  if (has_control_characters(rename.title)) payload.refuse("title", "has control characters; expected one line");
  return rename;
}

ClientAction read_fork(PayloadReader& payload) {
  return ForkConversation{payload.required_id("conversation_id"), payload.number("at", 0, 0, any_sequence),
                          payload.optional_id("new_id")};
}

ClientAction read_switch(PayloadReader& payload) {
  return SwitchBranch{payload.required_id("conversation_id"), payload.required_number("seq", 1, any_sequence)};
}

ClientAction read_archive(PayloadReader& payload) {
  return ArchiveConversation{payload.required_id("conversation_id"), payload.optional_flag("archived").value_or(true)};
}

ClientAction read_search(PayloadReader& payload) {
  SearchEvents search;
  search.text = payload.required_text("text");
  search.conversation_id = payload.optional_text("conversation_id");
  if (payload.has("role")) search.role = role_of(payload.choice("role", {"user", "assistant", "tool"}));
  search.from = payload.optional_time("from");
  search.until = payload.optional_time("until");
  search.offset = static_cast<int>(payload.number("offset", 0, 0, 1000));
  search.limit = static_cast<int>(payload.number("limit", 20, 1, 100));
  return search;
}

ClientAction read_export(PayloadReader& payload) {
  ExportConversation wanted{payload.required_id("conversation_id")};
  if (payload.has("format")) {
    wanted.format =
        payload.choice("format", {"jsonl", "openai"}) == "openai" ? ExportFormat::openai : ExportFormat::jsonl;
  }
  return wanted;
}

ClientAction read_import(PayloadReader& payload) {
  ImportConversations given;
  given.import_id = payload.text_or_empty("import_id");
  given.text = payload.text_or_empty("text");
  given.is_last = payload.optional_flag("last").value_or(true);
  given.copy = payload.optional_flag("copy").value_or(false);
  return given;
}

/// Without `retention` it is only looked at; null takes it away.
ClientAction read_retention(PayloadReader& payload) {
  RetainConversation retain{.conversation_id = payload.required_id("conversation_id")};
  retain.dry_run = payload.optional_flag("dry_run").value_or(false);
  const json::value* given = payload.member("retention");
  if (!given) return retain;
  retain.changes = true;
  if (given->is_null()) return retain;
  const auto retention = retention_from_json(*given);
  if (!retention) payload.refuse("retention", retention.error().message);
  if (retention) retain.retention = *retention;
  return retain;
}

struct ActionReader {
  std::string_view name;
  ClientAction (*read)(PayloadReader&);
};

constexpr std::array<ActionReader, 29> readers{{
    {"chat", read_chat},
    {"cancel", [](PayloadReader& p) -> ClientAction { return CancelTurn{p.optional_text("conversation_id")}; }},
    {"resume",
     [](PayloadReader& p) -> ClientAction {
       return ResumeTurn{p.optional_text("conversation_id"), p.number("after", 0, 0, any_sequence)};
     }},
    {"answer", read_answer},
    {"conversations.list", read_list},
    {"conversations.get", read_get},
    {"conversations.fork", read_fork},
    {"conversations.switch", read_switch},
    {"conversations.archive", read_archive},
    {"conversations.rename", read_rename},
    {"conversations.export", read_export},
    {"conversations.import", read_import},
    {"conversations.retention", read_retention},
    {"search", read_search},
    {"conversations.delete",
     [](PayloadReader& p) -> ClientAction { return DeleteConversation{p.required_id("conversation_id")}; }},
    {"prompts.list", [](PayloadReader&) -> ClientAction { return ContentQuery(ListPrompts{}); }},
    {"prompts.get", [](PayloadReader& p) -> ClientAction { return ContentQuery(GetPrompt{read_prompt_use(p)}); }},
    {"resources.list", [](PayloadReader&) -> ClientAction { return ContentQuery(ListResources{}); }},
    {"resources.read",
     [](PayloadReader& p) -> ClientAction { return ContentQuery(ReadResource{read_resource_use(p)}); }},
    {"complete", read_completion},
    {"memory.list",
     [](PayloadReader& p) -> ClientAction { return MemoryQuery(ListFacts{p.optional_text("query").value_or("")}); }},
    {"memory.add", [](PayloadReader& p) -> ClientAction { return MemoryQuery(AddFact{p.required_text("text")}); }},
    {"memory.edit",
     [](PayloadReader& p) -> ClientAction {
       std::string id = p.required_id("id");
       return MemoryQuery(EditFact{std::move(id), p.required_text("text")});
     }},
    {"memory.delete", [](PayloadReader& p) -> ClientAction { return MemoryQuery(ForgetFact{p.required_id("id")}); }},
    {"approvals.list", [](PayloadReader&) -> ClientAction { return ListApprovals{}; }},
    {"approvals.forget",
     [](PayloadReader& p) -> ClientAction {
       std::string server = p.required_text("server");
       return ForgetApprovals{std::move(server), p.optional_text("tool").value_or("*"),
                              p.optional_text("conversation_id")};
     }},
    {"status", [](PayloadReader&) -> ClientAction { return GetStatus{}; }},
    {"usage",
     [](PayloadReader& p) -> ClientAction {
       return GetUsage{p.has("by") ? p.text_or_empty("by") : "day", p.text_or_empty("since"), p.text_or_empty("until")};
     }},
    {"ping", [](PayloadReader&) -> ClientAction { return Ping{}; }},
}};

std::string known_actions() {
  std::string names;
  for (const ActionReader& reader : readers) names += fmt::format("{}\"{}\"", names.empty() ? "" : ", ", reader.name);
  return names;
}

FrameProblem refuse(std::string request_id, std::string field, std::string message) {
  return {std::move(request_id), std::move(field), std::move(message)};
}

std::expected<std::string, FrameProblem> read_request_id(const json::value& frame) {
  const json::value* id = find(frame, "request_id");
  if (!id) return std::unexpected(refuse("", "request_id", "request_id is missing; expected a string chosen by you"));
  if (!id->is_string() || id->get_string().empty() || id->get_string().size() > max_id_bytes) {
    return std::unexpected(refuse("", "request_id",
                                  fmt::format("request_id is {}; expected a string of 1 to {} bytes",
                                              id->is_string() ? "empty or too long" : kind_of(*id), max_id_bytes)));
  }
  return std::string(id->get_string());
}

}  // namespace

std::expected<ClientFrame, FrameProblem> parse_client_frame(std::string_view text) {
  const auto frame = parse_json(text);
  if (!frame) return std::unexpected(refuse("", "", "the frame is " + frame.error().message));
  if (!frame->is_object()) {
    return std::unexpected(refuse("", "", fmt::format("the frame is {}; expected a JSON object", kind_of(*frame))));
  }
  auto request_id = read_request_id(*frame);
  if (!request_id) return std::unexpected(std::move(request_id).error());

  const json::value* action = find(*frame, "action");
  const auto name = find_string(*frame, "action").value_or("");
  const auto reader = std::ranges::find(readers, name, &ActionReader::name);
  if (reader == readers.end()) {
    const std::string given = !action               ? "missing"
                              : action->is_string() ? fmt::format("\"{}\"", name.substr(0, 100))
                                                    : std::string(kind_of(*action));
    return std::unexpected(
        refuse(*request_id, "action", fmt::format("action is {}; expected one of {}", given, known_actions())));
  }
  const json::value* payload = find(*frame, "payload");
  if (payload && !payload->is_object() && !payload->is_null()) {
    return std::unexpected(
        refuse(*request_id, "payload", fmt::format("payload is {}; expected an object", kind_of(*payload))));
  }
  static const json::object nothing;
  PayloadReader fields(payload && payload->is_object() ? payload->get_object() : nothing);
  ClientAction read = reader->read(fields);
  if (auto problem = fields.problem()) {
    problem->request_id = *request_id;
    return std::unexpected(*std::move(problem));
  }
  return ClientFrame{*std::move(request_id), std::move(read)};
}

}  // namespace convoke
