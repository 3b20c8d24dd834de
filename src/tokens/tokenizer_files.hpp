#pragma once
#include <string>

#include "base/result.hpp"
#include "tokens/tokenizer.hpp"

namespace convoke {

/// The tokenizer in a file `tokenizer.json`. A file is read by the first call that names it, which takes up to a
/// second, and again when it has changed; what was read lives as long as the program. The error names the file, and
/// what in it is not known here. Callable from any thread.
Result<const Tokenizer*> tokenizer_from_file(const std::string& path);

}  // namespace convoke
