// A schema and a value from strangers: compiled and checked within bounds. The input is both, with a line break
// between.
#include <string_view>

#include "mcp/schema/schema.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace convoke;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  const auto end = text.find('\n');
  const auto source = parse_json(text.substr(0, end));
  if (!source) return 0;
  const mcp::schema::Limits limits{.max_subschemas = 1'000, .max_steps = 20'000};
  const auto schema = mcp::schema::Schema::compile(*source, {}, limits);
  if (!schema || end == std::string_view::npos) return 0;
  if (const auto value = parse_json(text.substr(end + 1))) static_cast<void>(schema->check(*value));
  return 0;
}
