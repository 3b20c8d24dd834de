#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "domain/event.hpp"

namespace convoke {

/// What an event says, as the columns of a table hold it: every event can be read back as it was. Nothing: null.
struct EventColumns {
  std::optional<std::string_view> role{};
  std::optional<std::string_view> content{};       ///< the words, of the message or of the tool's result
  std::optional<std::string_view> tool_calls{};    ///< JSON
  std::optional<std::string_view> tool_call_id{};  ///< of a tool's result
  std::optional<std::string_view> tool_name{};
  std::optional<bool> is_error{};
  std::optional<std::string_view> parts{};  ///< JSON, where a message holds what the columns above cannot express
  std::optional<std::string_view> model{};
  std::optional<std::string_view> usage{};    ///< JSON
  std::optional<std::string_view> details{};  ///< JSON
};

/// The columns of an event that is to be written. Borrows from the event, which must outlive it.
class WrittenColumns {
 public:
  explicit WrittenColumns(const Event& event);
  WrittenColumns(const WrittenColumns&) = delete;
  WrittenColumns& operator=(const WrittenColumns&) = delete;

  const EventColumns& operator*() const { return columns_; }
  const EventColumns* operator->() const { return &columns_; }

 private:
  void take_message(const Message& message);

  EventColumns columns_;
  std::string words_, calls_, parts_, usage_, details_;  ///< what had to be made
};

/// Fills message, model, usage and details of `event`. `internal` if the columns hold what was never written to them.
Result<void> read_columns(const EventColumns& columns, Event& event);

/// A conversation's own retention, from the JSON it is kept as.
Result<Retention> read_retention(std::string_view text);

}  // namespace convoke
