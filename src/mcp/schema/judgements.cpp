// The rules that look at a value itself, and at what it consists of.
#include <fmt/format.h>

#include "base/utf8.hpp"
#include "mcp/schema/equality.hpp"
#include "mcp/schema/evaluation.hpp"

namespace convoke::mcp::schema {

namespace {

unsigned kinds_of(const json::value& value) {
  switch (value.kind()) {
    case json::kind::null: return is_null;
    case json::kind::bool_: return is_boolean;
    case json::kind::object: return is_object;
    case json::kind::array: return is_array;
    case json::kind::string: return is_string;
    case json::kind::int64:
    case json::kind::uint64:
    case json::kind::double_: return is_whole(value) ? is_number | is_integer : is_number;
  }
  std::unreachable();
}

std::string names_of(unsigned kinds) {
  constexpr std::array<std::pair<unsigned, std::string_view>, 7> names{{{is_null, "null"},
                                                                        {is_boolean, "a boolean"},
                                                                        {is_object, "an object"},
                                                                        {is_array, "an array"},
                                                                        {is_number, "a number"},
                                                                        {is_string, "a string"},
                                                                        {is_integer, "an integer"}}};
  std::string text;
  for (const auto& [kind, name] : names) {
    if (kinds & kind) text += (text.empty() ? "" : " or ") + std::string(name);
  }
  return text;
}

std::optional<std::size_t> size_of(const json::value& value, SizeBound::Of of) {
  if (of == SizeBound::Of::characters && value.is_string()) return count_characters(value.as_string());
  if (of == SizeBound::Of::elements && value.is_array()) return value.as_array().size();
  if (of == SizeBound::Of::members && value.is_object()) return value.as_object().size();
  return std::nullopt;
}

std::string_view unit_of(SizeBound::Of of) {
  switch (of) {
    case SizeBound::Of::characters: return "characters";
    case SizeBound::Of::elements: return "elements";
    case SizeBound::Of::members: return "members";
  }
  std::unreachable();
}

/// Short enough for a message.
std::string shown(const json::value& value) {
  constexpr std::size_t max_shown = 100;
  std::string text = json::serialize(value);
  if (text.size() > max_shown) text = text.substr(0, max_shown) + "…";
  return text;
}

}  // namespace

bool Evaluation::judge(const Types& rule, const Frame& frame) {
  if (rule.kinds & kinds_of(frame.value)) return true;
  return refuse(fmt::format("must be {}, not {}", names_of(rule.kinds), kind_of(frame.value)));
}

bool Evaluation::judge(const OneOfValues& rule, const Frame& frame) {
  if (!spend(rule.values.size())) return false;
  if (std::ranges::any_of(rule.values, [&](const json::value& value) { return same(value, frame.value); })) return true;
  if (rule.values.size() == 1) return refuse("must be " + shown(rule.values.front()));
  return refuse("must be one of " + shown(json::array(rule.values.begin(), rule.values.end())));
}

bool Evaluation::judge(const NumberBound& rule, const Frame& frame) {
  if (!frame.value.is_number()) return true;
  const auto order = compare(frame.value, rule.limit);
  switch (rule.is) {
    case NumberBound::Is::minimum: return order >= 0 || refuse("must be at least " + shown(rule.limit));
    case NumberBound::Is::exclusive_minimum: return order > 0 || refuse("must be more than " + shown(rule.limit));
    case NumberBound::Is::maximum: return order <= 0 || refuse("must be at most " + shown(rule.limit));
    case NumberBound::Is::exclusive_maximum: return order < 0 || refuse("must be less than " + shown(rule.limit));
  }
  std::unreachable();
}

bool Evaluation::judge(const MultipleOf& rule, const Frame& frame) {
  if (!frame.value.is_number() || is_multiple(frame.value, rule.divisor)) return true;
  return refuse("must be a multiple of " + shown(rule.divisor));
}

bool Evaluation::judge(const SizeBound& rule, const Frame& frame) {
  const auto size = size_of(frame.value, rule.of);
  if (!size || (rule.is_maximum ? *size <= rule.limit : *size >= rule.limit)) return true;
  return refuse(fmt::format("must have at {} {} {}, not {}", rule.is_maximum ? "most" : "least", rule.limit,
                            unit_of(rule.of), *size));
}

bool Evaluation::judge(const Matches& rule, const Frame& frame) {
  const json::string* text = frame.value.if_string();
  if (!text) return true;
  const auto found = rule.pattern.found_in(*text);
  if (!found) give_up(found.error().message);
  return found && (*found || refuse("does not match its pattern"));
}

bool Evaluation::judge(const Unique&, const Frame& frame) {
  const json::array* elements = frame.value.if_array();
  if (!elements) return true;
  std::unordered_multimap<std::size_t, const json::value*> seen;
  for (const json::value& element : *elements) {
    const std::size_t hash = hash_of(element);
    const auto [first, last] = seen.equal_range(hash);
    for (auto other = first; other != last; ++other) {
      if (!spend(1)) return false;
      if (same(element, *other->second)) return refuse("must not have an element twice");
    }
    seen.emplace(hash, &element);
  }
  return spend(elements->size());
}

bool Evaluation::judge(const Required& rule, const Frame& frame) {
  const json::object* object = frame.value.if_object();
  if (!object) return true;
  for (const std::string& name : rule.names) {
    if (!object->contains(name)) return refuse("lacks '" + name + "'");
  }
  return true;
}

bool Evaluation::judge(const DependentRequired& rule, const Frame& frame) {
  const json::object* object = frame.value.if_object();
  if (!object) return true;
  for (const auto& [name, others] : rule.names) {
    if (!object->contains(name)) continue;
    for (const std::string& other : others) {
      if (!object->contains(other)) return refuse(fmt::format("has '{}', but lacks '{}'", name, other));
    }
  }
  return true;
}

bool Evaluation::judge(const Members& rule, const Frame& frame) {
  const json::object* object = frame.value.if_object();
  if (!object) return true;
  std::size_t place = 0;
  for (const json::key_value_pair& member : *object) {
    if (!judge_member(rule, frame, place++, member)) return false;
  }
  return true;
}

bool Evaluation::judge_member(const Members& rule, const Frame& frame, std::size_t place,
                              const json::key_value_pair& member) {
  const std::string_view name = member.key();
  bool matched = false;
  const auto judged = [&](NodeIndex node) {
    matched = true;
    if (frame.looked) frame.looked->at_member(place);
    return fits_below(node, member.value(), frame, name);
  };
  const auto named = rule.named.find(name);
  if (named != rule.named.end() && !judged(named->second)) return false;
  for (const auto& [pattern, node] : rule.matching) {
    const auto found = pattern.found_in(name);
    if (!found) give_up(found.error().message);
    if (!found || (*found && !judged(node))) return false;
  }
  return matched || !rule.others || judged(*rule.others);
}

bool Evaluation::judge(const Elements& rule, const Frame& frame) {
  const json::array* elements = frame.value.if_array();
  if (!elements) return true;
  for (std::size_t i = 0; i < elements->size(); ++i) {
    if (i >= rule.first.size() && !rule.rest) break;
    if (frame.looked) frame.looked->at_element(i);
    if (!fits_below(i < rule.first.size() ? rule.first[i] : *rule.rest, (*elements)[i], frame, i)) return false;
  }
  return true;
}

bool Evaluation::judge(const Contains& rule, const Frame& frame) {
  const json::array* elements = frame.value.if_array();
  if (!elements) return true;
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < elements->size(); ++i) {
    const Frame element{(*elements)[i], frame.scope, nullptr};
    if (!fits_quietly(rule.node, element, nullptr)) continue;
    ++count;
    if (frame.looked) frame.looked->at_element(i);
  }
  if (count < rule.at_least) return refuse("does not contain what it must");
  return !rule.at_most || count <= *rule.at_most || refuse("contains too many of one kind");
}

