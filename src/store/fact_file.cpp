#include "store/fact_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace convoke {
namespace {

Result<void> check(std::string_view text) {
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    return fail(Errc::invalid_input, "there is nothing to remember");
  }
  if (text.size() > FactFile::max_text_bytes) {
    return fail(Errc::invalid_input, fmt::format("a fact has at most {} bytes", FactFile::max_text_bytes));
  }
  return {};
}

std::unexpected<Error> no_fact(const std::string& id) {
  return fail(Errc::not_found, fmt::format("nothing is remembered under the id '{}'", id));
}

std::unexpected<Error> trouble(const std::string& path) {
  return fail(Errc::unavailable, fmt::format("{}: {}", path, std::strerror(errno)));
}

/// Writes and waits for the disk.
Result<void> write_file(const std::string& path, std::string_view text) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return trouble(path);
  bool ok = true;
  while (ok && !text.empty()) {
    const ssize_t written = write(file, text.data(), text.size());
    ok = written > 0;
    if (ok) text.remove_prefix(static_cast<std::size_t>(written));
  }
  ok = ok && fsync(file) == 0;
  const int error = errno;
  close(file);
  errno = error;
  return ok ? Result<void>{} : trouble(path);
}

}  // namespace

Result<void> FactFile::load() {
  if (is_loaded_) return {};
  std::error_code error;
  if (!std::filesystem::exists(path_, error)) {
    is_loaded_ = true;
    return {};
  }
  std::ifstream stream(path_);
  if (!stream) return trouble(path_);
  const std::string text(std::istreambuf_iterator<char>(stream), {});
  const auto parsed = parse_json(text);
  const json::array* rows = parsed && parsed->is_array() ? &parsed->get_array() : nullptr;
  if (!rows) return fail(Errc::unavailable, path_ + ": not a list of facts; put it right or away");
  for (const json::value& row : *rows) {
    if (auto fact = fact_from_json(row)) facts_.push_back(*std::move(fact));
  }
  is_loaded_ = true;
  return {};
}

Result<void> FactFile::save(const std::vector<Fact>& facts) const {
  std::string text = "[";
  for (const Fact& fact : facts) text += (text.size() == 1 ? "\n" : ",\n") + json::serialize(to_json(fact));
  text += "\n]\n";
  const std::string fresh = path_ + "-new";
  CHECK_OK(write_file(fresh, text));
  if (rename(fresh.c_str(), path_.c_str()) != 0) return trouble(path_);
  const auto folder = std::filesystem::absolute(path_).parent_path();
  const int directory = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return trouble(folder);
  fsync(directory);
  close(directory);
  return {};
}

Result<std::vector<Fact>> FactFile::all() {
  const std::lock_guard lock(mutex_);
  CHECK_OK(load());
  return facts_;
}

Result<Fact> FactFile::add(Fact fact) {
  const std::lock_guard lock(mutex_);
  CHECK_OK(check(fact.text));
  CHECK_OK(load());
  std::vector<Fact> changed = facts_;
  if (const auto same = std::ranges::find(changed, fact.text, &Fact::text); same != changed.end()) {
    fact.id = same->id;
    fact.created = same->created;
    changed.erase(same);
  }
  if (changed.size() >= max_facts) {
    return fail(Errc::exhausted, fmt::format("{} facts are remembered already; forget some first", max_facts));
  }
  changed.push_back(fact);
  CHECK_OK(save(changed));
  facts_ = std::move(changed);
  return fact;
}

Result<Fact> FactFile::edit(const std::string& id, std::string text, WallTime now) {
  const std::lock_guard lock(mutex_);
  CHECK_OK(check(text));
  CHECK_OK(load());
  std::vector<Fact> changed = facts_;
  const auto found = std::ranges::find(changed, id, &Fact::id);
  if (found == changed.end()) return no_fact(id);
  found->text = std::move(text);
  found->updated = now;
  Fact fact = *found;
  CHECK_OK(save(changed));
  facts_ = std::move(changed);
  return fact;
}

Result<void> FactFile::erase(const std::string& id) {
  const std::lock_guard lock(mutex_);
  CHECK_OK(load());
  std::vector<Fact> changed = facts_;
  if (std::erase_if(changed, [&](const Fact& fact) { return fact.id == id; }) == 0) return no_fact(id);
  CHECK_OK(save(changed));
  facts_ = std::move(changed);
  return {};
}

}  // namespace convoke
