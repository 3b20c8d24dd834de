#pragma once
#include <initializer_list>
#include <memory>
#include <utility>

#include "base/json.hpp"

namespace convoke {

/// A JSON object that all copies share: events are copied for every prompt, and hardly anybody reads this part of them.
/// It never changes; to change it, assign another. Callable from any thread.
class Details {
 public:
  Details() = default;
  Details(json::object members)  // NOLINT(google-explicit-constructor): it stands for the object
      : members_(members.empty() ? nullptr : std::make_shared<const json::object>(std::move(members))) {}
  Details(std::initializer_list<std::pair<json::string_view, json::value_ref>> members)
      : Details(json::object(members)) {}

  const json::object& object() const {
    static const json::object nothing;
    return members_ ? *members_ : nothing;
  }
  operator const json::object&() const { return object(); }  // NOLINT(google-explicit-constructor): as above
  bool empty() const { return !members_; }

  bool operator==(const Details& other) const { return object() == other.object(); }
  bool operator==(const json::object& other) const { return object() == other; }

 private:
  std::shared_ptr<const json::object> members_;
};

}  // namespace convoke
