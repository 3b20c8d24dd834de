#include "tokens/tokenizer_files.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <mutex>

#include "tokens/tokenizer_file.hpp"

namespace convoke {
namespace {

struct Known {
  std::filesystem::file_time_type changed;
  std::uintmax_t size;
  std::unique_ptr<const FileTokenizer> tokenizer;
};

Result<std::string> read_file(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) return fail(Errc::not_found, std::strerror(errno));
  return std::string(std::istreambuf_iterator<char>(stream), {});
}

}  // namespace

Result<const Tokenizer*> tokenizer_from_file(const std::string& path) {
  static std::mutex mutex;
  static std::multimap<std::string, Known> all;
  std::error_code missing;
  const auto changed = std::filesystem::last_write_time(path, missing);
  const auto size = missing ? 0 : std::filesystem::file_size(path, missing);
  if (missing) return fail(Errc::not_found, path + ": " + missing.message());
  const std::lock_guard lock(mutex);
  const auto [begin, end] = all.equal_range(path);
  for (auto known = begin; known != end; ++known) {
    if (known->second.changed == changed && known->second.size == size) return known->second.tokenizer.get();
  }
  TRY(const std::string text, during(path, read_file(path)));
  TRY(FileTokenizer tokenizer, during(path, FileTokenizer::parse(text)));
  auto kept = std::make_unique<const FileTokenizer>(std::move(tokenizer));
  return all.emplace(path, Known{changed, size, std::move(kept)})->second.tokenizer.get();
}

}  // namespace convoke
