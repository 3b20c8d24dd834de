#include "mcp/schema/lazy_schema.hpp"

namespace convoke::mcp::schema {

const Schema* LazySchema::compiled(std::string_view of, const Log& log) const {
  if (!std::exchange(tried_, true)) {
    auto schema = Schema::compile(source_);
    if (schema) {
      compiled_ = *std::move(schema);
    } else {
      log.warning("mcp.schema_unusable", {{"of", of}, {"reason", schema.error().message}});
    }
    source_.clear();
  }
  return compiled_ ? &*compiled_ : nullptr;
}

}  // namespace convoke::mcp::schema
