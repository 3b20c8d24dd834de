// Whatever bytes a peer sends, they become messages or a reason why not; and what was read is written and read alike.
#include <cstdlib>

#include "mcp/jsonrpc.hpp"
#include "mcp/transport/line_splitter.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace convoke::mcp;
  const auto check = [](std::string line) {
    for (const auto& message : jsonrpc::parse_messages(line)) {
      if (!message) continue;
      const std::string written = jsonrpc::serialise(*message);
      const auto again = jsonrpc::parse_message(written);
      if (!again || jsonrpc::serialise(*again) != written) std::abort();
    }
  };
  LineSplitter lines(1 << 16);
  if (lines.feed({reinterpret_cast<const char*>(bytes), size}, check)) lines.finish(check);
  return 0;
}
