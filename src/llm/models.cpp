#include "llm/models.hpp"

#include <algorithm>
#include <stdexcept>

namespace convoke {

void Models::add(std::string name, std::unique_ptr<Provider> provider, std::string default_model) {
  entries_.push_back({std::move(name), std::move(provider), std::move(default_model)});
}

const Models::Entry* Models::entry(std::string_view name) const {
  const auto found = std::ranges::find(entries_, name, &Entry::name);
  return found == entries_.end() ? nullptr : &*found;
}

ModelChoice Models::choose(const std::optional<std::string>& wanted) const {
  const Entry* active = entry(active_);
  if (!active) throw std::logic_error("the active provider '" + active_ + "' was never added");
  if (!wanted) return {active->provider.get(), active->name, active->default_model};
  if (const Entry* named = entry(*wanted)) return {named->provider.get(), named->name, named->default_model};
  const std::size_t colon = wanted->find(':');
  if (colon != std::string::npos) {
    if (const Entry* named = entry(std::string_view(*wanted).substr(0, colon))) {
      return {named->provider.get(), named->name, wanted->substr(colon + 1)};
    }
  }
  return {active->provider.get(), active->name, *wanted};
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
