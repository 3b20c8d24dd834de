#pragma once
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

namespace convoke::bench {

/// One figure as one JSON line on stdout. `peer` names what it is held against in the same run and `ratio` says how
/// many times better it is than that; both are left out where there is nothing to compare with.
inline void report(const std::string& name, double value, const std::string& unit) {
  std::printf(R"({"name":"%s","value":%.6g,"unit":"%s"})"
              "\n",
              name.c_str(), value, unit.c_str());
  std::fflush(stdout);
}
inline void report(const std::string& name, double value, const std::string& unit, const std::string& peer,
                   double ratio) {
  std::printf(R"({"name":"%s","value":%.6g,"unit":"%s","peer":"%s","ratio":%.4g})"
              "\n",
              name.c_str(), value, unit.c_str(), peer.c_str(), ratio);
  std::fflush(stdout);
}

/// The value below which `share` (0 to 1) of the samples lie. There must be one.
inline double quantile(std::vector<double> samples, double share) {
  std::ranges::sort(samples);
  return samples[std::min(samples.size() - 1, static_cast<std::size_t>(share * static_cast<double>(samples.size())))];
}
inline double median(std::vector<double> samples) { return quantile(std::move(samples), 0.5); }

/// Seconds since it was made.
class Stopwatch {
 public:
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace convoke::bench
