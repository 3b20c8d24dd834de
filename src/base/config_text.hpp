#pragma once
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "base/config_problem.hpp"

namespace convoke {

/// The text of a configuration file; nothing where there is none. The problem: it is a folder, or cannot be read.
std::expected<std::optional<std::string>, ConfigProblem> read_config_file(const std::string& path);

/// The problem of a text that is not UTF-8, with its line; nothing for one that is. `file` is its name.
std::optional<ConfigProblem> encoding_problem(std::string_view text, const std::string& file);

/// True where a reference to an environment variable begins, `${NAME`, and nothing ends it. `$${` begins none.
bool has_unclosed_reference(std::string_view text);

}  // namespace convoke
