// The vocabularies, as the assembler includes them into this object, and the tokenizers made of them.
#include "tokens/exact_tokenizer.hpp"

#define CONVOKE_EMBED(symbol, file)                                                                            \
  asm(".pushsection .rodata\n.balign 64\n"                                                                     \
      ".global " #symbol "_begin\n.global " #symbol "_end\n" #symbol "_begin:\n.incbin \"" file "\"\n" #symbol \
      "_end:\n.byte 0\n"                                                                                       \
      ".popsection\n");                                                                                        \
  extern "C" const char symbol##_begin[];                                                                      \
  extern "C" const char symbol##_end[]

CONVOKE_EMBED(convoke_o200k_base, CONVOKE_VOCABULARIES "/o200k_base.tables");
CONVOKE_EMBED(convoke_cl100k_base, CONVOKE_VOCABULARIES "/cl100k_base.tables");

namespace convoke {
namespace {

const Vocabulary& o200k_vocabulary() {
  static const Vocabulary vocabulary({convoke_o200k_base_begin, convoke_o200k_base_end});
  return vocabulary;
}

const Vocabulary& cl100k_vocabulary() {
  static const Vocabulary vocabulary({convoke_cl100k_base_begin, convoke_cl100k_base_end});
  return vocabulary;
}

}  // namespace

const ExactTokenizer& o200k_base() {
  static const ExactTokenizer tokenizer("o200k_base", Pattern::o200k, o200k_vocabulary());
  return tokenizer;
}

const ExactTokenizer& o200k_harmony() {
  static const ExactTokenizer tokenizer("o200k_harmony", Pattern::o200k, o200k_vocabulary());
  return tokenizer;
}

const ExactTokenizer& cl100k_base() {
  static const ExactTokenizer tokenizer("cl100k_base", Pattern::cl100k, cl100k_vocabulary());
  return tokenizer;
}

}  // namespace convoke
