#include "chat/turn_inputs.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/random.hpp"
#include "chat/input_form.hpp"

namespace convoke {
namespace {

constexpr std::size_t max_open = 32;

/// What has come of a question, for people: the line of its closing frame.
std::string line_about(const InputRequest& request, const std::optional<InputAnswer>& answer) {
  if (!answer) return "no longer needed";
  switch (answer->decision) {
    case InputDecision::accepted:
      if (request.kind != InputKind::approval) return "accepted";
      if (answer->content) return "approved with changed arguments";
      return answer->remember ? "approved for this conversation" : "approved";
    case InputDecision::declined: return "declined";
    case InputDecision::cancelled: return "dismissed";
    case InputDecision::expired: return "nobody answered in time";
  }
  std::unreachable();
}

}  // namespace

TurnInputs::TurnInputs(Executor executor, const Clock& clock, TurnJournal& journal, std::chrono::milliseconds patience,
                       Log log)
    : executor_(std::move(executor)), clock_(clock), journal_(journal), patience_(patience), log_(std::move(log)) {}

Task<InputAnswer> TurnInputs::ask(InputRequest request) {
  if (open_.size() >= max_open) co_return InputAnswer{InputDecision::cancelled};
  if (open_.empty()) open_since_ = clock_.now();
  const auto open =
      open_.insert(open_.end(), Open{random_id("i_"), std::move(request), Signal(executor_), clock_.now()});
  struct Closing {
    TurnInputs& inputs;
    std::list<Open>::iterator open;
    ~Closing() { inputs.close(open); }
  } const closing{*this, open};
  show(*open);
  const Deadline deadline = SteadyClock::now() + patience_;
  while (!open->answer) {
    const bool told = co_await open->answered.wait_until(deadline);
    if (!told && !open->answer) open->answer = InputAnswer{InputDecision::expired};
  }
  co_return *open->answer;
}

void TurnInputs::show(const Open& open) {
  journal_.append(InputRequired{open.id, open.request, clock_.wall() + patience_, patience_.count()});
}

void TurnInputs::close(std::list<Open>::iterator open) {
  using std::chrono::duration_cast;
  const auto took = duration_cast<std::chrono::milliseconds>(clock_.now() - open->since);
  const std::string_view outcome = open->answer ? name_of(open->answer->decision) : "withdrawn";
  if (!journal_.ended()) {
    journal_.append(Processing{
        "input_closed", line_about(open->request, open->answer), {{"input_id", open->id}, {"outcome", outcome}}});
  }
  log_.info("input.closed", {{"kind", name_of(open->request.kind)},
                             {"server", open->request.server},
                             {"outcome", outcome},
                             {"ms", took.count()}});
  open_.erase(open);
  if (open_.empty()) waited_ += clock_.now() - open_since_;
}

Result<void> TurnInputs::answer(const std::string& input_id, InputAnswer answer) {
  const auto open = std::ranges::find(open_, input_id, &Open::id);
  if (open == open_.end() || open->answer) {
    return fail(Errc::not_found, fmt::format("no question '{}' is open in this turn", input_id));
  }
  const bool is_form = open->request.kind == InputKind::elicitation && answer.decision == InputDecision::accepted;
  if (is_form) {
    const json::object* schema = find_object(open->request.details, "requested_schema");
    if (!answer.content) answer.content.emplace();
    if (const auto problem = form_problem(schema ? *schema : json::object{}, *answer.content)) {
      return fail(Errc::invalid_input, *problem);
    }
  }
  open->answer = std::move(answer);
  open->answered.notify();
  return {};
}

SteadyClock::duration TurnInputs::waited() const {
  return open_.empty() ? waited_ : waited_ + (clock_.now() - open_since_);
}

}  // namespace convoke
