#pragma once
#include "app/config_reader.hpp"

namespace convoke {

/// What no single setting shows: values that do not go together. Part of config_loader; `outcome` is what `reader`
/// fills.
void check_together(const ConfigOverrides& overrides, const Environment& environment, ConfigReader& reader,
                    ConfigOutcome& outcome);

}  // namespace convoke
