// Whatever a tool, a prompt or a resource answers: what the model reads of it is bounded and text.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "hub/materials.hpp"
#include "hub/server_log.hpp"
#include "hub/tool_answer.hpp"
#include "mcp/types/prompt.hpp"
#include "mcp/types/resource.hpp"

namespace {

using namespace convoke;

void expect_text(std::string_view text) {
  if (utf8_prefix(text, max_result_text_bytes + 1000).size() != text.size()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  const auto prefix = utf8_prefix(text, size / 2);
  if (prefix.size() > size / 2) std::abort();
  const auto value = parse_json(text);
  if (!value || !value->is_object()) return 0;
  const json::object& object = value->as_object();
  if (const auto result = mcp::call_tool_result_from(object)) {
    const ToolResult answer = tool_answer({"call", "tool", "{}"}, *result);
    expect_text(answer.text);
    if (answer.is_error != result->is_error) std::abort();
  }
  if (const auto prompt = mcp::get_prompt_result_from(object)) static_cast<void>(parts_of_prompt(*prompt));
  if (const auto resource = mcp::read_resource_result_from(object)) {
    static_cast<void>(parts_of_resource("server", "a://b", *resource));
  }
  return 0;
}
