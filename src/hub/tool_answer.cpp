#include "hub/tool_answer.hpp"

#include <fmt/format.h>

#include "base/plain_numbers.hpp"
#include "base/result.hpp"
#include "base/utf8.hpp"

namespace convoke {
namespace {

/// "3 bytes", "12 KB"; of Base64, the size of what it encodes.
std::string size_of(std::size_t bytes) {
  return bytes < 1024 ? fmt::format("{} bytes", bytes) : fmt::format("{} KB", (bytes + 512) / 1024);
}
std::string decoded_size(std::string_view base64) { return size_of(base64.size() / 4 * 3); }

std::string or_else(const std::string& text, std::string_view otherwise) {
  return text.empty() ? std::string(otherwise) : text;
}

class Answer {
 public:
  explicit Answer(const ToolCall& call) { result_.call_id = call.id, result_.name = call.name; }

  void add(const mcp::TextContent& content) { add_line(content.text); }

  void add(const mcp::ImageContent& content) { add_image(content.mime_type, content.data); }

  void add(const mcp::AudioContent& content) {
    add_line(fmt::format("[audio, {}, {}]", content.mime_type, decoded_size(content.data)));
  }

  void add(const mcp::ResourceLink& link) {
    std::string line = fmt::format("[link to {}: {}", or_else(link.title, link.name), link.uri);
    if (!link.mime_type.empty()) line += ", " + link.mime_type;
    if (link.size) line += ", " + size_of(static_cast<std::size_t>(std::max<std::int64_t>(0, *link.size)));
    line += "]";
    add_line(link.description.empty() ? line : line + " " + link.description);
  }

  void add(const mcp::EmbeddedResource& embedded) {
    const mcp::ResourceContents& contents = embedded.resource;
    if (contents.text) {
      add_line(fmt::format("[contents of {}]\n{}", contents.uri, *contents.text));
    } else if (contents.blob && contents.mime_type.starts_with("image/")) {
      add_image(contents.mime_type, *contents.blob);
    } else {
      const std::string type = or_else(contents.mime_type, "binary");
      add_line(fmt::format("[file {}, {}, {}]", contents.uri, type, decoded_size(contents.blob.value_or(""))));
    }
  }

  void add(const mcp::ToolUseContent& use) { add_line(fmt::format("[asks for the tool {}]", use.name)); }

  void add(const mcp::OtherContent& other) {
    add_line(fmt::format("[content of type {}]", or_else(string_or_empty(other.raw, "type"), "unknown")));
  }

  void add_structured(const json::value& value) {
    if (result_.text.empty()) add_line(plain_numbers(json::serialize(value)));
  }

  ToolResult finish(bool is_error) {
    result_.is_error = is_error;
    if (result_.text.size() > max_result_text_bytes) {
      const auto kept = utf8_prefix(result_.text, max_result_text_bytes);
      const std::string note = fmt::format("\n[cut here: the first {} of {} bytes]", kept.size(), result_.text.size());
      result_.text = std::string(kept) + note;
    }
    if (result_.text.empty()) result_.text = "(no output)";
    return std::move(result_);
  }

 private:
  void add_line(std::string_view line) {
    if (!result_.text.empty()) result_.text += '\n';
    result_.text += line;
  }

  void add_image(const std::string& media_type, const std::string& data) {
    const bool fits = image_bytes_ + data.size() <= max_result_image_bytes;
    // Said in words too: the model may be one that sees no pictures.
    add_line(fmt::format("[image, {}, {}{}]", media_type, decoded_size(data), fits ? "" : ", too large to show"));
    if (!fits) return;
    image_bytes_ += data.size();
    result_.images.push_back({media_type, data, ""});
  }

  ToolResult result_;
  std::size_t image_bytes_ = 0;
};

}  // namespace

ToolResult tool_answer(const ToolCall& call, const mcp::CallToolResult& result) {
  Answer answer(call);
  for (const mcp::ContentBlock& block : result.content) {
    std::visit([&](const auto& content) { answer.add(content); }, block);
  }
  if (result.structured_content) answer.add_structured(*result.structured_content);
  return answer.finish(result.is_error);
}

ToolResult tool_failure(const ToolCall& call, std::string why) {
  return {.call_id = call.id, .name = call.name, .text = std::move(why), .is_error = true};
}

}  // namespace convoke
