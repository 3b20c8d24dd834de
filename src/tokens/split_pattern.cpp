#include "tokens/split_pattern.hpp"

#include <algorithm>

#include "tokens/char_class.hpp"
#include "tokens/char_kind.hpp"

namespace convoke {
namespace {

std::uint32_t code_point_at(const char* at, std::size_t length) {
  const auto byte = [at](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(at[i])); };
  if (length == 1) return byte(0);
  std::uint32_t code_point = byte(0) & (0xffU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) code_point = code_point << 6 | (byte(i) & 0x3fU);
  return code_point;
}

std::size_t length_at(const char* at) {
  const auto lead = static_cast<unsigned char>(*at);
  return lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

CharClass class_of(std::uint32_t code_point) {
  // As UTF-8, because that is what the table is asked by.
  char bytes[4];
  if (code_point < 0x80) {
    bytes[0] = static_cast<char>(code_point);
  } else if (code_point < 0x800) {
    bytes[0] = static_cast<char>(0xc0 | code_point >> 6);
    bytes[1] = static_cast<char>(0x80 | (code_point & 0x3f));
  } else if (code_point < 0x10000) {
    bytes[0] = static_cast<char>(0xe0 | code_point >> 12);
    bytes[1] = static_cast<char>(0x80 | (code_point >> 6 & 0x3f));
    bytes[2] = static_cast<char>(0x80 | (code_point & 0x3f));
  } else {
    bytes[0] = static_cast<char>(0xf0 | code_point >> 18);
    bytes[1] = static_cast<char>(0x80 | (code_point >> 12 & 0x3f));
    bytes[2] = static_cast<char>(0x80 | (code_point >> 6 & 0x3f));
    bytes[3] = static_cast<char>(0x80 | (code_point & 0x3f));
  }
  return CharClasses::shared().read(bytes).char_class;
}

}  // namespace

bool CharSet::has(std::uint32_t code_point) const {
  bool found = (classes >> static_cast<unsigned>(class_of(code_point)) & 1U) != 0;
  if (!found && kinds != 0) found = (kinds >> static_cast<unsigned>(kind_of(code_point)) & 1U) != 0;
  for (const auto& [first, last] : ranges) found = found || (first <= code_point && code_point <= last);
  for (const CharSet& part : parts) found = found || part.has(code_point);
  return found != is_negated;
}

const char* SplitPattern::match(const char* at, const char* end) const {
  int steps = 0;
  return run(0, at, end, steps);
}

const char* SplitPattern::run(std::size_t start, const char* const from, const char* const end, int& steps) const {
  struct Choice {
    std::size_t instruction;
    const char* at;
  };
  std::vector<Choice> choices{{start, from}};
  while (!choices.empty()) {
    auto [next, at] = choices.back();
    choices.pop_back();
    for (bool alive = true; alive;) {
      if (++steps > max_steps) return nullptr;
      const Instruction& instruction = program_[next];
      const auto takes_one = [&](std::size_t set) {
        if (at == end) return false;
        const std::size_t length = length_at(at);
        if (!sets_[set].has(code_point_at(at, length))) return false;
        at += length;
        return true;
      };
      switch (instruction.op) {
        case Op::done: return at;
        case Op::set:
          alive = takes_one(instruction.first);
          ++next;
          break;
        case Op::possessive:
          while (takes_one(instruction.first)) ++steps;
          ++next;
          break;
        case Op::split:
          choices.push_back({instruction.second, at});
          next = instruction.first;
          break;
        case Op::jump: next = instruction.first; break;
        case Op::ahead:
        case Op::not_ahead:
          alive = (run(instruction.first, at, end, steps) != nullptr) == (instruction.op == Op::ahead);
          next = instruction.second;
          break;
        case Op::text_end:
          alive = at == end;
          ++next;
          break;
      }
    }
  }
  return nullptr;
}

}  // namespace convoke
