#include "chat/shown_message.hpp"

#include "chat/result_pages.hpp"

namespace convoke {

std::string result_id_of(const Event& event) { return string_or_empty(event.details, "result_id"); }

Message shown_message(const Event& event, std::size_t page_bytes) {
  Message message = event.message;
  for (Part& part : message.parts) {
    if (ToolResult* result = std::get_if<ToolResult>(&part)) {
      *result = shown_result(std::move(*result), result_id_of(event), page_bytes);
    }
  }
  return message;
}

}  // namespace convoke
