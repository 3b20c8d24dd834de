#include "llm/replay.hpp"

#include "base/json.hpp"
#include "llm/json_text.hpp"

namespace convoke {

std::string tied_replay(std::string_view wire, std::string_view model, std::string_view content_json) {
  std::string out;
  {
    ObjectWriter tied(out);
    tied.text("wire", wire);
    tied.text("model", model);
    tied.member("content") += content_json;
  }
  return out;
}

std::string replay_for(std::string_view wire, std::string_view model, std::string_view replay) {
  if (replay.empty()) return {};
  const auto tied = parse_json(replay);
  if (!tied || find_string(*tied, "wire") != wire || find_string(*tied, "model") != model) return {};
  const json::value* content = find(*tied, "content");
  return content ? json::serialize(*content) : std::string();
}

}  // namespace convoke
