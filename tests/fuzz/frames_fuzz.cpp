// What clients and people write: frames, answers to forms, questions at the terminal. Nothing may be read out of
// bounds.
#include <cstdint>
#include <string_view>

#include "chat/input_form.hpp"
#include "cli/person.hpp"
#include "cli/typed_question.hpp"
#include "domain/frames.hpp"
#include "hub/approvals.hpp"
#include "hub/host_answers.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace convoke;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  static_cast<void>(parse_client_frame(text));
  static_cast<void>(read_question(text));
  static_cast<void>(harmless(text));
  static_cast<void>(host_of_web_address(text));
  const std::size_t half = size / 2;
  static_cast<void>(fits_glob(text.substr(0, std::min<std::size_t>(half, 100)), text.substr(half)));
  static_cast<void>(parse_approval_rule(text));
  const auto schema = parse_json(text.substr(0, half));
  const auto content = parse_json(text.substr(half));
  if (schema && content && schema->is_object() && content->is_object()) {
    static_cast<void>(form_problem(schema->as_object(), content->as_object()));
  }
  return 0;
}
