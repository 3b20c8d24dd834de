#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "llm/provider.hpp"

namespace convoke {

/// A provider and the name of one of its models.
struct ModelChoice {
  Provider* provider = nullptr;
  std::string provider_name;
  std::string model;
};

/// The models a request can name. One object per loop, since providers belong to a loop.
class Models {
 public:
  /// Adds a provider under its name in the configuration, with the model it uses when none is named.
  void add(std::string name, std::unique_ptr<Provider> provider, std::string default_model);
  bool has(std::string_view name) const { return entry(name) != nullptr; }
  void set_active(std::string name) { active_ = std::move(name); }

  /// `wanted` is what a client asked for: nothing, a model of the active provider, the name of a provider, or
  /// `provider:model`. Never fails: whether a model exists is the provider's to say.
  ModelChoice choose(const std::optional<std::string>& wanted) const;

  /// For people: the active model first, then each other provider with its default model.
  std::vector<std::string> names() const;

 private:
  struct Entry {
    std::string name;
    std::unique_ptr<Provider> provider;
    std::string default_model;
  };
  const Entry* entry(std::string_view name) const;
  std::vector<Entry> entries_;
  std::string active_;
};

}  // namespace convoke
