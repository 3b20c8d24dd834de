#include "llm/openai_chat/tool_call_accumulator.hpp"

#include <algorithm>
#include <ranges>
#include <utility>

#include "base/random.hpp"
#include "llm/tool_arguments.hpp"

namespace convoke::openai_chat {
namespace {

/// An id in the form the providers use: `call_` and 24 letters and digits.
std::string new_call_id() { return random_id("call_").substr(0, 29); }

std::string_view id_of(const json::value& entry) {
  const std::string_view id = find_string(entry, "id").value_or("");
  return id == "null" ? "" : id;  // what some servers print for "none"
}

/// gpt-oss leaks its channel markers into names: `weather<|channel|>json`.
std::string_view without_markers(std::string_view name) { return name.substr(0, name.find("<|")); }

/// The arguments of one piece as text; an object is written out. "" for null and for nothing.
std::string arguments_of(const json::value* function) {
  const json::value* arguments = function ? find(*function, "arguments") : nullptr;
  if (!arguments || arguments->is_null()) return {};
  if (const json::string* text = arguments->if_string()) return std::string(text->data(), text->size());
  return json::serialize(*arguments);
}

}  // namespace

/// One piece of a call, as it came.
struct ToolCallAccumulator::Entry {
  std::optional<std::int64_t> index;
  std::string_view id;
  std::string_view name;
  std::string arguments;
  bool follows_another = false;  ///< it is not the first of its chunk, so it is not the first one's continuation
};

void ToolCallAccumulator::take(const json::array& entries, const OnStarted& on_started) {
  bool follows_another = false;
  for (const json::value& value : entries) {
    const json::value* function = find(value, "function");
    take(Entry{.index = find_integer(value, "index"),
               .id = id_of(value),
               .name = function ? find_string(*function, "name").value_or("") : "",
               .arguments = arguments_of(function),
               .follows_another = std::exchange(follows_another, true)},
         on_started);
  }
}

void ToolCallAccumulator::take_function_call(const json::value& function, const OnStarted& on_started) {
  take(Entry{.index = 0,
             .id = {},
             .name = find_string(function, "name").value_or(""),
             .arguments = arguments_of(&function)},
       on_started);
}

void ToolCallAccumulator::take(const Entry& entry, const OnStarted& on_started) {
  size_bytes_ += entry.name.size() + entry.arguments.size();
  Call& call = call_for(entry);
  merge(entry, call);
  // A name may come in pieces, but never after the first of its arguments.
  if (!call.announced && !call.name.empty() && !call.arguments.empty()) {
    call.announced = true;
    on_started(without_markers(call.name));
  }
}

ToolCallAccumulator::Call& ToolCallAccumulator::call_for(const Entry& entry) {
  Call* current = find_call(entry);
  if (current && !begins_another(entry, *current)) return *current;
  return calls_.emplace_back(Call{.index = entry.index});
}

/// The call `entry` may belong to: the latest with its index, the one with its id, or simply the latest.
ToolCallAccumulator::Call* ToolCallAccumulator::find_call(const Entry& entry) {
  for (Call& call : calls_ | std::views::reverse) {
    if (entry.index ? call.index == entry.index : !entry.id.empty() && call.id == entry.id) return &call;
  }
  if (entry.index || calls_.empty()) return nullptr;
  return &calls_.back();
}

bool ToolCallAccumulator::begins_another(const Entry& entry, const Call& current) {
  const bool blank = current.id.empty() && current.name.empty();  // only arguments have come so far
  if (blank) return false;
  const bool new_id = !entry.id.empty() && entry.id != current.id;
  if (entry.index && new_id && !current.id.empty()) return !entry.name.empty();
  if (!entry.index && new_id) return true;
  const bool same_id = !entry.id.empty() && !new_id;
  if (entry.name.empty() || same_id) return false;
  if (!entry.index && entry.follows_another) return true;
  const bool whole = !current.arguments.empty() && is_complete_json(current.arguments);
  // Under one index the same name may be repeated with every piece; without an index a name opens a call.
  return whole && (!entry.index || entry.name != current.name);
}

void ToolCallAccumulator::merge(const Entry& entry, Call& call) {
  if (call.id.empty()) call.id = entry.id;
  // A different name before the first argument is the rest of a name; the same one again is a repetition.
  const bool may_grow = call.name.empty() || call.arguments.empty();
  if (may_grow && entry.name != call.name) call.name += entry.name;
  call.arguments += entry.arguments;
}

Result<std::vector<ToolCall>> ToolCallAccumulator::finish(bool cut_short, const OnStarted& on_started) {
  std::vector<ToolCall> finished;
  const auto id_for = [&finished](const std::string& id) {
    const bool usable = !id.empty() && std::ranges::find(finished, id, &ToolCall::id) == finished.end();
    return usable ? id : new_call_id();
  };
  for (Call& call : calls_) {
    const std::string name(without_markers(call.name));
    if (name.empty()) {
      if (call.arguments.empty()) continue;
      return fail(Errc::protocol, "a tool was called without its name");
    }
    if (!call.announced) on_started(name);
    auto documents = split_json_documents(call.arguments);
    if (documents.size() > 1) {  // several calls under one index, glued together
      for (const std::string_view document : documents) {
        finished.push_back({id_for(call.id), name, repaired_arguments(std::string(document))});
      }
      continue;
    }
    const bool may_be_cut = cut_short && &call == &calls_.back();  // only what came last
    if (may_be_cut && call.arguments.empty()) continue;
    std::string arguments = repaired_arguments(std::move(call.arguments));
    if (cut_short && !is_complete_json(arguments)) continue;
    finished.push_back({id_for(call.id), name, std::move(arguments)});
  }
  return finished;
}

}  // namespace convoke::openai_chat
