#pragma once
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "domain/frames.hpp"
#include "store/fact_file.hpp"

namespace convoke {

/// What is remembered across conversations, because the user asked for it. Callable from any loop; the disk is waited
/// for on another thread.
class Memory {
 public:
  /// Without a file nothing is remembered: every call is `denied` and says how to switch it on.
  Memory(std::unique_ptr<FactFile> file, const Clock& clock, Executor workers)
      : file_(std::move(file)), clock_(clock), workers_(std::move(workers)) {}

  bool is_on() const { return file_ != nullptr; }

  Task<Result<Fact>> remember(std::string text, std::string conversation_id);
  /// The facts that share a word with `query`, those that share most first; all, the newest first, where that is empty.
  Task<Result<std::vector<Fact>>> recall(std::string query);
  Task<Result<void>> forget(std::string id);

  /// The data that answers a client's query.
  Task<Result<json::object>> answer(MemoryQuery query);

 private:
  template <class T>
  Task<Result<T>> use(std::function<Result<T>(FactFile&)> work);

  const std::unique_ptr<FactFile> file_;
  const Clock& clock_;
  Executor workers_;
};

}  // namespace convoke
