#pragma once
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace convoke {

/// Learns, for each model, how our estimate of a prompt compares with what the provider counts, and how long its
/// answers are. Callable from any thread.
class Calibration {
 public:
  /// The estimate as the provider would count it.
  std::int64_t prompt_tokens(std::string_view provider, std::string_view model, std::int64_t estimated) const;
  /// About how long an answer will be: longer than most have been.
  std::int64_t answer_tokens(std::string_view provider, std::string_view model) const;

  void learn(std::string_view provider, std::string_view model, std::int64_t estimated, std::int64_t counted,
             std::int64_t answered);

 private:
  struct Known {
    double ratio = 1;
    double answer = 1024, spread = 0;
  };
  Known known(std::string_view provider, std::string_view model) const;

  mutable std::mutex mutex_;
  std::map<std::string, Known, std::less<>> models_;
};

}  // namespace convoke
