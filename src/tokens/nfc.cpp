#include "tokens/nfc.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <tuple>
#include <unordered_map>
#include <vector>

namespace convoke {
namespace {

struct Decomposition {
  std::uint32_t code;
  std::uint32_t first;
  std::uint32_t second;  ///< 0: there is only one
  bool composes;
};

#include "tokens/unicode_compositions.inc"

using CodePoints = std::vector<std::uint32_t>;

// Hangul syllables, as the standard names the numbers (section 3.12).
constexpr std::uint32_t s_base = 0xac00, l_base = 0x1100, v_base = 0x1161, t_base = 0x11a7;
constexpr std::uint32_t l_count = 19, v_count = 21, t_count = 28, s_count = l_count * v_count * t_count;

unsigned combining_class(std::uint32_t c) {
  const auto* after = std::upper_bound(std::begin(class_starts), std::end(class_starts), c << 8 | 0xffU);
  return after == std::begin(class_starts) ? 0 : *(after - 1) & 0xffU;
}

void decompose(std::uint32_t c, CodePoints& into) {
  if (c >= s_base && c < s_base + s_count) {
    const std::uint32_t s = c - s_base;
    into.push_back(l_base + s / (v_count * t_count));
    into.push_back(v_base + s % (v_count * t_count) / t_count);
    if (s % t_count != 0) into.push_back(t_base + s % t_count);
    return;
  }
  const auto* found = std::ranges::lower_bound(decompositions, c, {}, &Decomposition::code);
  if (found == std::end(decompositions) || found->code != c) return into.push_back(c);
  decompose(found->first, into);
  if (found->second != 0) decompose(found->second, into);
}

/// 0: the two do not compose.
std::uint32_t composed(std::uint32_t first, std::uint32_t second) {
  if (first - l_base < l_count && second - v_base < v_count) {
    return s_base + ((first - l_base) * v_count + (second - v_base)) * t_count;
  }
  if (first - s_base < s_count && (first - s_base) % t_count == 0 && second - t_base - 1 < t_count - 1) {
    return first + (second - t_base);
  }
  static const auto pairs = [] {
    std::unordered_map<std::uint64_t, std::uint32_t> all;
    for (const Decomposition& d : decompositions) {
      if (d.composes) all.emplace(static_cast<std::uint64_t>(d.first) << 32 | d.second, d.code);
    }
    return all;
  }();
  const auto found = pairs.find(static_cast<std::uint64_t>(first) << 32 | second);
  return found == pairs.end() ? 0 : found->second;
}

/// Marks between two starters go by their class, those of one class stay in their order.
void put_in_order(CodePoints& text) {
  for (auto at = text.begin(); at != text.end();) {
    const auto is_starter = [](std::uint32_t c) { return combining_class(c) == 0; };
    const auto begin = std::find_if_not(at, text.end(), is_starter);
    at = std::find_if(begin, text.end(), is_starter);
    std::vector<std::tuple<unsigned, std::ptrdiff_t, std::uint32_t>> marks;
    for (auto c = begin; c != at; ++c) marks.emplace_back(combining_class(*c), c - begin, *c);
    std::ranges::sort(marks);
    std::ranges::transform(marks, begin, [](const auto& mark) { return std::get<2>(mark); });
  }
}

CodePoints compose(const CodePoints& text) {
  CodePoints result;
  std::size_t starter = text.size();  // in `result`; text.size(): none yet
  unsigned last_class = 0;
  for (const std::uint32_t c : text) {
    const unsigned own_class = combining_class(c);
    const bool is_next = starter + 1 == result.size();
    const bool is_blocked = !is_next && last_class >= own_class;
    if (starter < text.size() && !is_blocked) {
      if (const std::uint32_t made = composed(result[starter], c)) {
        result[starter] = made;
        continue;
      }
    }
    if (own_class == 0) starter = result.size();
    last_class = own_class;
    result.push_back(c);
  }
  return result;
}

void append_utf8(std::string& text, std::uint32_t c) {
  const auto continuation = [&](unsigned shift) { text += static_cast<char>(0x80 | (c >> shift & 0x3f)); };
  if (c < 0x80) {
    text += static_cast<char>(c);
  } else if (c < 0x800) {
    text += static_cast<char>(0xc0 | c >> 6);
    continuation(0);
  } else if (c < 0x10000) {
    text += static_cast<char>(0xe0 | c >> 12);
    continuation(6), continuation(0);
  } else {
    text += static_cast<char>(0xf0 | c >> 18);
    continuation(12), continuation(6), continuation(0);
  }
}

}  // namespace

std::string to_nfc(std::string_view text) {
  // Below U+0300 everything is composed already.
  const auto is_early = [](char c) { return static_cast<unsigned char>(c) < 0xcc; };
  if (std::ranges::all_of(text, is_early)) return std::string(text);
  CodePoints code_points;
  for (std::size_t at = 0; at < text.size();) {
    const auto lead = static_cast<unsigned char>(text[at++]);
    const int more = lead < 0x80 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
    std::uint32_t c = more == 0 ? lead : lead & (0x3fU >> more);
    for (int i = 0; i < more; ++i) c = c << 6 | (static_cast<unsigned char>(text[at++]) & 0x3fU);
    decompose(c, code_points);
  }
  put_in_order(code_points);
  std::string result;
  for (const std::uint32_t c : compose(code_points)) append_utf8(result, c);
  return result;
}

}  // namespace convoke
