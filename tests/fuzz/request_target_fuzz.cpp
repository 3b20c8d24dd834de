// A target that is accepted has a path without a NUL byte and a query that is a piece of the target.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "net/request_target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view target(reinterpret_cast<const char*>(data), size);
  const auto parsed = convoke::net::parse_request_target(target);
  if (!parsed) return 0;
  const bool is_sound =
      !parsed->path.empty() && !parsed->path.contains('\0') && target.find(parsed->query) != target.npos;
  if (!is_sound) std::abort();
  return 0;
}
