#include "chat/tool_consent.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace convoke {
namespace {

constexpr int max_questions = 3;  // about one call whose tool keeps changing
constexpr std::size_t max_shown_description = 2000;

json::object to_json(const ToolHints& hints) {
  return {{"read_only", hints.read_only},
          {"destructive", hints.destructive && !hints.read_only},
          {"idempotent", hints.idempotent},
          {"open_world", hints.open_world}};
}

/// As JSON where it is that; else as the model wrote it.
json::value arguments_of(const ToolCall& call) {
  if (call.arguments.find_first_not_of(" \t\r\n") == std::string::npos) return json::object{};
  auto parsed = parse_json(call.arguments);
  return parsed ? *std::move(parsed) : json::value(call.arguments);
}

std::string refusal(InputDecision decision) {
  if (decision == InputDecision::expired) {
    return "This call needs the user's approval, and nobody answered in time. It was not made.";
  }
  return "The user declined this call. It was not made. Do not repeat it unless they ask for it.";
}

}  // namespace

ToolConsent::ToolConsent(const ApprovalSettings& settings, ApprovalMemory& memory, const Toolbox& tools,
                         TurnInputs& inputs, std::string conversation_id)
    : settings_(settings),
      memory_(memory),
      tools_(tools),
      inputs_(inputs),
      conversation_id_(std::move(conversation_id)) {}

std::optional<Tool> ToolConsent::find(const std::string& name) const {
  const auto tools = tools_.tools();
  const auto found = std::ranges::find(*tools, name, &Tool::name);
  return found == tools->end() ? std::nullopt : std::optional(*found);
}

bool ToolConsent::may_offer(const Tool& tool) const { return permission_for(settings_, tool) != Permission::deny; }

Permission ToolConsent::permission(const Tool& tool) const {
  const Permission by_rules = permission_for(settings_, tool);
  const bool approved =
      by_rules == Permission::ask && memory_.recall(conversation_id_, tool) == ApprovalMemory::Recall::approved;
  return approved ? Permission::allow : by_rules;
}

bool ToolConsent::is_given(const ToolCall& call) const {
  const auto tool = find(call.name);
  return !tool || permission(*tool) == Permission::allow;
}

Task<std::expected<ToolConsent::Consent, std::string>> ToolConsent::obtain(ToolCall call) {
  std::string problem;
  std::string edited;
  for (int asked = 0; asked < max_questions; ++asked) {
    const auto tool = find(call.name);
    const Permission now = tool ? permission(*tool) : Permission::allow;
    if (now == Permission::allow) co_return Consent{std::move(call)};
    if (now == Permission::deny) {
      co_return std::unexpected(fmt::format("The configuration does not allow the tool {} to be used.", call.name));
    }
    ToolCall shown = call;
    if (!edited.empty()) shown.arguments = edited;
    const InputAnswer answer = co_await inputs_.ask(question_about(*tool, shown, problem));
    if (answer.decision != InputDecision::accepted) co_return std::unexpected(refusal(answer.decision));
    const auto afterwards = find(call.name);
    if (afterwards && !is_same_definition(*afterwards, *tool)) continue;  // they agreed to something else
    if (answer.content || !problem.empty()) {
      edited = answer.content ? json::serialize(*answer.content) : edited;
      const auto arguments = parse_json(edited);
      const auto fit = check_arguments(*tool, arguments.value().get_object());
      problem = fit ? "" : fit.error().message;
      if (!fit) continue;
    }
    if (answer.remember) memory_.remember(conversation_id_, *tool);
    Consent consent{std::move(call)};
    if (!edited.empty()) {
      consent.call.arguments = edited;
      consent.note = fmt::format("(The user changed the arguments to {}.)\n", consent.call.arguments);
    }
    co_return consent;
  }
  if (!problem.empty()) {
    co_return std::unexpected("The user changed the arguments to ones that the tool does not take: " + problem +
                              ". The call was not made.");
  }
  co_return std::unexpected("The tool changed again and again while the user was asked. The call was not made.");
}

InputRequest ToolConsent::question_about(const Tool& tool, const ToolCall& call, const std::string& problem) const {
  const bool changed = memory_.recall(conversation_id_, tool) == ApprovalMemory::Recall::changed;
  InputRequest request{InputKind::approval, tool.server,
                       fmt::format("May {} of {} be called?", tool.name, tool.server)};
  if (changed) request.message += " It has changed since you approved it.";
  request.details = {{"tool_call_id", call.id},
                     {"tool", tool.name},
                     {"title", tool.title},
                     {"description", tool.description.substr(0, max_shown_description)},
                     {"arguments", arguments_of(call)},
                     {"schema", tool.input_schema},
                     {"hints", to_json(tool.hints)}};
  if (changed) request.details["changed"] = true;
  if (!problem.empty()) {
    request.message += " The arguments do not fit: " + problem + ".";
    request.details["problem"] = problem;
  }
  return request;
}

}  // namespace convoke
