#include "llm/fakellm/script.hpp"

#include <fmt/format.h>

namespace convoke::fakellm {

Result<Script> read_script(std::string_view json_text, const Pace& pace) {
  TRY(const json::value document, parse_json(json_text));
  const json::object* object = document.if_object();
  if (!object) return fail(Errc::invalid_input, "a script must be an object with answers");
  const Answer defaults{.pace = pace};
  Script script;
  for (const auto& [key, value] : *object) {
    if (key == "otherwise") {
      TRY(script.otherwise, read_answer(value, defaults));
    } else if (key == "schedule") {
      TRY(script.schedule, Schedule::read(value));
    } else if (key == "answers" && value.is_array()) {
      for (const json::value& item : value.get_array()) {
        TRY(Answer answer, read_answer(item, defaults));
        script.answers.push_back(std::move(answer));
      }
    } else {
      return fail(Errc::invalid_input,
                  fmt::format("a script has 'answers' (an array), 'otherwise' and 'schedule', not '{}'",
                              std::string_view(key)));
    }
  }
  return script;
}

}  // namespace convoke::fakellm
