#pragma once
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "chat/settings.hpp"
#include "chat/token_count.hpp"
#include "chat/tool_index.hpp"
#include "hub/toolbox.hpp"

namespace convoke {

/// The names of the tools of the house.
inline constexpr std::string_view find_tools_name = "find_tools";
inline constexpr std::string_view call_tool_name = "call_tool";
inline constexpr std::string_view read_result_name = "read_result";

/// The tools a model is offered. Immutable.
struct OfferedTools {
  std::vector<Tool> servers;                  ///< those of the servers that may be called
  std::vector<ToolDefinition> definitions{};  ///< what the model sees, in a fixed order
  std::int64_t tokens = 0;                    ///< of these
  std::int64_t saved_tokens = 0;              ///< what it spares not to show all
  std::optional<ToolIndex> index = {};        ///< when they are searched
};

/// All of `servers` and, if there are any, `read_result`. When their definitions take more than `max_tools_percent` of
/// `max_tokens`, only a pair of tools to search and to call them by name. A server's tool with the name of one of the
/// house takes its place. Pure; costs counting all of it.
OfferedTools offer_tools(std::vector<Tool> servers, const MessageCounter& counter, const ContextLimits& limits);

/// The offers of late, made once and shared by all turns while nothing changes. Callable from any loop.
class ToolOffers {
 public:
  using Tools = std::shared_ptr<const std::vector<Tool>>;
  using Settings = std::shared_ptr<const ChatSettings>;

  /// What a turn under `settings` offers of `tools`: those that `may_offer`, which must go by `settings` alone. Made on
  /// `workers` if need be.
  Task<std::shared_ptr<const OfferedTools>> get(Tools tools, Settings settings, const MessageCounter& counter,
                                                Executor workers, std::function<bool(const Tool&)> may_offer);

 private:
  struct Entry {
    Tools tools;
    Settings settings;
    const Tokenizer* tokenizer;
    std::shared_ptr<const OfferedTools> offered;
  };
  static constexpr std::size_t max_entries = 8;

  std::mutex mutex_;
  std::vector<Entry> entries_;  ///< the newest first
};

}  // namespace convoke
