#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "domain/message.hpp"

namespace convoke::openai_chat {

/// Puts tool calls together from their pieces, however a server cuts them: with or without an index, every parallel
/// call under the same index, names repeated or split, arguments as text, as an object, whole or not at all. Pure.
class ToolCallAccumulator {
 public:
  using OnStarted = std::function<void(std::string_view name)>;

  /// One `tool_calls` array, of a chunk or of a whole message. `on_started` hears a call's name once it is certain.
  void take(const json::array& entries, const OnStarted& on_started);
  /// The older `function_call` member: one call without an id.
  void take_function_call(const json::value& function, const OnStarted& on_started);

  bool empty() const { return calls_.empty(); }
  /// Bytes of names and arguments held.
  std::size_t size_bytes() const { return size_bytes_; }

  /// The calls in the order they began, each with an id of its own, and arguments that are an object if they can be
  /// read as one. With `cut_short` (the answer hit its length limit) a call that is not whole is left out: to run it
  /// would be to guess. `protocol` when a call never got a name.
  Result<std::vector<ToolCall>> finish(bool cut_short, const OnStarted& on_started);

 private:
  struct Call {
    std::optional<std::int64_t> index;
    std::string id{};
    std::string name{};
    std::string arguments{};
    bool announced = false;
  };
  struct Entry;

  Call& call_for(const Entry& entry);
  Call* find_call(const Entry& entry);
  static bool begins_another(const Entry& entry, const Call& current);
  static void merge(const Entry& entry, Call& call);
  void take(const Entry& entry, const OnStarted& on_started);

  std::vector<Call> calls_;
  std::size_t size_bytes_ = 0;
};

}  // namespace convoke::openai_chat
