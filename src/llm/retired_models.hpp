#pragma once
#include <string>
#include <string_view>

namespace convoke {

/// A model its maker has switched off, or will.
struct RetiredModel {
  std::string_view name;       ///< as at its maker; a dated name begins with it
  std::string_view on;         ///< the day, as YYYY-MM-DD
  std::string_view successor;  ///< what its maker recommends, by the name the same provider knows
};

/// Nothing for a model that lives, or that we know nothing of. Dated and routed names are found too:
/// "claude-opus-4-1-20250805", "llama-3.3-70b-versatile", "anthropic/claude-3-opus".
const RetiredModel* find_retired_model(std::string_view model);

/// "'x' was retired on 2026-08-16; use 'y' instead", or "" for a model that was not.
std::string retirement_note(std::string_view model);

}  // namespace convoke
