#include "app/tokens_command.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <istream>
#include <iterator>
#include <ostream>

#include "base/json.hpp"
#include "base/plain_numbers.hpp"
#include "tokens/models.hpp"

namespace convoke {
namespace {

Result<std::string> read_all(std::istream& input, const std::string& name) {
  std::string text(std::istreambuf_iterator<char>(input), {});
  if (input.bad()) return fail(Errc::unavailable, fmt::format("{}: {}", name, std::strerror(errno)));
  return text;
}

Result<std::string> read_text(const std::string& file, std::istream& input) {
  if (file == "-") return read_all(input, "standard input");
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  if (!stream || stream.peek() == std::ifstream::traits_type::eof()) {
    // A folder opens, and fails at the first byte.
    if (errno != 0) return fail(Errc::not_found, fmt::format("{}: {}", file, std::strerror(errno)));
    return std::string();
  }
  return read_all(stream, file);
}

}  // namespace

bool count_tokens(const TokensCommand& command, std::istream& input, std::ostream& output, std::ostream& complaints) {
  const std::vector<std::string> files = command.files.empty() ? std::vector<std::string>{"-"} : command.files;
  const Tokenizer& tokenizer = tokenizer_for_model(command.model);
  bool all_read = true;
  std::int64_t sum = 0;
  for (const std::string& file : files) {
    const auto text = read_text(file, input);
    if (!text) {
      complaints << "convoke: " << text.error().message << '\n';
      if (command.json)
        output << json::serialize(json::object{{"file", file}, {"problem", text.error().message}}) << '\n';
      all_read = false;
      continue;
    }
    const std::int64_t tokens = tokenizer.count(*text);
    sum += tokens;
    if (command.json) {
      output << plain_numbers(json::serialize(json::object{{"file", file},
                                                           {"tokens", tokens},
                                                           {"bytes", text->size()},
                                                           {"tokenizer", tokenizer.name()},
                                                           {"error", tokenizer.error()}}))
             << '\n';
    } else if (files.size() == 1) {
      output << tokens << '\n';
    } else {
      output << tokens << ' ' << file << '\n';
    }
  }
  if (!command.json && files.size() > 1) output << sum << " total\n";
  if (!command.json && tokenizer.error() > 0) {
    complaints << fmt::format("convoke: the tokenizer of {} is not known; this is an estimate, off by up to {:.0f} %\n",
                              command.model, 100 * tokenizer.error());
  }
  return all_read;
}

}  // namespace convoke
