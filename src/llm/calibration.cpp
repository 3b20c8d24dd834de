#include "llm/calibration.hpp"

#include <algorithm>
#include <cmath>

namespace convoke {
namespace {

constexpr std::size_t most_models = 1024;  // names come from clients
constexpr double weight = 0.125;           // of the newest call
/// A shorter prompt tells more of what providers add to each than of their tokenizer.
constexpr std::int64_t shortest_telling_prompt = 200;

std::string name(std::string_view provider, std::string_view model) {
  return std::string(provider) + '\n' + std::string(model);
}

}  // namespace

Calibration::Known Calibration::known(std::string_view provider, std::string_view model) const {
  const std::lock_guard lock(mutex_);
  const auto found = models_.find(name(provider, model));
  return found == models_.end() ? Known{} : found->second;
}

double Calibration::median(const Known& known) {
  const std::size_t count = std::min(known.seen, known.ratios.size());
  if (count == 0) return 1;
  auto ratios = known.ratios;
  const auto middle = ratios.begin() + static_cast<std::ptrdiff_t>(count / 2);
  std::nth_element(ratios.begin(), middle, ratios.begin() + static_cast<std::ptrdiff_t>(count));
  return *middle;
}

double Calibration::ratio(std::string_view provider, std::string_view model) const {
  return median(known(provider, model));
}

std::int64_t Calibration::prompt_tokens(std::string_view provider, std::string_view model,
                                        std::int64_t estimated) const {
  return std::llround(std::ceil(static_cast<double>(estimated) * ratio(provider, model)));
}

std::int64_t Calibration::answer_tokens(std::string_view provider, std::string_view model) const {
  const Known it = known(provider, model);
  return std::llround(it.answer + 2 * it.spread);
}

void Calibration::learn(std::string_view provider, std::string_view model, std::int64_t estimated, std::int64_t counted,
                        std::int64_t answered) {
  if (estimated <= 0 || counted <= 0) return;
  const std::lock_guard lock(mutex_);
  if (models_.size() >= most_models) models_.clear();
  Known& it = models_[name(provider, model)];
  if (estimated >= shortest_telling_prompt) {
    // A provider that is far off counts something else, a hidden prompt or nothing at all.
    const double ratio = std::clamp(static_cast<double>(counted) / static_cast<double>(estimated), 0.25, 4.0);
    it.ratios[it.seen++ % it.ratios.size()] = ratio;
  }
  const double off = static_cast<double>(answered) - it.answer;
  it.answer += weight * off;
  it.spread += weight * (std::abs(off) - it.spread);
}

}  // namespace convoke
