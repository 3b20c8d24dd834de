// The kinds of settings: how each turns text into a value, and says what it accepts. Included by config_settings.cpp.
#pragma once
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/config_settings.hpp"

namespace convoke {

/// Where an `Owner` keeps a value.
template <class Owner, class Value>
using Place = std::function<Value&(Owner&)>;

/// The way there, member by member: `at(&Config::websocket, &WebsocketConfig::port)`.
template <class Owner, class Struct>
Place<Owner, Struct> at(Struct Owner::* member) {
  return [member](Owner& owner) -> Struct& { return owner.*member; };
}
template <class Owner, class Struct, class... Rest>
auto at(Struct Owner::* member, Rest... rest) {
  auto inner = at(rest...);
  using Value = std::remove_reference_t<decltype(inner(std::declval<Struct&>()))>;
  return Place<Owner, Value>([member, inner](Owner& owner) -> Value& { return inner(owner.*member); });
}

/// Text to value and back. `parse` gives nothing for what is not acceptable.
template <class Value>
struct Kind {
  std::string accepts;
  std::function<std::optional<Value>(const std::string&)> parse;
  std::function<std::string(const Value&)> show;
};

Kind<bool> flag();
Kind<int> whole(int low, int high);
/// A whole number from 0 on.
Kind<std::int64_t> count(std::int64_t high);
/// A whole number from 1 on.
Kind<std::size_t> length(std::size_t high);
Kind<double> number(double low, double high);
/// Seconds, decimals allowed.
Kind<std::chrono::milliseconds> seconds(double low, double high);
/// Dollars as a decimal number, from nothing to `high`.
Kind<Money> dollars(int high);
Kind<std::string> text();
/// An http or https address without a slash at its end; one that is there is dropped.
Kind<std::string> address();
/// Text that begins with a slash.
Kind<std::string> url_path();
/// Its default is never shown, nor its value.
Kind<Secret> secret();

/// "allow files/read_*".
Kind<ApprovalRule> approval_rule();

/// One of some names, in lower or upper case.
template <class Value>
Kind<Value> one_of(std::vector<std::pair<std::string, Value>> names) {
  std::string list;
  for (const auto& [name, value] : names) list += (list.empty() ? "" : ", ") + name;
  const auto parse = [names](const std::string& given) -> std::optional<Value> {
    for (const auto& [name, value] : names) {
      const auto same = [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? b - 'A' + 'a' : b); };
      if (std::ranges::equal(name, given, same)) return value;
    }
    return std::nullopt;
  };
  const auto show = [names](const Value& wanted) {
    const auto found = std::ranges::find_if(names, [&](const auto& entry) { return entry.second == wanted; });
    return found == names.end() ? std::string() : found->first;
  };
  return {"one of " + list, parse, show};
}

template <class Value>
std::string show_default(const Kind<Value>& kind, const Value& value) {
  return kind.show(value);
}
template <class Value>
std::string show_default(const Kind<Value>& kind, const std::optional<Value>& value) {
  return value ? kind.show(*value) : "";
}

template <class Owner, class Member, class Value>
Setting<Owner> setting(std::string key, Place<Owner, Member> place, Kind<Value> kind, std::string meaning) {
  Owner standard;
  Setting<Owner> made{.key = std::move(key),
                      .accepts = kind.accepts,
                      .standard = show_default(kind, place(standard)),
                      .meaning = std::move(meaning)};
  made.is_secret = std::is_same_v<Value, Secret>;
  made.store = [place, kind](Owner& owner, const std::vector<std::string>& texts) {
    auto value = kind.parse(texts.front());
    if (!value) return std::vector<std::size_t>{0};
    place(owner) = std::move(*value);
    return std::vector<std::size_t>{};
  };
  return made;
}

template <class Owner, class Value>
Setting<Owner> list_setting(std::string key, Place<Owner, std::vector<Value>> place, Kind<Value> kind,
                            std::string meaning) {
  Setting<Owner> made{.key = std::move(key), .accepts = "a list, each item " + kind.accepts, .meaning = meaning};
  made.standard = "[]";
  made.is_list = true;
  made.is_secret = std::is_same_v<Value, Secret>;
  made.store = [place, kind](Owner& owner, const std::vector<std::string>& texts) {
    std::vector<Value> values;
    std::vector<std::size_t> refused;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      auto value = kind.parse(texts[i]);
      if (value) values.push_back(std::move(*value));
      if (!value) refused.push_back(i);
    }
    if (refused.empty()) place(owner) = std::move(values);
    return refused;
  };
  return made;
}

}  // namespace convoke
