// From the text of a pattern to the program that matches it.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "tokens/char_class.hpp"
#include "tokens/char_kind.hpp"
#include "tokens/split_pattern.hpp"

namespace convoke {
namespace {

constexpr int max_depth = 32;
constexpr std::size_t max_instructions = 4'000;

template <class... Classes>
constexpr unsigned bits(Classes... values) {
  return (0U | ... | (1U << static_cast<unsigned>(values)));
}

/// A category of Unicode; nothing for one that is not known here.
std::optional<CharSet> category(std::string_view name) {
  using enum CharClass;
  const auto without = [](unsigned classes, CharKind kind) {
    // All of the class but one kind: what is neither outside of the class nor of the kind.
    CharSet outside{.classes = 0xffU & ~classes, .kinds = bits(kind), .is_negated = true};
    return outside;
  };
  if (name == "L") return CharSet{.classes = bits(upper, lower, uncased)};
  if (name == "Lu") return without(bits(upper), CharKind::titlecase);
  if (name == "Lt") return CharSet{.kinds = bits(CharKind::titlecase)};
  if (name == "Ll") return CharSet{.classes = bits(lower)};
  if (name == "Lm") return CharSet{.kinds = bits(CharKind::modifier)};
  if (name == "Lo") return without(bits(uncased), CharKind::modifier);
  if (name == "M") return CharSet{.classes = bits(mark)};
  if (name == "N") return CharSet{.classes = bits(number)};
  if (name == "P") return CharSet{.kinds = bits(CharKind::punctuation)};
  if (name == "S") return CharSet{.kinds = bits(CharKind::symbol)};
  return std::nullopt;
}

CharSet white_space() { return {.classes = bits(CharClass::newline, CharClass::space)}; }

CharSet negated(CharSet set) {
  set.is_negated = !set.is_negated;
  return set;
}

/// A letter in either case, with the two characters beyond ASCII that are the same but for case.
void add_both_cases(CharSet& set, std::uint32_t c) {
  const auto is_letter = (c | 0x20U) >= 'a' && (c | 0x20U) <= 'z';
  set.ranges.emplace_back(c, c);
  if (!is_letter) return;
  set.ranges.emplace_back(c ^ 0x20U, c ^ 0x20U);
  if ((c | 0x20U) == 's') set.ranges.emplace_back(0x17f, 0x17f);
  if ((c | 0x20U) == 'k') set.ranges.emplace_back(0x212a, 0x212a);
}

}  // namespace

class SplitPatternParser {
 public:
  explicit SplitPatternParser(std::string_view pattern) : text_(pattern) {}

  Result<SplitPattern> parse() {
    CHECK_OK(alternatives(false));
    if (at_ < text_.size()) return problem("a ')' without its '('");
    emit({Op::done});
    return std::move(made_);
  }

 private:
  using Op = SplitPattern::Op;
  using Instruction = SplitPattern::Instruction;

  std::unexpected<Error> problem(std::string_view what) const {
    return fail(Errc::invalid_input, fmt::format("{} at byte {} of the pattern '{}'", what, at_, text_));
  }
  bool next_is(std::string_view wanted) const { return text_.substr(at_).starts_with(wanted); }
  bool take(std::string_view wanted) {
    if (!next_is(wanted)) return false;
    at_ += wanted.size();
    return true;
  }
  std::size_t here() const { return made_.program_.size(); }
  void emit(Instruction instruction) { made_.program_.push_back(instruction); }

  /// One code point of the pattern itself.
  std::uint32_t take_code_point() {
    const auto lead = static_cast<unsigned char>(text_[at_++]);
    const int more = lead < 0xc0 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
    std::uint32_t c = more == 0 ? lead : lead & (0x3fU >> more);
    for (int i = 0; i < more && at_ < text_.size(); ++i)
      c = c << 6 | (static_cast<unsigned char>(text_[at_++]) & 0x3fU);
    return c;
  }

  /// a|b|c: each but the last begins with a split to the next.
  Result<void> alternatives(bool any_case) {
    if (++depth_ > max_depth) return problem("groups nested too deeply");
    std::vector<std::size_t> ends;
    for (;;) {
      const std::size_t begin = here();
      CHECK_OK(sequence(any_case));
      if (!take("|")) break;
      insert(begin, {Op::split, begin + 1, here() + 2});
      ends.push_back(here());
      emit({Op::jump});
    }
    for (const std::size_t end : ends) made_.program_[end].first = here();
    --depth_;
    return {};
  }

