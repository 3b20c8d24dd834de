#pragma once
#include <string>
#include <vector>

#include "cli/server_link.hpp"

namespace convoke {

// Commands about the conversations of a running server. Each returns the exit code: 0 done, 1 failed.

struct ExportOptions {
  ServerAddress server{};
  std::vector<std::string> conversations{};
  bool all = false;
  std::string format = "jsonl";
  std::string file{};  ///< empty: stdout
};
int export_conversations(const ExportOptions& options);

struct ImportOptionsOfCommand {
  ServerAddress server{};
  std::string file{};  ///< "-": stdin
  bool copy = false;
};
int import_conversations(const ImportOptionsOfCommand& options);

struct SearchOptions {
  ServerAddress server{};
  std::string words{};
  std::string role{};
  std::string conversation{};
  int limit = 20;
  bool json = false;
};
int search_conversations(const SearchOptions& options);

}  // namespace convoke
