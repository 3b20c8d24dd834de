// Schemas and header values from outside: an annotation is found or refused, and every text survives its header.
#include <cstdlib>
#include <string>

#include "mcp/codec/tool_headers.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace convoke;
  using namespace convoke::mcp;
  const std::string text(reinterpret_cast<const char*>(bytes), size);
  if (text_of_header_value(header_value(text)) != text) std::abort();
  static_cast<void>(text_of_header_value(text));
  const auto schema = parse_json(text);
  if (schema && schema->is_object()) static_cast<void>(mirrored_arguments(schema->as_object()));
  return 0;
}
