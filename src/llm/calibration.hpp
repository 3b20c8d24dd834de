#pragma once
#include <array>
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
  /// How many tokens the provider counts for one of ours: 1 before anything is known, 0.25 to 4 later. The median of
  /// the last nine prompts, so that a few that were counted oddly change nothing.
  double ratio(std::string_view provider, std::string_view model) const;
  /// The estimate as the provider would count it.
  std::int64_t prompt_tokens(std::string_view provider, std::string_view model, std::int64_t estimated) const;
  /// About how long an answer will be: longer than most have been.
  std::int64_t answer_tokens(std::string_view provider, std::string_view model) const;

  void learn(std::string_view provider, std::string_view model, std::int64_t estimated, std::int64_t counted,
             std::int64_t answered);

 private:
  struct Known {
    std::array<double, 9> ratios{};  ///< of the last prompts, the newest over the oldest
    std::size_t seen = 0;
    double answer = 1024, spread = 0;
  };
  static double median(const Known& known);
  Known known(std::string_view provider, std::string_view model) const;

  mutable std::mutex mutex_;
  std::map<std::string, Known, std::less<>> models_;
};

}  // namespace convoke
