// Whatever JSON a peer sends in place of a tool, a prompt, a result…, it is read or refused; and what was read, written
// and read again is the same.
#include <cstdlib>
#include <string_view>

#include "mcp/codec/client_codec.hpp"
#include "mcp/types/prompt.hpp"
#include "mcp/types/resource.hpp"
#include "mcp/types/tool.hpp"

namespace {

using namespace convoke;
using namespace convoke::mcp;

template <class T>
void expect_stable(const Result<T>& first, Result<T> (*read)(const json::value&)) {
  if (!first) return;
  const auto again = read(to_json(*first));
  if (!again || !(*again == *first)) std::abort();
}

template <class T>
void expect_stable(const Result<T>& first, Result<T> (*read)(const json::object&)) {
  if (!first) return;
  const auto again = read(to_json(*first));
  if (!again || !(*again == *first)) std::abort();
}

void read_requests(const json::object& object) {
  static_cast<void>(sampling_request_from(object));
  static_cast<void>(sampling_result_from(object));
  static_cast<void>(elicit_request_from(object));
  static_cast<void>(elicit_result_from(object));
  static_cast<void>(completion_request_from(object));
  static_cast<void>(completion_from(object));
  static_cast<void>(roots_from(object));
  static_cast<void>(defaults_of(object));
  if (const auto task = task_report_from(object)) static_cast<void>(modern_details(*task));
  const ClientCodec codec(newest_modern, {"fuzz", "1"}, {.tasks = true});
  static_cast<void>(codec.decode(object));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const auto value = parse_json({reinterpret_cast<const char*>(bytes), size});
  if (!value) return 0;
  expect_stable(tool_from(*value), &tool_from);
  expect_stable(prompt_from(*value), &prompt_from);
  expect_stable(resource_from(*value), &resource_from);
  expect_stable(resource_template_from(*value), &resource_template_from);
  static_cast<void>(client_capabilities_from(*value));
  static_cast<void>(server_capabilities_from(*value));
  static_cast<void>(implementation_from(*value));
  const json::object* object = value->if_object();
  if (!object) return 0;
  expect_stable(call_tool_result_from(*object), &call_tool_result_from);
  expect_stable(get_prompt_result_from(*object), &get_prompt_result_from);
  expect_stable(read_resource_result_from(*object), &read_resource_result_from);
  read_requests(*object);
  return 0;
}