  Result<void> sequence(bool any_case) {
    while (at_ < text_.size() && text_[at_] != '|' && text_[at_] != ')') CHECK_OK(repeated(any_case));
    return {};
  }

  /// Puts an instruction in front of those from `begin` on, whose targets move with them.
  void insert(std::size_t begin, Instruction instruction) {
    auto& program = made_.program_;
    for (std::size_t i = begin; i < program.size(); ++i) {
      const bool has_first = program[i].op != Op::set && program[i].op != Op::possessive;
      if (has_first && program[i].first >= begin) ++program[i].first;
      if (program[i].second >= begin) ++program[i].second;
    }
    program.insert(program.begin() + static_cast<std::ptrdiff_t>(begin), instruction);
  }

  Result<void> repeated(bool any_case) {
    const std::size_t begin = here();
    CHECK_OK(one(any_case));
    int least = 1;
    int most = 1;  // -1: no end
    if (take("?")) {
      least = 0;
    } else if (take("*")) {
      least = 0, most = -1;
    } else if (take("+")) {
      most = -1;
    } else if (take("{")) {
      CHECK_OK(bounds(least, most));
    } else {
      return {};
    }
    if (next_is("?")) return problem("lazy repetition");
    const bool possessive = take("+");
    if (here() == begin) return problem("nothing to repeat");
    return repeat(begin, least, most, possessive);
  }

  Result<void> bounds(int& least, int& most) {
    const auto number = [&]() -> int {
      int value = -1;
      while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9' && value < 1000) {
        value = std::max(value, 0) * 10 + (text_[at_++] - '0');
      }
      return value;
    };
    least = number();
    most = least;
    if (take(",")) most = number();
    if (least < 0 || !take("}") || least > 100 || most > 100 || (most >= 0 && most < least))
      return problem("a wrong '{'");
    return {};
  }

  Result<void> repeat(std::size_t begin, int least, int most, bool possessive) {
    const std::vector<Instruction> body(made_.program_.begin() + static_cast<std::ptrdiff_t>(begin),
                                        made_.program_.end());
    const bool is_set = body.size() == 1 && body.front().op == Op::set;
    if (possessive && !is_set) {
      return problem("possessive repetition of more than a set of characters");
    }
    made_.program_.resize(begin);
    for (int i = 0; i < least; ++i) append(body, begin);
    if (most == -1 && is_set && possessive) {
      emit({Op::possessive, body.front().first});
    } else if (most == -1) {
      const std::size_t loop = here();
      emit({Op::split, loop + 1, loop + 2 + body.size()});
      append(body, begin);
      emit({Op::jump, loop});
    } else {
      // Each further one may be left out, and then all after it. Possessive or not is the same for one character that
      // the rest of these patterns never begins with.
      const std::size_t end = here() + static_cast<std::size_t>(most - least) * (body.size() + 1);
      for (int i = least; i < most; ++i) {
        emit({Op::split, here() + 1, end});
        append(body, begin);
      }
    }
    if (here() > max_instructions) return problem("a pattern that is too long");
    return {};
  }

  /// Appends a copy of instructions that stood at `origin`.
  void append(const std::vector<Instruction>& body, std::size_t origin) {
    const std::size_t moved = here() - origin;
    for (Instruction instruction : body) {
      const bool has_first = instruction.op != Op::set && instruction.op != Op::possessive;
      if (has_first && instruction.first >= origin) instruction.first += moved;
      if (instruction.second >= origin) instruction.second += moved;
      emit(instruction);
    }
  }

