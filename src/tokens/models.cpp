#include "tokens/models.hpp"

#include <algorithm>
#include <array>

#include "tokens/estimate.hpp"
#include "tokens/exact_tokenizer.hpp"

namespace convoke {
namespace {

class EstimatingTokenizer : public Tokenizer {
 public:
  std::string_view name() const override { return "estimate"; }
  std::int64_t count(std::string_view text) const override { return estimate_tokens(text); }
  double error() const override { return estimate_error; }
};

struct Family {
  std::string_view prefix;
  const ExactTokenizer& (*tokenizer)();
};

/// The first prefix that fits counts. What ends in a letter or digit must be followed by neither, so that "o1" is not
/// the front of "o1mini-of-someone-else".
constexpr std::array families{
    Family{"o200k_base", o200k_base},
    Family{"o200k_harmony", o200k_harmony},
    Family{"cl100k_base", cl100k_base},
    Family{"gpt-oss", o200k_harmony},
    Family{"chatgpt-4o", o200k_base},
    Family{"gpt-4o", o200k_base},
    Family{"gpt-4.1", o200k_base},
    Family{"gpt-4.5", o200k_base},
    Family{"gpt-5", o200k_base},
    Family{"gpt-6", o200k_base},
    Family{"o1", o200k_base},
    Family{"o3", o200k_base},
    Family{"o4", o200k_base},
    Family{"codex", o200k_base},
    Family{"gpt-4", cl100k_base},
    Family{"gpt-3.5", cl100k_base},
    Family{"gpt-35", cl100k_base},
    Family{"text-embedding-3", cl100k_base},
    Family{"text-embedding-ada-002", cl100k_base},
};

bool is_alphanumeric(char c) { return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z'); }

bool belongs_to(std::string_view model, std::string_view prefix) {
  return model.starts_with(prefix) && (model.size() == prefix.size() || !is_alphanumeric(model[prefix.size()]));
}

}  // namespace

ChatOverhead overhead_of(const Tokenizer& tokenizer) {
  ChatOverhead overhead;
  if (tokenizer.name() == "cl100k_base") overhead.per_tool = 10;
  return overhead;
}

const Tokenizer& tokenizer_for_model(std::string_view model) {
  if (const auto slash = model.rfind('/'); slash != std::string_view::npos) model.remove_prefix(slash + 1);
  if (model.starts_with("ft:")) model.remove_prefix(3);
  const auto family = std::ranges::find_if(families, [&](const Family& f) { return belongs_to(model, f.prefix); });
  if (family != families.end()) return family->tokenizer();
  static const EstimatingTokenizer estimate;
  return estimate;
}

}  // namespace convoke
