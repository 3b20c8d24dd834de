#pragma once
#include <map>
#include <memory>
#include <string>

#include "base/json.hpp"

/// JSON Schema, draft 2020-12, with all of its vocabularies. Pure: nothing is ever fetched, and every bound below is
/// kept whatever schema or value comes. `format` and the `content` keywords are annotations, as the draft has it by
/// default. Schemas that say they are of draft 4 to 7 or 2019-09 are read as 2020-12, with the older forms of `items`,
/// `dependencies` and `$id`.
namespace convoke::mcp::schema {

struct Limits {
  std::size_t max_subschemas = 20'000;  ///< of one schema, with all it refers to
  int max_depth = 384;                  ///< of subschemas at work within each other
  std::size_t max_steps = 1'000'000;    ///< subschemas and comparisons of one check
};

/// Documents a schema may refer to, by their URI. Those of the draft itself are known without being named.
using Documents = std::map<std::string, json::value>;

struct Program;

/// A schema ready to check values; a value itself, cheap to copy, usable from any thread.
class Schema {
 public:
  /// `invalid_input` names the keyword that is wrong, the reference that leads nowhere, or the dialect nobody knows;
  /// `exhausted` when the schema is too large.
  static Result<Schema> compile(const json::value& schema, const Documents& known = {}, Limits limits = {});
  static Result<Schema> compile(const json::object& schema, const Documents& known = {}, Limits limits = {});

  /// `invalid_input` names the first place that does not fit, as a JSON Pointer, and why; `exhausted` when a bound was
  /// met before it was clear.
  Result<void> check(const json::value& value) const;
  Result<void> check(const json::object& value) const;

 private:
  explicit Schema(std::shared_ptr<const Program> program, Limits limits);

  std::shared_ptr<const Program> program_;
  Limits limits_;
};

}  // namespace convoke::mcp::schema
