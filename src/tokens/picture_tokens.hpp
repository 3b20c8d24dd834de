#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace convoke {

struct PictureSize {
  std::int64_t width = 0, height = 0;  ///< in pixels, above 0
  bool operator==(const PictureSize&) const = default;
};

/// The size a PNG, GIF, JPEG or WebP picture says it has, in Base64 as providers get it. Only its head is read. Nothing
/// where it says none.
std::optional<PictureSize> picture_size(std::string_view base64);

/// How a model's provider counts pictures: in squares of so many pixels, once the picture has been made small enough.
/// From what the providers publish; what they bill is told by their usage.
struct PictureRule {
  int square = 28;                   ///< pixels on each side
  std::int64_t most_squares = 4000;  ///< a larger picture is scaled down to about these
  std::int64_t longest_side = 0;     ///< first; 0: any
  std::int64_t shortest_side = 0;    ///< and this one is scaled down to; 0: any
  std::int64_t base = 0;             ///< tokens, whatever the size
  double per_square = 1;             ///< tokens
  bool operator==(const PictureRule&) const = default;
};

/// The rule of a model, by the name its provider knows it by. For one that is not known, about what most need.
PictureRule picture_rule_for_model(std::string_view model);

/// The tokens of a picture; one whose size nobody knows is taken for 1024 by 1024.
std::int64_t picture_tokens(const PictureRule& rule, std::optional<PictureSize> size);

}  // namespace convoke
