#include "tokens/models.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "tokens/exact_tokenizer.hpp"

namespace convoke {
namespace {

/// A guess at a tokenizer nobody has: what a known one counts, times what the other makes of it on average.
class EstimatingTokenizer : public Tokenizer {
 public:
  EstimatingTokenizer(const ExactTokenizer& known, double factor, double error)
      : known_(known), factor_(factor), error_(error) {}
  std::string_view name() const override { return "estimate"; }
  std::int64_t count(std::string_view text) const override {
    return std::llround(factor_ * static_cast<double>(known_.count(text)));
  }
  double error() const override { return error_; }

 private:
  const ExactTokenizer& known_;
  double factor_;
  double error_;
};

// Measured by tests/tokens/measure_estimates.py on English, source code, JSON and what programs say in 150 languages,
// in texts of 4,000 characters. Against the tokenizer that Anthropic has published (of its models of 2023), 19 of 20
// are off by at most 29 %, English by 8 %, code by 12 %.
const Tokenizer& estimate_for_claude() {
  static const EstimatingTokenizer estimate(cl100k_base(), 1.05, 0.3);
  return estimate;
}

// Vocabularies of today are about as large as o200k_base. Held against the smaller ones of cl100k_base and of Claude,
// 19 of 20 texts are off by at most 73 %, English by 14 %, code by 12 %.
const Tokenizer& estimate_for_others() {
  static const EstimatingTokenizer estimate(o200k_base(), 1.1, 0.75);
  return estimate;
}

struct Family {
  std::string_view prefix;
  const Tokenizer& (*tokenizer)();
};

template <const ExactTokenizer& (*exact)()>
const Tokenizer& by() {
  return exact();
}

/// The first prefix that fits counts. What ends in a letter or digit must be followed by neither, so that "o1" is not
/// the front of "o1mini-of-someone-else".
constexpr std::array families{
    Family{"o200k_base", by<o200k_base>},
    Family{"o200k_harmony", by<o200k_harmony>},
    Family{"cl100k_base", by<cl100k_base>},
    Family{"gpt-oss", by<o200k_harmony>},
    Family{"chatgpt-4o", by<o200k_base>},
    Family{"gpt-4o", by<o200k_base>},
    Family{"gpt-4.1", by<o200k_base>},
    Family{"gpt-4.5", by<o200k_base>},
    Family{"gpt-5", by<o200k_base>},
    Family{"gpt-6", by<o200k_base>},
    Family{"o1", by<o200k_base>},
    Family{"o3", by<o200k_base>},
    Family{"o4", by<o200k_base>},
    Family{"codex", by<o200k_base>},
    Family{"gpt-4", by<cl100k_base>},
    Family{"gpt-3.5", by<cl100k_base>},
    Family{"gpt-35", by<cl100k_base>},
    Family{"text-embedding-3", by<cl100k_base>},
    Family{"text-embedding-ada-002", by<cl100k_base>},
    Family{"claude", estimate_for_claude},
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
  return estimate_for_others();
}

}  // namespace convoke