  Result<void> one(bool any_case) {
    if (take("(")) return group(any_case);
    if (take("$")) {
      emit({Op::text_end});
      return {};
    }
    if (next_is("^") || next_is("*") || next_is("+") || next_is("?")) return problem("an unexpected character");
    CharSet set;
    if (take("[")) {
      TRY(set, brackets(any_case));
    } else if (take(".")) {
      set = {.ranges = {{'\n', '\n'}}, .is_negated = true};
    } else if (next_is("\\")) {
      TRY(set, escape());
    } else {
      const std::uint32_t c = take_code_point();
      any_case ? add_both_cases(set, c) : void(set.ranges.emplace_back(c, c));
    }
    made_.sets_.push_back(std::move(set));
    emit({Op::set, made_.sets_.size() - 1});
    return {};
  }

  Result<void> group(bool any_case) {
    const std::size_t begin = here();
    const bool ahead = take("?=");
    const bool not_ahead = !ahead && take("?!");
    if (ahead || not_ahead) emit({ahead ? Op::ahead : Op::not_ahead, begin + 1});
    const bool folds = !ahead && !not_ahead && take("?i:");
    if (!ahead && !not_ahead && !folds && !take("?:") && next_is("?")) return problem("a group of a kind not known");
    CHECK_OK(alternatives(any_case || folds));
    if (!take(")")) return problem("a '(' without its ')'");
    if (ahead || not_ahead) {
      emit({Op::done});
      made_.program_[begin].second = here();
    }
    return {};
  }

  /// What a backslash stands for.
  Result<CharSet> escape() {
    ++at_;
    if (at_ == text_.size()) return problem("a lone backslash");
    const char c = text_[at_++];
    switch (c) {
      case 's': return white_space();
      case 'S': return negated(white_space());
      case 'r': return CharSet{.ranges = {{'\r', '\r'}}};
      case 'n': return CharSet{.ranges = {{'\n', '\n'}}};
      case 't': return CharSet{.ranges = {{'\t', '\t'}}};
      case 'p':
      case 'P': return property(c == 'P');
      default: break;
    }
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (is_letter) return problem(fmt::format("the escape \\{}, which is not known,", c));
    --at_;
    const std::uint32_t code_point = take_code_point();
    return CharSet{.ranges = {{code_point, code_point}}};
  }

  Result<CharSet> property(bool is_negated) {
    std::string_view name = text_.substr(at_, 1);
    if (take("{")) {
      const std::size_t close = text_.find('}', at_);
      if (close == std::string_view::npos) return problem("a '{' without its '}'");
      name = text_.substr(at_, close - at_);
      at_ = close + 1;
    } else {
      ++at_;
    }
    auto set = category(name);
    if (!set) return problem(fmt::format("the property '{}', which is not known,", name));
    return is_negated ? negated(*std::move(set)) : *std::move(set);
  }

  Result<CharSet> brackets(bool any_case) {
    CharSet set;
    set.is_negated = take("^");
    while (!next_is("]")) {
      if (at_ == text_.size()) return problem("a '[' without its ']'");
      if (next_is("[") || next_is("&&")) return problem("a set inside of a set");
      TRY(CharSet item, bracket_item());
      const bool is_one = item.ranges.size() == 1 && item.classes == 0 && !item.is_negated &&
                          item.ranges[0].first == item.ranges[0].second;
      if (is_one && next_is("-") && text_.substr(at_, 2) != "-]") {
        ++at_;
        TRY(const CharSet to, bracket_item());
        if (to.ranges.size() != 1 || to.ranges[0].first < item.ranges[0].first) return problem("a wrong range");
        item.ranges[0].second = to.ranges[0].first;
      }
      merge(set, std::move(item), any_case);
    }
    ++at_;
    return set;
  }

  Result<CharSet> bracket_item() {
    if (next_is("\\")) return escape();
    if (at_ == text_.size()) return problem("a '[' without its ']'");
    const std::uint32_t c = take_code_point();
    return CharSet{.ranges = {{c, c}}};
  }

  static void merge(CharSet& set, CharSet item, bool any_case) {
    if (item.is_negated) return set.parts.push_back(std::move(item));
    set.classes |= item.classes;
    set.kinds |= item.kinds;
    for (const auto& [first, last] : item.ranges) {
      first == last&& any_case ? add_both_cases(set, first) : void(set.ranges.emplace_back(first, last));
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int depth_ = 0;
  SplitPattern made_;
};

Result<SplitPattern> SplitPattern::parse(std::string_view pattern) { return SplitPatternParser(pattern).parse(); }

}  // namespace convoke
