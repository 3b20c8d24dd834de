#pragma once
#include <string>
#include <string_view>

#include "base/secret.hpp"
#include "base/task.hpp"

/// Encryption of what is kept on disk, with AES-256-GCM.
namespace convoke::mcp {

/// 32 bytes. Not for text.
using StorageKey = Secret;

/// The key that `given` stands for, which may be any text, or, if that is empty, the one in `file`, which is made when
/// it is not there. `denied` when others may read the file, `invalid_input` when it holds no key, `unavailable` when it
/// can be neither read nor made.
Result<StorageKey> storage_key(const Secret& given, const std::string& file);

/// `plain` for nobody but who has the key; a line of text.
std::string sealed(const StorageKey& key, std::string_view plain);
/// `invalid_input` when it was changed, or was sealed with another key.
Result<std::string> unsealed(const StorageKey& key, std::string_view text);

/// The whole file; "" when it is not there or cannot be read.
std::string contents_of(const std::string& path);
/// Replaces a file by one that only its owner can read, as a whole: a crash leaves the old one or the new one.
bool replace_private(const std::string& path, std::string_view text);

}  // namespace convoke::mcp
