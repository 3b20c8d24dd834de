#!/usr/bin/env python3
"""Makes src/tokens/unicode_compositions.inc: what Unicode's canonical composition (NFC) needs to know.

    tools/make_unicode_compositions.py

The answers come from Python's `unicodedata` (Unicode 14.0 for Python 3.11). Hangul follows from arithmetic.
"""
import pathlib
import unicodedata

TARGET = pathlib.Path(__file__).resolve().parent.parent / "src/tokens/unicode_compositions.inc"
EVERY = [*range(0xD800), *range(0xE000, 0x110000)]


def rows(entries: list[str], width: int) -> str:
    return "".join("    " + " ".join(entries[at : at + width]) + "\n" for at in range(0, len(entries), width))


def main() -> None:
    decompositions, classes, last = [], [], 0
    for code in EVERY:
        parts = unicodedata.decomposition(chr(code))
        if parts and not parts.startswith("<"):
            first, second = ([int(part, 16) for part in parts.split()] + [0])[:2]
            composes = second != 0 and unicodedata.normalize("NFC", chr(first) + chr(second)) == chr(code)
            decompositions.append(f"{{0x{code:x}, 0x{first:x}, 0x{second:x}, {str(composes).lower()}}},")
        if unicodedata.combining(chr(code)) != last:
            last = unicodedata.combining(chr(code))
            classes.append(f"0x{code << 8 | last:x},")
    TARGET.write_text(
        "// Made by tools/make_unicode_compositions.py.\n"
        "/// A character, what it decomposes to, and whether those compose to it again.\n"
        f"constexpr Decomposition decompositions[] = {{\n{rows(decompositions, 3)}}};\n"
        "/// Each number starts a range: code point << 8 | combining class.\n"
        f"constexpr std::uint32_t class_starts[] = {{\n{rows(classes, 10)}}};\n"
    )
    print(f"{len(decompositions)} decompositions, {len(classes)} ranges")


if __name__ == "__main__":
    main()
