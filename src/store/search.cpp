#include "store/search.hpp"

namespace convoke {

json::object to_json(const SearchHit& hit) {
  json::array snippet;
  for (const SnippetPart& part : hit.snippet) {
    json::object& piece = snippet.emplace_back(json::object{{"text", part.text}}).get_object();
    if (part.is_match) piece["match"] = true;
  }
  return {{"conversation_id", hit.conversation_id}, {"title", hit.title},        {"seq", hit.seq},
          {"timestamp", to_iso8601(hit.timestamp)}, {"role", name_of(hit.role)}, {"snippet", std::move(snippet)}};
}

}  // namespace convoke
