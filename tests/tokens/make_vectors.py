#!/usr/bin/env python3
"""Writes what tiktoken makes of many texts, for src/tokens/exact_tokenizer_test.cpp.

    pip install tiktoken==0.14.0 regex && npm install tiktoken@1.0.22
    tests/tokens/make_vectors.py node_modules/tiktoken > src/tokens/testdata/vectors.jsonl

With `--seed 7 --texts 20000` it makes others, and more of them; name their file in CONVOKE_TOKEN_VECTORS and run
tokens_test. Each line: the text; per encoding the number of tokens, a hash of the tokens, and a hash of the ends of the
pieces (FNV-1a, 32-bit values, little end first), null where the second engine knows some character of another class.
"""
import argparse
import base64
import json
import pathlib
import random
import struct

import regex
import tiktoken
import tiktoken_ext.openai_public as published

ENCODINGS = ["o200k_base", "cl100k_base"]
WORDS = """the and of to hello world don't I'LL we've you're it's HTMLParser camelCase XMLHttpRequest iPhone ABCd d'S
 antidisestablishmentarianism naïve Straße Ελλάδα привет Москва мир שלום مرحبا العربية हिन्दी नमस्ते ภาษาไทย 你好世界
 こんにちは カタカナ 안녕하세요 ǅungla ʰa ªº ſ 'ſ 'S 'Re 123 1234567 ٣٤٥ ²³ Ⅷ 3.14 0x1F == != /* */ // -> {}; ();\n #include
 <stdio.h> http://a.b/c?d=e \t\t \n \r\n \n\n\n   \u00a0 \u3000 \u0085 \u2028 é e\u0301 \u0301A a\u0301B 👍🏽 👨‍👩‍👧 🇩🇪 \u200d
 <|endoftext|> <|im_start|> ``` --- === ... … “quoted” ‘s ’s //// /\n/ !\n\n/x \x00 \x1f \x7f""".split(" ")
CLASSES = [r"[\p{Lu}\p{Lt}]", r"\p{Ll}", r"[\p{Lm}\p{Lo}]", r"\p{M}", r"\p{N}", r"\s"]
EVERY = "".join(map(chr, [*range(0xD800), *range(0xE000, 0x110000)]))


def load(package: pathlib.Path, name: str) -> tiktoken.Encoding:
    """tiktoken's own definition of the encoding, with the ranks from the npm package instead of the network."""
    ranks = {}
    for line in json.loads((package / "encoders" / f"{name}.json").read_text())["bpe_ranks"].splitlines():
        _, first, *tokens = line.split(" ")
        ranks |= {base64.b64decode(token): int(first) + i for i, token in enumerate(tokens)}
    published.load_tiktoken_bpe = lambda *_, **__: ranks
    return tiktoken.Encoding(**getattr(published, name)())


def other_classes() -> set[str]:
    """The characters that the `regex` package, built with another Unicode version, puts into another class."""
    bytes_only = {bytes([byte]): byte for byte in range(256)}
    other = set()
    for pattern in CLASSES:
        engine = tiktoken.Encoding("probe", pat_str=pattern, mergeable_ranks=bytes_only, special_tokens={})
        other |= set(engine.decode(engine.encode_ordinary(EVERY))) ^ set(regex.findall(pattern, EVERY))
    return other | {"ſ"}


def fnv(values: list[int]) -> str:
    total = 0xCBF29CE484222325
    for byte in struct.pack(f"<{len(values)}I", *values):
        total = (total ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return f"{total:016x}"


def ends(pattern: str, text: str) -> list[int]:
    found, at = [], 0
    for piece in regex.findall(pattern, text):
        at += len(piece.encode())
        found.append(at)
    assert not found or at == len(text.encode())
    return found


def random_text(rng: random.Random, source: str) -> str:
    kind = rng.randrange(8)
    size = rng.choice([1, 2, 3, 5, 10, 30, 100, 300])
    if kind == 0:
        return "".join(rng.choice(WORDS) for _ in range(size))
    if kind == 1:
        return " ".join(rng.choice(WORDS) for _ in range(size))
    if kind == 2:
        return "".join(rng.choice(EVERY) for _ in range(size))
    if kind == 3:  # few characters of each class, in every order
        return "".join(rng.choice("aB中\u0301 1/\n\r\t'.sté\u00a0Ǆǅſ") for _ in range(size))
    if kind == 4:
        return rng.randbytes(size).decode("utf-8", "replace")
    if kind == 5:
        return rng.choice(["a", " ", "\n", "ab", "-", "中", "\u0301", "aA", "0", "'s"]) * rng.choice([size, 1000])
    if kind == 6:  # several bytes each, at the edges of everything that looks at more than one character at a time
        return "".join(rng.choice(["aB", "中", "é", "É", "«", "“", "\u00a0", "\u3000", " ", "\n", "❤\ufe0f", "٣", "1", "🎉", "ก\u0e34",
                                   "'s", "/", "한", "ж", "Ж", "𝒜", "𐐀", "𐐨", "\u2028", "\u200d", "ʰ"]) for _ in range(size))
    at = rng.randrange(max(1, len(source) - 4 * size))
    return source[at : at + 4 * size]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("package", type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--texts", type=int, default=600)
    parser.add_argument("--source", type=pathlib.Path, help="a large text to take samples from")
    args = parser.parse_args()
    encodings = [load(args.package, name) for name in ENCODINGS]
    unsure = other_classes()
    rng = random.Random(args.seed)
    source = args.source.read_text() if args.source else " ".join(rng.choice(WORDS) for _ in range(1000))
    for text in ["", *WORDS, *(random_text(rng, source) for _ in range(args.texts))]:
        line = {"text": text}
        for encoding in encodings:
            tokens = encoding.encode_ordinary(text)
            pieces = None if unsure & set(text) else fnv(ends(encoding._pat_str, text))
            line[encoding.name] = [len(tokens), fnv(tokens), pieces]
        print(json.dumps(line, ensure_ascii=False, separators=(",", ":")))


if __name__ == "__main__":
    main()
