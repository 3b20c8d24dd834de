#include "cli/conversation_files.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>

#include "base/utf8.hpp"

namespace convoke {
namespace {

constexpr std::size_t piece_bytes = 48 * 1024;
constexpr std::size_t longest_character = 4;

std::string line_about(const json::value& one) {
  const std::string now = string_or_empty(one, "conversation_id");
  const std::string was = string_or_empty(one, "id");
  if (now.empty()) return was + ": is there already; nothing was changed";
  std::string line = fmt::format("{}: {} events", now, find_integer(one, "events").value_or(0));
  if (!was.empty() && was != now) line += fmt::format(", a copy of {}", was);
  if (const auto left_out = find_integer(one, "left_out"))
    line += fmt::format(", {} system messages left out", *left_out);
  return line;
}

void note(const json::value& data, ImportedFile& sent) {
  const json::array* conversations = find_array(data, "conversations");
  for (const json::value& one : conversations ? *conversations : json::array{}) {
    const bool is_refused = find_bool(one, "exists").value_or(false);
    ++(is_refused ? sent.refused : sent.imported);
    if (!is_refused || sent.refused <= ImportedFile::most_refused_told) sent.lines.push_back(line_about(one));
  }
}

}  // namespace

Task<Result<std::vector<std::string>>> all_conversations(ServerLink& server) {
  constexpr int page = 500;
  std::vector<std::string> ids;
  for (const bool archived : {false, true}) {
    for (int offset = 0;; offset += page) {
      json::object payload{{"archived", archived}, {"offset", offset}, {"limit", page}};
      CO_TRY(const json::value data, co_await server.query("conversations.list", std::move(payload)));
      const json::array* rows = find_array(data, "conversations");
      if (!rows || rows->empty()) break;
      for (const json::value& row : *rows) {
        std::string id = string_or_empty(row, "id");
        // What is talked in meanwhile moves to the beginning of the list.
        if (std::ranges::find(ids, id) == ids.end()) ids.push_back(std::move(id));
      }
    }
  }
  co_return ids;
}

Task<Result<std::int64_t>> export_to(ServerLink& server, std::string conversation_id, std::string format,
                                     std::ostream& out) {
  const auto write = [&](std::string_view piece) -> Result<void> {
    out << piece;
    if (!out) return fail(Errc::unavailable, "the file cannot be written");
    return {};
  };
  json::object payload{{"conversation_id", conversation_id}, {"format", format}};
  CO_TRY(const json::value data, co_await server.query("conversations.export", std::move(payload), write));
  co_return find_integer(data, "events").value_or(0);
}

Task<Result<std::int64_t>> export_to_file(ServerLink& server, std::vector<std::string> conversation_ids,
                                          std::string format, std::string path) {
  const std::string part = path + ".part";
  std::ofstream file(part, std::ios::binary | std::ios::trunc);
  if (!file) co_return fail(Errc::unavailable, part + ": cannot be written");
  std::int64_t events = 0;
  std::optional<Error> problem;
  for (const std::string& id : conversation_ids) {
    const auto written = co_await export_to(server, id, format, file);
    if (!written) {
      problem = written.error();
      break;
    }
    events += *written;
  }
  file.close();
  std::error_code error;
  if (!problem && !file) problem = {Errc::unavailable, part + ": cannot be written", {}};
  if (!problem) std::filesystem::rename(part, path, error);
  if (!problem && error) problem = {Errc::unavailable, path + ": " + error.message(), {}};
  if (problem) {
    std::filesystem::remove(part, error);
    co_return fail(*std::move(problem));
  }
  co_return events;
}

Task<Result<void>> import_from(ServerLink& server, std::istream& file, bool copy, ImportedFile& sent) {
  std::string import_id;
  std::string waiting;
  std::int64_t line = 1;
  for (bool is_last = false; !is_last;) {
    std::string piece(piece_bytes, '\0');
    file.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    piece.resize(static_cast<std::size_t>(file.gcount()));
    if (file.bad()) co_return fail(Errc::unavailable, "the file cannot be read");
    is_last = file.eof();
    waiting += piece;
    const std::size_t valid = valid_utf8_prefix(waiting);
    line += std::count(waiting.begin(), waiting.begin() + static_cast<std::ptrdiff_t>(valid), '\n');
    if (waiting.size() - valid >= (is_last ? 1 : longest_character)) {
      co_return fail(Errc::invalid_input, fmt::format("line {}: is not UTF-8", line));
    }
    json::object payload{{"text", waiting.substr(0, valid)}, {"last", is_last}, {"copy", copy}};
    waiting.erase(0, valid);
    if (!import_id.empty()) payload["import_id"] = import_id;
    CO_TRY(const json::value data, co_await server.query("conversations.import", std::move(payload)));
    import_id = string_or_empty(data, "import_id");
    note(data, sent);
  }
  co_return Result<void>{};
}

}  // namespace convoke
