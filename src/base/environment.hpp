#pragma once
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace convoke {

/// Looks up an environment variable; nothing when it is not set. A parameter, so that tests need not touch the real
/// one.
using Environment = std::function<std::optional<std::string>(std::string_view name)>;

/// The process's own environment.
std::optional<std::string> system_environment(std::string_view name);

/// Replaces the references to environment variables in a configuration value: `env:NAME` when it is the whole value,
/// and
/// `${NAME}`, `${NAME:-default}`, `${env:NAME}` anywhere in it. `$${` stands for a literal `${`. What is not a
/// reference stays as it is. The error is the name of the first variable that is not set and has no default; an empty
/// variable counts as set, except where there is a default.
std::expected<std::string, std::string> expand_environment(std::string_view text, const Environment& environment);

}  // namespace convoke
