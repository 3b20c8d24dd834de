#include "base/random.hpp"

#include <sys/random.h>

#include <array>
#include <random>
#include <stdexcept>

namespace convoke {

std::string random_id(std::string_view prefix) {
  constexpr std::string_view alphabet = "0123456789abcdefghjkmnpqrstvwxyz";  // Crockford's base 32, lower case
  std::array<unsigned char, 26> bytes{};
  if (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    throw std::runtime_error("the operating system gave no random bytes");
  }
  std::string id(prefix);
  for (const unsigned char byte : bytes) id += alphabet[byte % alphabet.size()];
  return id;
}

double random_fraction() {
  thread_local std::minstd_rand generator{std::random_device{}()};
  return std::uniform_real_distribution<double>(0.0, 1.0)(generator);
}

}  // namespace convoke
