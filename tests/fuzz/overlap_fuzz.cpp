// A cut answer and its continuation. What is shown is a part of the continuation, only its front is missing, and where
// the pieces are cut makes no difference.
#include <cstdint>
#include <cstdlib>

#include "llm/overlap.hpp"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  const std::string_view said = bytes.substr(0, data[0] * bytes.size() / 256);
  const std::string_view more = bytes.substr(said.size());
  const std::size_t repeated = convoke::overlap(said, more);
  require(repeated <= more.size());
  const std::size_t cut = data[1] * more.size() / 256;
  convoke::OverlapFilter filter{std::string(said)};
  std::string shown = filter.feed(more.substr(0, cut));
  shown += filter.feed(more.substr(cut));
  shown += filter.finish();
  require(shown == more.substr(repeated));
  return 0;
}
