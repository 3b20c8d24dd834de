#pragma once
#include <optional>

#include "base/log.hpp"
#include "mcp/schema/schema.hpp"

namespace convoke::mcp::schema {

/// A schema from a peer, compiled when it is first needed: of a thousand tools listed, a few are called. One that is no
/// usable schema is told to the log once and then lets every value pass, since its owner's mistake is not the caller's.
/// Used from one loop only.
class LazySchema {
 public:
  explicit LazySchema(json::object schema) : source_(std::move(schema)) {}

  /// As `Schema::check`. `of` names the schema's owner in the log.
  template <class Value>
  Result<void> check(const Value& value, std::string_view of, const Log& log) const {
    const Schema* schema = compiled(of, log);
    return schema ? schema->check(value) : Result<void>();
  }

 private:
  const Schema* compiled(std::string_view of, const Log& log) const;

  mutable json::object source_;
  mutable bool tried_ = false;
  mutable std::optional<Schema> compiled_{};
};

}  // namespace convoke::mcp::schema
