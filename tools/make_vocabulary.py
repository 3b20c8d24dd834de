#!/usr/bin/env python3
"""Makes src/tokens/data/<encoding>.zst from the ranks that the npm package `tiktoken` ships (encoders/<encoding>.json).

    npm install tiktoken@1.0.22 && pip install zstandard
    tools/make_vocabulary.py node_modules/tiktoken

The file, before Zstandard: the number of tokens as four bytes, little end first; the length of each token, one byte; the
length of the left of the two tokens it is merged from, one byte, 0 for a single byte; the bytes of all tokens, one after
the other. A token's place in the list is its id.
"""
import base64
import hashlib
import json
import pathlib
import struct
import sys

import zstandard

# Of the lists as their publisher serves them (one line `base64 rank` per token).
PUBLISHED_SHA256 = {
    "o200k_base": "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
    "cl100k_base": "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
}
DATA = pathlib.Path(__file__).resolve().parent.parent / "src/tokens/data"


def read_tokens(path: pathlib.Path) -> list[bytes]:
    """The tokens in the order of their ranks. Each line is `! <first rank> <token> <token> ...`."""
    tokens = []
    for line in json.loads(path.read_text())["bpe_ranks"].splitlines():
        _, first, *encoded = line.split(" ")
        assert int(first) == len(tokens), "a gap in the ranks"
        tokens += [base64.b64decode(token) for token in encoded]
    return tokens


def published_form(tokens: list[bytes]) -> bytes:
    return b"".join(base64.b64encode(token) + b" %d\n" % rank for rank, token in enumerate(tokens))


def left_length(token: bytes, rank: int, ranks: dict[bytes, int]) -> int:
    """How long the left half of the last merge is that makes `token`; 0 for a single byte."""
    if len(token) == 1:
        return 0
    parts = [token[at : at + 1] for at in range(len(token))]
    while len(parts) > 2:
        merges = [(ranks.get(a + b, rank), at) for at, (a, b) in enumerate(zip(parts, parts[1:]))]
        best, at = min(merges)
        assert best < rank, "a token that merging never makes"
        parts[at : at + 2] = [parts[at] + parts[at + 1]]
    return len(parts[0])


def main() -> None:
    for name, digest in PUBLISHED_SHA256.items():
        tokens = read_tokens(pathlib.Path(sys.argv[1]) / "encoders" / f"{name}.json")
        assert hashlib.sha256(published_form(tokens)).hexdigest() == digest, f"{name} is not what was published"
        ranks = {token: rank for rank, token in enumerate(tokens)}
        lefts = bytes(left_length(token, rank, ranks) for rank, token in enumerate(tokens))
        plain = struct.pack("<I", len(tokens)) + bytes(map(len, tokens)) + lefts + b"".join(tokens)
        packed = zstandard.ZstdCompressor(level=22, write_checksum=True).compress(plain)
        (DATA / f"{name}.zst").write_bytes(packed)
        print(f"{name}: {len(tokens)} tokens, {len(plain)} bytes, {len(packed)} compressed")


if __name__ == "__main__":
    main()
