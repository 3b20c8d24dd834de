#include "base/config_problem.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace convoke {
namespace {

/// Letters to insert, drop, change or swap with their neighbour to make `a` into `b`.
std::size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0u);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::vector<std::size_t> next(b.size() + 1, i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = row[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      next[j] = std::min({row[j] + 1, next[j - 1] + 1, change});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) next[j] = std::min(next[j], before[j - 2] + 1);
    }
    before = std::exchange(row, std::move(next));
  }
  return row[b.size()];
}

}  // namespace

std::string describe(const ConfigProblem& problem) {
  std::string text = problem.file;
  if (problem.line > 0) text += fmt::format(":{}", problem.line);
  text += ": ";
  if (!problem.key.empty()) text += problem.key;
  if (!problem.value.empty()) text += fmt::format(" is \"{}\"", problem.value);
  if (!problem.key.empty()) text += ": ";
  return text + problem.expected;
}

std::string nearest(const std::string& misspelt, const std::vector<std::string>& known) {
  std::string best;
  std::size_t best_distance = (misspelt.size() + 2) / 3 + 1;
  for (const std::string& name : known) {
    const std::size_t distance = edit_distance(misspelt, name);
    if (distance < best_distance) best = name, best_distance = distance;
  }
  return best;
}

}  // namespace convoke
