#pragma once
#include <functional>
#include <map>
#include <string>

namespace convoke {

/// What is known of each model of a provider, with what was learned while it was used. Names come from clients, so it
/// is bounded: with more models than anybody configures it begins again.
template <class Traits>
class PerModel {
 public:
  explicit PerModel(std::function<Traits(std::string_view model)> make) : make_(std::move(make)) {}

  Traits& of(const std::string& model) {
    constexpr std::size_t max_models = 256;
    const auto known = traits_.find(model);
    if (known != traits_.end()) return known->second;
    if (traits_.size() >= max_models) traits_.clear();
    return traits_.emplace(model, make_(model)).first->second;
  }

 private:
  std::function<Traits(std::string_view)> make_;
  std::map<std::string, Traits, std::less<>> traits_;
};

}  // namespace convoke
