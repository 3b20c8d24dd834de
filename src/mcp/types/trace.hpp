#pragma once
#include <string>

#include "base/json.hpp"

namespace convoke::mcp {

/// Where in a distributed trace a message belongs (W3C Trace Context and Baggage), as `_meta` carries it in both
/// directions. Passed on as it is; empty members are absent.
struct TraceContext {
  std::string traceparent{};
  std::string tracestate{};
  std::string baggage{};
  bool operator==(const TraceContext&) const = default;
};

/// What the `_meta` of these parameters says.
TraceContext trace_context_in(const json::object& params);
/// Adds what there is to a `_meta`.
void add_trace_context(json::object& meta, const TraceContext& trace);

}  // namespace convoke::mcp
