#pragma once
#include <string>

#include "domain/frames.hpp"
#include "store/conversation_store.hpp"

namespace convoke {

/// Where a question that names an event goes.
struct QuestionPlace {
  Sequence parent = 0;   ///< of the event that opens its turn, as `Event::parent` says it
  Sequence history = 0;  ///< the last event of what was said before, or `from_the_start`
  std::string question;  ///< for `again`: what is answered once more
  /// For `again`: all of that, with what was attached. For `instead_of`: the pictures its user had put there.
  std::vector<Part> parts{};
};

/// Finds the place that `where` names, which is not the end. `not_found` when there is no such event, `invalid_input`
/// when it is of the wrong kind, `conflict` when its turn is not over.
Task<Result<QuestionPlace>> place_of(ConversationStore& store, std::string conversation_id, BranchPoint where);

/// The event that closes the turn `event` belongs to: a branch or a fork that begins within a turn would show the model
/// an answer that never ended.
Task<Result<Sequence>> end_of_turn(ConversationStore& store, std::string conversation_id, Sequence event);

/// The position of the question that a turn which began with `opening` answers.
Sequence question_seq(const Event& opening);

}  // namespace convoke
