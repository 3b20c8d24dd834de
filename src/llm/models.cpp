#include "llm/models.hpp"

#include <algorithm>
#include <stdexcept>

#include "tokens/models.hpp"

namespace convoke {

void Models::add(std::string name, std::unique_ptr<Provider> provider, std::string default_model,
                 const Tokenizer* tokenizer) {
  entries_.push_back({std::move(name), std::move(provider), std::move(default_model), tokenizer});
}

ModelChoice Models::choice(const Entry& entry, std::string model) const {
  const Tokenizer& tokenizer = entry.tokenizer ? *entry.tokenizer : tokenizer_for_model(model);
  const double ratio = calibration_ && tokenizer.error() > 0 ? calibration_->ratio(entry.name, model) : 1;
  return {entry.provider.get(), entry.name, std::move(model), &tokenizer, ratio};
}

const Models::Entry* Models::entry(std::string_view name) const {
  const auto found = std::ranges::find(entries_, name, &Entry::name);
  return found == entries_.end() ? nullptr : &*found;
}

ModelChoice Models::choose(const std::optional<std::string>& wanted) const {
  const Entry* active = entry(active_);
  if (!active) throw std::logic_error("the active provider '" + active_ + "' was never added");
  if (!wanted) return choice(*active, active->default_model);
  if (const Entry* named = entry(*wanted)) return choice(*named, named->default_model);
  const std::size_t colon = wanted->find(':');
  if (colon != std::string::npos) {
    if (const Entry* named = entry(std::string_view(*wanted).substr(0, colon))) {
      return choice(*named, wanted->substr(colon + 1));
    }
  }
  return choice(*active, *wanted);
}

std::vector<std::string> Models::names() const {
  std::vector<std::string> names;
  for (const Entry& e : entries_) {
    if (e.name == active_) names.insert(names.begin(), e.default_model);
    if (e.name != active_) names.push_back(e.name + ":" + e.default_model);
  }
  return names;
}

}  // namespace convoke
