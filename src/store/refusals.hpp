// What every store refuses, in the same words.
#pragma once
#include <fmt/format.h>

#include "domain/event.hpp"
#include "store/placement.hpp"

namespace convoke {

/// True for work that was refused and changed nothing, unlike work that spoilt its transaction.
inline bool is_refusal(const Error& error) {
  return error.code == Errc::invalid_input || error.code == Errc::not_found || error.code == Errc::conflict;
}

inline std::unexpected<Error> no_conversation(const std::string& id) {
  return fail(Errc::not_found, fmt::format("no conversation '{}'", id));
}
inline std::unexpected<Error> no_event(const std::string& id, Sequence seq) {
  return fail(Errc::not_found, fmt::format("conversation '{}' has no event {}", id, seq));
}
inline std::unexpected<Error> was_erased(const std::string& id) {
  return fail(Errc::conflict, fmt::format("conversation '{}' was deleted; begin another", id));
}
inline std::unexpected<Error> is_taken(const std::string& id) {
  return fail(Errc::conflict, fmt::format("there is a conversation '{}' already", id));
}
inline std::unexpected<Error> bad_id() {
  return fail(Errc::invalid_input, fmt::format("a conversation's id has 1 to {} bytes", max_id_bytes));
}
inline std::unexpected<Error> has_another_title(const std::string& id) {
  return fail(Errc::conflict, fmt::format("conversation '{}' has been given another title", id));
}
inline std::unexpected<Error> no_title() { return fail(Errc::invalid_input, "a title cannot be empty"); }

}  // namespace convoke
