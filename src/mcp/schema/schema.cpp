#include "mcp/schema/schema.hpp"

#include "mcp/schema/compiler.hpp"
#include "mcp/schema/evaluation.hpp"

namespace convoke::mcp::schema {

Schema::Schema(std::shared_ptr<const Program> program, Limits limits) : program_(std::move(program)), limits_(limits) {}

Result<Schema> Schema::compile(const json::value& schema, const Documents& known, Limits limits) {
  TRY(auto program, Compiler(schema, known, limits).compile());
  return Schema(std::make_shared<const Program>(std::move(program)), limits);
}

Result<Schema> Schema::compile(const json::object& schema, const Documents& known, Limits limits) {
  return compile(json::value(schema), known, limits);
}

Result<void> Schema::check(const json::value& value) const { return Evaluation(*program_, limits_).run(value); }

Result<void> Schema::check(const json::object& value) const { return check(json::value(value)); }

}  // namespace convoke::mcp::schema
