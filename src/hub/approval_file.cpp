#include "hub/approval_file.hpp"

#include "base/json.hpp"
#include "mcp/auth/sealed_file.hpp"

namespace convoke {

Result<std::vector<KeptApproval>> read_approvals(const std::string& path) {
  std::vector<KeptApproval> approvals;
  const std::string text = mcp::contents_of(path);
  if (text.empty()) return approvals;
  const auto document = parse_json(text);
  const json::array* rows = document ? document->if_array() : nullptr;
  if (!rows) return fail(Errc::invalid_input, path + ": not a list of approvals; put it right or away");
  for (const json::value& row : *rows) {
    approvals.push_back({string_or_empty(row, "conversation_id"), string_or_empty(row, "server"),
                         string_or_empty(row, "tool"), string_or_empty(row, "definition")});
  }
  return approvals;
}

Result<void> write_approvals(const std::string& path, const std::vector<KeptApproval>& approvals) {
  std::string text = "[";
  for (const KeptApproval& one : approvals) {
    const json::object row{{"conversation_id", one.conversation_id},
                           {"server", one.server},
                           {"tool", one.tool},
                           {"definition", one.fingerprint}};
    text += (text.size() == 1 ? "\n" : ",\n") + json::serialize(row);
  }
  text += "\n]\n";
  if (!mcp::replace_private(path, text)) return fail(Errc::unavailable, path + " cannot be written");
  return {};
}

}  // namespace convoke
