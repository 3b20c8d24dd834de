#include "mcp/schema/evaluation.hpp"

#include <fmt/format.h>

namespace convoke::mcp::schema {

void Looked::also(const Looked& other) {
  for (std::size_t i = 0; i < other.members.size(); ++i) {
    if (other.members[i]) at_member(i);
  }
  for (std::size_t i = 0; i < other.elements.size(); ++i) {
    if (other.elements[i]) at_element(i);
  }
}

Result<void> Evaluation::run(const json::value& value) {
  const bool fit = fits(0, value, nullptr, nullptr);
  if (gave_up_) return fail(*problem_);
  if (fit) return {};
  return fail(problem_.value_or(Error{Errc::invalid_input, "the value does not fit"}));
}

bool Evaluation::spend(std::size_t steps) {
  steps_ += steps;
  if (steps_ > limits_.max_steps) give_up("checking against the schema takes too long");
  return !gave_up_;
}

void Evaluation::give_up(std::string why) {
  if (gave_up_) return;
  gave_up_ = true;
  problem_ = Error{Errc::exhausted, std::move(why)};
}

bool Evaluation::refuse(std::string why) {
  if (quiet_ == 0 && !problem_) {
    problem_ = Error{Errc::invalid_input, path_.empty() ? "it " + why : fmt::format("'{}' {}", place(), why)};
  }
  return false;
}

std::string Evaluation::place() const {
  std::string pointer;
  for (const Token& token : path_) {
    pointer += '/';
    if (const auto* index = std::get_if<std::size_t>(&token)) {
      pointer += std::to_string(*index);
      continue;
    }
    for (const char c : std::get<std::string_view>(token)) {
      if (c == '~')
        pointer += "~0";
      else if (c == '/')
        pointer += "~1";
      else
        pointer += c;
    }
  }
  return pointer;
}

bool Evaluation::fits(NodeIndex index, const json::value& value, const Scope* scope, Looked* looked) {
  if (!spend(1)) return false;
  const Node& node = program_.nodes[index];
  if (node.never) return refuse("is not allowed");
  if (node.rules.empty()) return true;
  struct Deeper {
    int& depth;
    explicit Deeper(int& d) : depth(d) { ++depth; }
    ~Deeper() { --depth; }
  } const deeper{depth_};
  if (depth_ > limits_.max_depth) {
    give_up("the schema goes too deep, or in a circle");
    return false;
  }
  const bool enters = !scope || scope->resource != node.resource;
  const Scope entered{node.resource, scope};
  const Scope& here = enters ? entered : *scope;
  if (!node.asks_what_is_left) return all_rules_fit(node, {value, here, looked});
  // Only what this very schema has looked at counts, not what its neighbours have.
  Looked mine;
  const bool fit = all_rules_fit(node, {value, here, &mine});
  if (fit && looked) looked->also(mine);
  return fit;
}

bool Evaluation::all_rules_fit(const Node& node, const Frame& frame) {
  return std::ranges::all_of(node.rules, [&](const Rule& rule) {
    return std::visit([&](const auto& kind) { return judge(kind, frame); }, rule);
  });
}

bool Evaluation::fits_below(NodeIndex index, const json::value& value, const Frame& frame, Token token) {
  path_.push_back(token);
  const bool fit = fits(index, value, &frame.scope, nullptr);
  path_.pop_back();
  return fit;
}

bool Evaluation::fits_quietly(NodeIndex index, const Frame& frame, Looked* looked) {
  ++quiet_;
  Looked maybe;
  const bool fit = fits(index, frame.value, &frame.scope, looked ? &maybe : nullptr);
  --quiet_;
  if (fit && looked) looked->also(maybe);
  return fit && !gave_up_;
}

bool Evaluation::judge(const All& rule, const Frame& frame) {
  return std::ranges::all_of(rule.nodes,
                             [&](NodeIndex node) { return fits(node, frame.value, &frame.scope, frame.looked); });
}

bool Evaluation::judge(const Any& rule, const Frame& frame) {
  bool any = false;
  for (const NodeIndex node : rule.nodes) {
    any = fits_quietly(node, frame, frame.looked) || any;
    if (any && !frame.looked) return true;  // otherwise the rest may have looked at more
  }
  return any || refuse("fits none of the alternatives");
}

bool Evaluation::judge(const One& rule, const Frame& frame) {
  int count = 0;
  for (const NodeIndex node : rule.nodes) count += fits_quietly(node, frame, frame.looked) ? 1 : 0;
  if (count == 1) return true;
  return refuse(count == 0 ? "fits none of the alternatives" : "fits more than one of the alternatives");
}

bool Evaluation::judge(const Not& rule, const Frame& frame) {
  if (fits_quietly(rule.node, frame, nullptr)) return refuse("is what it must not be");
  return !gave_up_;
}

bool Evaluation::judge(const Condition& rule, const Frame& frame) {
  const bool holds = fits_quietly(rule.when, frame, frame.looked);
  const auto& next = holds ? rule.then : rule.otherwise;
  return !gave_up_ && (!next || fits(*next, frame.value, &frame.scope, frame.looked));
}

bool Evaluation::judge(const Reference& rule, const Frame& frame) {
  return fits(rule.node, frame.value, &frame.scope, frame.looked);
}

bool Evaluation::judge(const DynamicReference& rule, const Frame& frame) {
  NodeIndex target = rule.node;
  for (const Scope* scope = &frame.scope; scope; scope = scope->outer) {
    const auto& anchors = program_.dynamic_anchors[scope->resource];
    if (const auto found = anchors.find(rule.anchor); found != anchors.end()) target = found->second;
  }
  return fits(target, frame.value, &frame.scope, frame.looked);
}

}  // namespace convoke::mcp::schema