bool Evaluation::judge(const MemberNames& rule, const Frame& frame) {
  const json::object* object = frame.value.if_object();
  if (!object) return true;
  return std::ranges::all_of(*object, [&](const auto& member) {
    return fits_below(rule.node, json::value(member.key()), frame, std::string_view(member.key()));
  });
}

bool Evaluation::judge(const DependentSchemas& rule, const Frame& frame) {
  const json::object* object = frame.value.if_object();
  if (!object) return true;
  return std::ranges::all_of(rule.nodes, [&](const auto& entry) {
    return !object->contains(entry.first) || fits(entry.second, frame.value, &frame.scope, frame.looked);
  });
}

bool Evaluation::judge(const UnevaluatedMembers& rule, const Frame& frame) {
  const json::object* object = frame.value.if_object();
  if (!object) return true;
  std::size_t place = 0;
  for (const json::key_value_pair& member : *object) {
    const std::size_t mine = place++;
    if (Looked::has(frame.looked->members, mine)) continue;
    if (!fits_below(rule.node, member.value(), frame, std::string_view(member.key()))) return false;
    frame.looked->at_member(mine);
  }
  return true;
}

bool Evaluation::judge(const UnevaluatedElements& rule, const Frame& frame) {
  const json::array* elements = frame.value.if_array();
  if (!elements) return true;
  for (std::size_t i = 0; i < elements->size(); ++i) {
    if (Looked::has(frame.looked->elements, i)) continue;
    if (!fits_below(rule.node, (*elements)[i], frame, i)) return false;
    frame.looked->at_element(i);
  }
  return true;
}

}  // namespace convoke::mcp::schema
