#include "cli/commands.hpp"

#include <unistd.h>

#include <fstream>
#include <iostream>

#include "base/run.hpp"
#include "cli/conversation_files.hpp"
#include "cli/search_lines.hpp"

namespace convoke {
namespace {

constexpr int done = 0;
constexpr int failed = 1;

int complain(const Error& error) {
  std::cerr << "convoke: " << error.message << '\n';
  return failed;
}

Task<Result<void>> export_them(ExportOptions options) {
  ServerLink server(options.server);
  if (options.all) {
    CO_TRY(options.conversations, co_await all_conversations(server));
  }
  if (!options.file.empty()) {
    CO_TRY(const std::int64_t events,
           co_await export_to_file(server, options.conversations, options.format, options.file));
    std::cerr << options.file << ": " << options.conversations.size() << " conversations, " << events << " events\n";
  } else {
    for (const std::string& id : options.conversations) {
      const auto written = co_await export_to(server, id, options.format, std::cout);
      CO_CHECK(written);
    }
    std::cout << std::flush;
  }
  co_await server.close();
  co_return Result<void>{};
}

Task<Result<int>> import_it(ImportOptionsOfCommand options) {
  ServerLink server(options.server);
  std::ifstream file;
  if (options.file != "-") {
    file.open(options.file, std::ios::binary);
    if (!file) co_return fail(Errc::not_found, options.file + ": cannot be read");
  }
  ImportedFile sent;
  const auto imported = co_await import_from(server, options.file == "-" ? std::cin : file, options.copy, sent);
  for (const std::string& line : sent.lines) std::cout << line << '\n';
  CO_CHECK(during(options.file, imported));
  std::cout << std::flush;
  std::cerr << options.file << ": " << sent.imported << " imported, " << sent.refused << " there already\n";
  co_await server.close();
  co_return sent.refused == 0 ? done : failed;
}

Task<Result<void>> search_them(SearchOptions options) {
  ServerLink server(options.server);
  json::object payload{{"text", options.words}, {"limit", options.limit}};
  if (!options.role.empty()) payload["role"] = options.role;
  if (!options.conversation.empty()) payload["conversation_id"] = options.conversation;
  CO_TRY(const json::value data, co_await server.query("search", std::move(payload)));
  const bool is_terminal = isatty(STDOUT_FILENO) != 0;
  std::cout << (options.json ? json::serialize(data) + "\n" : search_lines(data, is_terminal));
  co_await server.close();
  co_return Result<void>{};
}

}  // namespace

int export_conversations(const ExportOptions& options) {
  const auto written = run(export_them(options));
  return written ? done : complain(written.error());
}

int import_conversations(const ImportOptionsOfCommand& options) {
  const auto imported = run(import_it(options));
  return imported ? *imported : complain(imported.error());
}

int search_conversations(const SearchOptions& options) {
  const auto found = run(search_them(options));
  return found ? done : complain(found.error());
}

}  // namespace convoke
