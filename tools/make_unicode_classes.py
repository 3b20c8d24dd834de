#!/usr/bin/env python3
"""Makes src/tokens/unicode_classes.inc and unicode_kinds.inc: to which class of the pretokenizers' patterns each code point belongs.

    pip install tiktoken==0.14.0
    tools/make_unicode_classes.py

The answers come from tiktoken's own pattern engine, so that the tables agree with it whatever Unicode version it was
built with (16.0 for tiktoken 0.14.0).
"""
import pathlib

import tiktoken

# The order is that of `CharClass` in src/tokens/char_class.hpp; what none of them matches is `other`.
CLASSES = {
    "upper": r"[\p{Lu}\p{Lt}]",
    "lower": r"\p{Ll}",
    "uncased": r"[\p{Lm}\p{Lo}]",
    "mark": r"\p{M}",
    "number": r"\p{N}",
    "newline": r"[\r\n]",
    "space": r"[\s&&[^\r\n]]",
}
EVERY = "".join(map(chr, [*range(0xD800), *range(0xE000, 0x110000)]))
# What `CharClass` does not tell apart and patterns of Hugging Face's files ask for, in the order of `CharKind`.
KINDS = {"punctuation": r"\p{P}", "symbol": r"\p{S}", "titlecase": r"\p{Lt}", "modifier": r"\p{Lm}"}
TARGET = pathlib.Path(__file__).resolve().parent.parent / "src/tokens/unicode_classes.inc"


def matching(pattern: str) -> str:
    bytes_only = {bytes([byte]): byte for byte in range(256)}
    engine = tiktoken.Encoding("probe", pat_str=pattern, mergeable_ranks=bytes_only, special_tokens={})
    return engine.decode(engine.encode_ordinary(EVERY))


def write(target: pathlib.Path, patterns: dict[str, str], meaning: str) -> None:
    class_of = {}
    for number, pattern in enumerate(patterns.values(), 1):
        for char in matching(pattern):
            assert char not in class_of, f"{ord(char):x} has two classes"
            class_of[char] = number
    starts, last = [], 0
    for char in EVERY:
        if class_of.get(char, 0) != last:
            last = class_of.get(char, 0)
            starts.append(ord(char) << 8 | last)
    lines = [", ".join(f"0x{start:x}" for start in starts[at : at + 10]) for at in range(0, len(starts), 10)]
    target.write_text(f"// Made by tools/make_unicode_classes.py. Each number starts a range: code point << 8 | {meaning}.\n"
                      + ",\n".join(lines) + "\n")
    print(f"{target.name}: {len(starts)} ranges, the last from {starts[-1] >> 8:x}")


def main() -> None:
    write(TARGET, CLASSES, "class")
    write(TARGET.with_name("unicode_kinds.inc"), KINDS, "kind")


if __name__ == "__main__":
    main()
