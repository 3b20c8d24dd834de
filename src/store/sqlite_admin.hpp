#pragma once
#include <string>
#include <vector>

#include "store/retention.hpp"

namespace convoke {

// What the people who run a server do with its file. All block. Those that change the file claim it: `conflict` while a
// server has it. The others work beside a running server.

/// What is wrong with the file, a line each; empty if nothing is: pages, indexes, and what this program relies on
/// beyond those.
Result<std::vector<std::string>> check_file(const std::string& path);

/// Copies the file as it is at one moment into `target`, which must not exist; it appears whole or not at all. A server
/// may go on writing meanwhile. Returns the bytes of the copy.
Result<std::int64_t> back_up_file(const std::string& path, const std::string& target);

/// Puts a copy in the place of the file. What was there is kept beside it; its new name is returned, empty if there was
/// nothing. A damaged copy is refused.
Result<std::string> restore_file(const std::string& copy, const std::string& path);

/// Rewrites the file without free space. Returns the bytes it gave back.
Result<std::int64_t> vacuum_file(const std::string& path);

/// What `recover_file` could save.
struct Recovered {
  std::int64_t events = 0;
  std::int64_t conversations = 0;
  std::int64_t damaged = 0;  ///< places that could not be read, each perhaps several events
};

/// Copies every event that can still be read from a damaged file into `target`, which must not exist.
Result<Recovered> recover_file(const std::string& path, const std::string& target);

/// What has to go by `rule`. Changes nothing.
Result<std::vector<Trim>> plan_trims_of_file(const std::string& path, const RetentionRule& rule);

}  // namespace convoke
