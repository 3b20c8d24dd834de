#pragma once
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "domain/frames.hpp"

namespace convoke {

inline constexpr std::size_t max_id_bytes = 256;

bool has_control_characters(std::string_view text);

/// Reads the members of a payload and remembers the first one that is wrong. Part of client_frames.
class PayloadReader {
 public:
  /// `payload` must outlive the reader.
  explicit PayloadReader(const json::object& payload) : payload_(payload) {}

  /// Not empty, nor only white space.
  std::string required_text(std::string_view name);
  /// A short one, such as an id.
  std::optional<std::string> optional_text(std::string_view name);
  /// The id of something that may be made under it.
  std::optional<std::string> optional_id(std::string_view name);
  /// As `optional_text`, and it must be there.
  std::string required_id(std::string_view name);
  std::optional<bool> optional_flag(std::string_view name);
  std::int64_t required_number(std::string_view name, std::int64_t low, std::int64_t high);
  /// A day, or a moment in UTC as events have it.
  std::optional<WallTime> optional_time(std::string_view name);
  /// It is there and not null.
  bool has(std::string_view name) const;
  /// The member as text, which must be one of `choices`.
  std::string choice(std::string_view name, std::initializer_list<std::string_view> choices);
  std::optional<json::object> optional_object(std::string_view name);
  std::string text_or_empty(std::string_view name);
  /// An object whose members are all texts.
  std::map<std::string, std::string> texts(std::string_view name);
  const json::value* member(std::string_view name) const;
  /// What is wrong inside of a member that is read by a reader of its own.
  void adopt(std::string_view name, const PayloadReader& inner);
  /// Remembers a problem, unless there is one already: "payload.NAME WHY".
  void refuse(std::string_view name, std::string_view why);
  /// `otherwise` when it is not there.
  std::int64_t number(std::string_view name, std::int64_t otherwise, std::int64_t low, std::int64_t high);
  std::optional<FrameProblem> problem() const;

 private:
  const json::object& payload_;
  std::optional<FrameProblem> problem_;
};

}  // namespace convoke
