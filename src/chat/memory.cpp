#include "chat/memory.hpp"

#include <algorithm>
#include <set>

#include "base/random.hpp"
#include "chat/tool_index.hpp"

namespace convoke {
namespace {

std::set<std::string> word_set(std::string_view text) {
  std::vector<std::string> words = words_of(text);
  return {words.begin(), words.end()};
}

std::vector<Fact> best_first(std::vector<Fact> facts, std::string_view query) {
  std::ranges::reverse(facts);
  const std::set<std::string> wanted = word_set(query);
  if (wanted.empty()) return facts;
  std::vector<std::pair<std::ptrdiff_t, std::size_t>> ranked;  // words not shared, place
  for (std::size_t i = 0; i < facts.size(); ++i) {
    const std::set<std::string> words = word_set(facts[i].text);
    const auto shared = std::ranges::count_if(wanted, [&](const std::string& word) { return words.contains(word); });
    if (shared > 0) ranked.emplace_back(-shared, i);
  }
  std::ranges::sort(ranked);
  std::vector<Fact> found;
  for (const auto& [rank, place] : ranked) found.push_back(std::move(facts[place]));
  return found;
}

}  // namespace

template <class T>
Task<Result<T>> Memory::use(std::function<Result<T>(FactFile&)> work) {
  if (!file_) co_return fail(Errc::denied, "nothing is remembered across conversations: memory.enabled is off");
  co_return co_await offload<Result<T>>(workers_, [&] { return work(*file_); });
}

Task<Result<Fact>> Memory::remember(std::string text, std::string conversation_id) {
  const WallTime now = clock_.wall();
  Fact fact{random_id("f_"), std::move(text), std::move(conversation_id), now, now};
  std::function<Result<Fact>(FactFile&)> add = [&](FactFile& file) { return file.add(fact); };
  co_return co_await use<Fact>(std::move(add));
}

Task<Result<std::vector<Fact>>> Memory::recall(std::string query) {
  std::function<Result<std::vector<Fact>>(FactFile&)> read = [](FactFile& file) { return file.all(); };
  CO_TRY(std::vector<Fact> facts, co_await use<std::vector<Fact>>(std::move(read)));
  co_return best_first(std::move(facts), query);
}

Task<Result<void>> Memory::forget(std::string id) {
  std::function<Result<void>(FactFile&)> erase = [&](FactFile& file) { return file.erase(id); };
  co_return co_await use<void>(std::move(erase));
}

Task<Result<json::object>> Memory::answer(MemoryQuery query) {
  if (const ListFacts* list = std::get_if<ListFacts>(&query)) {
    CO_TRY(const std::vector<Fact> facts, co_await recall(list->query));
    json::array rows;
    for (const Fact& fact : facts) rows.push_back(to_json(fact));
    co_return json::object{{"facts", std::move(rows)}};
  }
  if (const AddFact* add = std::get_if<AddFact>(&query)) {
    CO_TRY(const Fact fact, co_await remember(add->text, ""));
    co_return to_json(fact);
  }
  if (const EditFact* edit = std::get_if<EditFact>(&query)) {
    std::function<Result<Fact>(FactFile&)> change = [&](FactFile& file) {
      return file.edit(edit->id, edit->text, clock_.wall());
    };
    CO_TRY(const Fact fact, co_await use<Fact>(std::move(change)));
    co_return to_json(fact);
  }
  const std::string id = std::get<ForgetFact>(query).id;
  CO_CHECK(co_await forget(id));
  co_return json::object{{"id", id}, {"deleted", true}};
}

}  // namespace convoke
