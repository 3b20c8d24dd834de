#include "tokens/picture_tokens.hpp"

#include <algorithm>
#include <cmath>
#include <string>

namespace convoke {
namespace {

// Of squares of 512 pixels, after the picture was made to fit into 2048 by 2048 and its shorter side 768.
constexpr PictureRule tiles(std::int64_t base, double per_tile) { return {512, 100, 2048, 768, base, per_tile}; }
constexpr PictureRule patches(std::int64_t most, double each) { return {32, most, 0, 0, 0, each}; }

struct Family {
  std::string_view name;  ///< how the model's name begins
  PictureRule rule;
};

// A longer name stands before a shorter one that it begins with. OpenAI's and Anthropic's guides to vision, November
// 2026.
constexpr Family families[] = {
    {"gpt-4o-mini", tiles(2833, 5667)},
    {"gpt-4o", tiles(85, 170)},
    {"gpt-4.1-mini", patches(1536, 1.62)},
    {"gpt-4.1-nano", patches(1536, 2.46)},
    {"gpt-4.1", tiles(85, 170)},
    {"gpt-4.5", tiles(85, 170)},
    {"gpt-4", tiles(85, 170)},
    {"o4-mini", patches(1536, 1.72)},
    {"o1", tiles(75, 150)},
    {"o3", tiles(75, 150)},
    {"gpt-5-mini", patches(1536, 1.62)},
    {"gpt-5-nano", patches(1536, 2.46)},
    {"gpt-5.4", patches(2500, 1.2)},
    {"gpt-5.5", patches(2500, 1.2)},
    {"gpt-5.6", patches(2500, 1.2)},
    {"gpt-5", tiles(70, 140)},
    {"gpt-", patches(2500, 1.2)},
    {"chatgpt-4o", tiles(85, 170)},
};

constexpr PictureRule older_claude{28, 4000, 1568, 0, 0, 28.0 * 28.0 / 750.0};
constexpr PictureRule others{};

/// Those up to Claude 4.6 are shown smaller pictures.
bool is_older_claude(std::string_view model) {
  for (const std::string_view name : {"claude-3", "claude-2"}) {
    if (model.starts_with(name)) return true;
  }
  for (const std::string_view kind : {"claude-opus-4", "claude-sonnet-4", "claude-haiku-4"}) {
    if (!model.starts_with(kind)) continue;
    const std::string_view minor = model.substr(std::min(kind.size() + 1, model.size()), 1);
    return minor < "7" || model.size() > kind.size() + 3;  // a date is no minor version
  }
  return false;
}

}  // namespace

PictureRule picture_rule_for_model(std::string_view model) {
  if (const auto slash = model.rfind('/'); slash != std::string_view::npos) model.remove_prefix(slash + 1);
  if (model.starts_with("ft:")) model.remove_prefix(3);
  std::string name(model);
  if (name.starts_with("claude")) std::ranges::replace(name, '.', '-');  // as routers spell it
  if (is_older_claude(name)) return older_claude;
  const auto family =
      std::ranges::find_if(families, [&](const Family& one) { return std::string_view(name).starts_with(one.name); });
  const bool is_open = name.starts_with("gpt-oss");
  return family == std::end(families) || is_open ? others : family->rule;
}

std::int64_t picture_tokens(const PictureRule& rule, std::optional<PictureSize> size) {
  constexpr PictureSize usual{1024, 1024};
  constexpr std::int64_t absurd = 100'000;  // pixels
  const PictureSize given = size.value_or(usual);
  auto width = static_cast<double>(std::clamp<std::int64_t>(given.width, 1, absurd));
  auto height = static_cast<double>(std::clamp<std::int64_t>(given.height, 1, absurd));
  const auto scale_down = [&](double factor) {
    if (factor < 1) width *= factor, height *= factor;
  };
  const auto squares = [&] { return std::ceil(width / rule.square) * std::ceil(height / rule.square); };
  if (rule.longest_side > 0) scale_down(static_cast<double>(rule.longest_side) / std::max(width, height));
  if (rule.shortest_side > 0) scale_down(static_cast<double>(rule.shortest_side) / std::min(width, height));
  const double counted = std::min(squares(), static_cast<double>(rule.most_squares));
  return rule.base + static_cast<std::int64_t>(std::ceil(counted * rule.per_square));
}

}  // namespace convoke
