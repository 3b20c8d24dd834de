#pragma once
#include <string>
#include <string_view>

#include "domain/message.hpp"
#include "mcp/types/tool.hpp"

namespace convoke {

/// Bytes of text, and of Base64 image data, that one result may bring into a conversation. A prompt shows much less of
/// the text at once; the rest is there to be read page by page.
inline constexpr std::size_t max_result_text_bytes = 4 * 1024 * 1024;
inline constexpr std::size_t max_result_image_bytes = 8 * 1024 * 1024;

/// A server's answer as the model reads it: texts joined by line breaks, or the structured content where there is no
/// text; pictures as images; what a model cannot read (audio, files) described in one line each. Longer texts are cut
/// between two characters, with a note; pictures over the limit are described only.
ToolResult tool_answer(const ToolCall& call, const mcp::CallToolResult& result);

/// A failure as the model reads it. `why` should say what the model can do about it.
ToolResult tool_failure(const ToolCall& call, std::string why);

}  // namespace convoke
