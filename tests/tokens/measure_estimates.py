#!/usr/bin/env python3
"""How far off the estimates of src/tokens/models.cpp are, against tokenizers that are known.

    pip install tiktoken==0.14.0 && npm install tiktoken@1.0.22 @anthropic-ai/tokenizer@0.0.4
    tests/tokens/measure_estimates.py node_modules

The texts are the benchmark's (tests/bench/token_corpora.py), JSON, and what the programs on this machine say in other
languages, in pieces of 4,000 characters; of each language a few, so that all count alike.
"""
import base64
import gettext
import json
import pathlib
import random
import sys

import tiktoken

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/bench"), str(ROOT / "tests/tokens")]
import make_vectors  # noqa: E402
import token_corpora  # noqa: E402

SIZE = 4_000
OF_EACH = 4


def claude(modules: pathlib.Path) -> tiktoken.Encoding:
    published = json.loads((modules / "@anthropic-ai/tokenizer/claude.json").read_text())
    _, first, *tokens = published["bpe_ranks"].split(" ")
    ranks = {base64.b64decode(token): int(first) + i for i, token in enumerate(tokens)}
    return tiktoken.Encoding("claude", pat_str=published["pat_str"], mergeable_ranks=ranks, special_tokens={})


def pieces(text: str, count: int) -> list[str]:
    all_of_it = [text[at : at + SIZE] for at in range(0, len(text) - SIZE // 2, SIZE)]
    return random.Random(1).sample(all_of_it, min(count, len(all_of_it)))


def samples() -> dict[str, list[str]]:
    said: dict[str, list[str]] = {}
    for path in sorted(pathlib.Path("/usr/share/locale").glob("*/LC_MESSAGES/*.mo")):
        try:
            with path.open("rb") as file:
                messages = [text for text in gettext.GNUTranslations(file)._catalog.values() if text]
        except (OSError, ValueError, IndexError):  # some are damaged
            continue
        said.setdefault(path.parts[4], []).extend(messages[1:])
    rows = "".join(json.dumps({"id": i, "name": f"item {i * 7919 % 1000}", "value": i * 1.37}) for i in range(2_000))
    texts = {language: pieces("\n".join(messages), OF_EACH) for language, messages in said.items()}
    return texts | {"English": pieces(token_corpora.english(), 100), "code": pieces(token_corpora.code(), 100),
                    "JSON": pieces(rows, OF_EACH)}


def main() -> None:
    modules = pathlib.Path(sys.argv[1])
    known = {name: make_vectors.load(modules / "tiktoken", name) for name in make_vectors.ENCODINGS}
    known["claude"] = claude(modules)
    estimates = {"for claude": ("cl100k_base", 1.05, ["claude"]), "for others": ("o200k_base", 1.1, list(known))}
    texts = samples()
    for name, (base, factor, truths) in estimates.items():
        for truth in truths:
            off = {kind: sorted(abs(factor * len(known[base].encode_ordinary(text))
                                    / len(known[truth].encode_ordinary(text)) - 1) for text in of_kind)
                   for kind, of_kind in texts.items() if of_kind}
            every = sorted(error for errors in off.values() for error in errors[:OF_EACH])
            shown = {"all": every, "English": off["English"], "code": off["code"]}
            print(name, "against", truth, {kind: f"{errors[len(errors) * 19 // 20]:.0%}" for kind, errors in shown.items()})


if __name__ == "__main__":
    main()
