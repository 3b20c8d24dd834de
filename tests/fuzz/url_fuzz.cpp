// A URL that is accepted has parts that make the same URL again; an address is somewhere.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "net/network_kind.hpp"
#include "net/url.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace convoke::net;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  if (const auto url = parse_url(text)) {
    const auto again = parse_url(url->scheme + "://" + url->authority() + url->target());
    if (!again || *again != *url) std::abort();
    if (url->path.front() != '/' || url->host.empty()) std::abort();
  }
  static_cast<void>(reach_of_peer(std::string(text)).includes(network_kind_of(text)));
  return 0;
}
