#include "mcp/types/trace.hpp"

#include "mcp/types/fields.hpp"

namespace convoke::mcp {

TraceContext trace_context_in(const json::object& params) {
  const json::object* meta = find_object(params, "_meta");
  if (!meta) return {};
  return {string_or_empty(*meta, "traceparent"), string_or_empty(*meta, "tracestate"),
          string_or_empty(*meta, "baggage")};
}

void add_trace_context(json::object& meta, const TraceContext& trace) {
  fields::put(meta, "traceparent", trace.traceparent);
  fields::put(meta, "tracestate", trace.tracestate);
  fields::put(meta, "baggage", trace.baggage);
}

}  // namespace convoke::mcp
