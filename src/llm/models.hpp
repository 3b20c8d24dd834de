#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "llm/calibration.hpp"
#include "llm/provider.hpp"
#include "tokens/tokenizer.hpp"

namespace convoke {

/// A provider and the name of one of its models.
struct ModelChoice {
  Provider* provider = nullptr;
  std::string provider_name;
  std::string model;
  const Tokenizer* tokenizer = nullptr;  ///< never null once chosen
  /// How many tokens the provider counts for one of ours, as it has turned out; 1 where the tokenizer is exact.
  double token_ratio = 1;
};

/// The models a request can name. One object per loop, since providers belong to a loop.
class Models {
 public:
  /// Adds a provider under its name in the configuration, with the model it uses when none is named, and the tokenizer
  /// of its models (which outlives this object) where that is not to be told by their names.
  void add(std::string name, std::unique_ptr<Provider> provider, std::string default_model,
           const Tokenizer* tokenizer = nullptr);
  bool has(std::string_view name) const { return entry(name) != nullptr; }
  /// What has been learnt of estimates; it must outlive this object. Unset: nothing.
  void calibrate_by(const Calibration& calibration) { calibration_ = &calibration; }
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
    const Tokenizer* tokenizer;
  };
  ModelChoice choice(const Entry& entry, std::string model) const;
  const Entry* entry(std::string_view name) const;
  std::vector<Entry> entries_;
  std::string active_;
  const Calibration* calibration_ = nullptr;
};

}  // namespace convoke
