"""Counts the tokens of a file with another library, on one core: token_peers.py LIBRARY RANKS FILE ROUNDS.

Each is given the same vocabulary, as tiktoken's files have it, and the whole text in one call. The answer is one JSON
line; `seconds` has a figure for each round after the first, which warms up."""
import base64
import importlib.metadata
import json
import os
import pathlib
import sys
import time

# Of o200k_base, as tiktoken_ext/openai_public.py has it.
O200K = "|".join([
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
    r"\p{N}{1,3}", r" ?[^\s\p{L}\p{N}]+[\r\n/]*", r"\s*[\r\n]+", r"\s+(?!\S)", r"\s+",
])


def ranks_of(path: str) -> dict[bytes, int]:
    lines = (line.split() for line in pathlib.Path(path).read_text().splitlines())
    return {base64.b64decode(token): int(rank) for token, rank in lines}


def make_tiktoken(ranks: str):
    import tiktoken

    encoding = tiktoken.Encoding("o200k", pat_str=O200K, mergeable_ranks=ranks_of(ranks), special_tokens={})
    return encoding.encode_ordinary  # str in, list out: what its users call


def make_riptoken(ranks: str):
    import riptoken

    return riptoken.CoreBPE(ranks_of(ranks), {}, O200K).encode_ordinary


def make_gigatoken(ranks: str):
    import gigatoken

    tokenizer = gigatoken.Tokenizer.from_tiktoken(ranks, pretokenizer="o200k")
    return tokenizer.encode


def make_rs_bpe(_: str):
    import rs_bpe

    return rs_bpe.openai.o200k_base().count  # has the vocabulary built in




LIBRARIES = {"tiktoken": make_tiktoken, "riptoken": make_riptoken, "gigatoken": make_gigatoken, "rs_bpe": make_rs_bpe}


def main(library: str, ranks: str, path: str, rounds: str):
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    text = pathlib.Path(path).read_text()
    count = LIBRARIES[library](ranks)
    seconds, tokens = [], 0
    for _ in range(int(rounds) + 1):
        began = time.perf_counter()
        made = count(text)
        seconds.append(time.perf_counter() - began)
        tokens = made if isinstance(made, int) else len(made)
    print(json.dumps({"version": importlib.metadata.version(library), "tokens": tokens, "seconds": seconds[1:]}))


if __name__ == "__main__":
    main(*sys.argv[1:])
