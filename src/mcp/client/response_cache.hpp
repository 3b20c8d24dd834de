#pragma once
#include <chrono>
#include <list>
#include <map>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/json.hpp"

namespace convoke::mcp {

/// Results a modern server allows to keep (2026-07-28, caching): lists page by page, and resources. Fresh for as long
/// as the server says, at most a day, or until it says that they changed. A cache belongs to one client, and so to one
/// authorization: what is `private` needs no further care. Holds at most 16 MiB, the longest kept leave first. Pure but
/// for the clock.
class ResponseCache {
 public:
  explicit ResponseCache(const Clock& clock) : clock_(clock) {}

  /// What was answered to these parameters, while it is fresh. Only methods that may be kept have something.
  std::optional<json::object> find(const std::string& method, const json::object& params) const;
  /// Keeps a result if it allows that.
  void keep(const std::string& method, const json::object& params, const json::object& result);

  /// Every page of a list, or every resource.
  void forget(const std::string& method);
  /// The resource, and those it is a part of.
  void forget_resource(const std::string& uri);
  void forget_all();

 private:
  struct Entry {
    std::string method;
    std::string uri;
    json::object result;
    std::chrono::steady_clock::time_point fresh_until;
    std::size_t bytes;
  };
  using Entries = std::list<std::pair<std::string, Entry>>;  ///< the longest kept first
  void drop(Entries::iterator entry);

  const Clock& clock_;
  Entries entries_{};
  std::map<std::string, Entries::iterator> by_key_{};
  std::size_t bytes_ = 0;
};

}  // namespace convoke::mcp
