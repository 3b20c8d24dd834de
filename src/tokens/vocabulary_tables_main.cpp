// Writes the tables of a vocabulary, as the program holds them: vocabulary_tables PACKED TABLES. Runs when the program
// is built.
#include <zstd.h>

#include <fstream>
#include <iostream>
#include <iterator>

#include "tokens/vocabulary.hpp"

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  std::ifstream input(argv[1], std::ios::binary);
  const std::vector<char> packed(std::istreambuf_iterator<char>(input), {});
  const auto size = ZSTD_getFrameContentSize(packed.data(), packed.size());
  if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN) {
    std::cerr << argv[1] << ": is no vocabulary\n";
    return 1;
  }
  std::vector<char> plain(size);
  if (ZSTD_decompress(plain.data(), plain.size(), packed.data(), packed.size()) != size) {
    std::cerr << argv[1] << ": is damaged\n";
    return 1;
  }
  const auto tables = convoke::tables_of(plain);
  std::ofstream output(argv[2], std::ios::binary);
  output.write(reinterpret_cast<const char*>(tables.data()),
               static_cast<std::streamsize>(tables.size() * sizeof(tables[0])));
  return output.flush() ? 0 : 1;
}
