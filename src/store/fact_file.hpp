#pragma once
#include <mutex>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "domain/fact.hpp"

namespace convoke {

/// Facts in a file of their own, JSON and readable for its owner only. Every change writes the whole file anew beside
/// the old one and puts it in its place: after a crash there is either. What is deleted is gone from the disk as far as
/// the file system lets it. Callable from any thread; blocks for the disk.
class FactFile {
 public:
  /// A file that does not exist yet is made by the first change.
  explicit FactFile(std::string path) : path_(std::move(path)) {}

  static constexpr std::size_t max_facts = 1'000;
  static constexpr std::size_t max_text_bytes = 2'000;

  /// The newest last. `unavailable` when the file cannot be read or is no list of facts; it is left as it is then.
  Result<std::vector<Fact>> all();
  /// `invalid_input` for a text that is empty or too long, `exhausted` when there are too many facts. One with the very
  /// same words is only brought up to date.
  Result<Fact> add(Fact fact);
  /// `not_found` if there is none with this id.
  Result<Fact> edit(const std::string& id, std::string text, WallTime now);
  Result<void> erase(const std::string& id);

 private:
  Result<void> load();
  Result<void> save(const std::vector<Fact>& facts) const;

  const std::string path_;
  std::mutex mutex_;
  bool is_loaded_ = false;
  std::vector<Fact> facts_;
};

}  // namespace convoke
