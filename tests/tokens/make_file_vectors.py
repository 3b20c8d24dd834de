#!/usr/bin/env python3
"""Writes small tokenizers of each family and what the `tokenizers` library makes of many texts with them, for
src/tokens/tokenizer_file_test.cpp.

    pip install tokenizers==0.23.3
    tests/tokens/make_file_vectors.py src/tokens/testdata

With `--seed 7 --texts 5000` it makes other texts, and more of them; name the folder in CONVOKE_TOKENIZER_FILES and run
tokens_test. Each line of tokenizer_files.jsonl: the tokenizer's file as text, and texts with their tokens.
"""
import argparse
import json
import pathlib
import random

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
QWEN = LLAMA3.replace(r"\p{N}{1,3}", r"\p{N}")
GPT4O = "|".join([
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
    r"\p{N}{1,3}", r" ?[^\s\p{L}\p{N}]+[\r\n/]*", r"\s*[\r\n]+", r"\s+(?!\S)", r"\s+",
])
DEEPSEEK = (r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*"
            r"|\s*[\r\n]+|\s+(?!\S)|\s+")
WORDS = """the and of to hello world don't I'LL we've you're it's camelCase XMLHttpRequest naïve Straße Ελλάδα привет мир
 שלום مرحبا नमस्ते ภาษาไทย 你好世界 こんにちは カタカナ 안녕하세요 ʰa ªº 'S 'Re 123 1234567 ٣٤٥ ²³ 3.14 0x1F == != /* */ -> {}; ();
 #include <stdio.h> http://a.b/c?d=e e\u0301 👍🏽 👨‍👩‍👧 ``` --- … “quoted” ’s //// ! !! ,x _y $5 €9 <think> </think> <|im_start|>
 <|end|> [tool] ▁ ▁▁""".split()
SPACES = [" ", " ", " ", "  ", "   ", "\n", "\n\n", "\t", "\r\n", " \n ", "\u00a0", "\u3000", ""]
EVERY = "".join(map(chr, [*range(0xD800), *range(0xE000, 0x1FBF0)]))


def split(pattern: str):
    return pre_tokenizers.Split(Regex(pattern), "isolated")


def byte_level(*splits, whole=False) -> Tokenizer:
    made = Tokenizer(models.BPE(ignore_merges=whole))
    last = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=not splits)
    made.pre_tokenizer = pre_tokenizers.Sequence([*splits, last])
    made.decoder = decoders.ByteLevel()
    return made


def sentencepiece(fallback: bool) -> Tokenizer:
    made = Tokenizer(models.BPE(byte_fallback=fallback, unk_token="<unk>", fuse_unk=True))
    return made


def families() -> dict[str, Tokenizer]:
    llama2, mistral, unknown = sentencepiece(True), sentencepiece(True), sentencepiece(False)
    llama2.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    mistral.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first", split=False)
    unknown.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always", split=True)
    qwen = byte_level(split(QWEN))
    qwen.normalizer = normalizers.NFC()
    never, gemma = sentencepiece(True), sentencepiece(True)
    never.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="never", split=True)
    gemma.normalizer = normalizers.Replace(" ", "▁")
    gemma.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
    tekken = GPT4O.replace(r"\p{N}{1,3}", r"\p{N}").replace("(?i:'s|'t|'re|'ve|'m|'ll|'d)?", "")
    gpt2 = Tokenizer(models.BPE())
    gpt2.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    return {
        "llama3": byte_level(split(LLAMA3), whole=True),
        "qwen": qwen,
        "gpt-4o": byte_level(split(GPT4O)),
        "deepseek": byte_level(split(r"\p{N}{1,3}"), split("[一-龥぀-ゟ゠-ヿ]+"), split(DEEPSEEK)),
        "gpt2": gpt2,
        "llama2": llama2,
        "mistral": mistral,
        "unknown": unknown,
        "never": never,
        "gemma": gemma,
        "tekken": byte_level(split(tekken), whole=True),
        "digits": byte_level(pre_tokenizers.Digits(individual_digits=True)),
    }


def train(name: str, tokenizer: Tokenizer, corpus: list[str]) -> Tokenizer:
    is_bytes = name in ("llama3", "qwen", "gpt-4o", "deepseek", "gpt2", "tekken", "digits")
    special = [] if is_bytes else ["<unk>", *(f"<0x{byte:02X}>" for byte in range(256) if name != "unknown")]
    alphabet = pre_tokenizers.ByteLevel.alphabet() if is_bytes else list("abcdefghijklmnopqrstuvwxyz ▁.,'你好мирпет")
    size = 520 if is_bytes else 460
    trainer = trainers.BpeTrainer(vocab_size=size, special_tokens=special, initial_alphabet=alphabet,
                                  limit_alphabet=120, show_progress=False)
    tokenizer.train_from_iterator(corpus, trainer)
    made = json.loads(tokenizer.to_str())
    if not is_bytes:  # the bytes are ordinary tokens in the files people use
        made["added_tokens"] = [token for token in made["added_tokens"] if not token["content"].startswith("<0x")]
    tokenizer = Tokenizer.from_str(json.dumps(made))
    tokenizer.add_special_tokens([AddedToken("<|im_start|>", special=True), AddedToken("<|end|>", special=True)])
    tokenizer.add_tokens([AddedToken("<think>", normalized=False), AddedToken("[tool]", lstrip=True, rstrip=True, normalized=False)])
    return tokenizer


def random_text(rng: random.Random) -> str:
    size = rng.choice([1, 2, 5, 10, 40])
    kind = rng.randrange(5)
    if kind == 0:
        return "".join(rng.choice(EVERY) for _ in range(size))
    if kind == 1:
        return "".join(rng.choice("aB中각가\u1100\u1161\u11a8\u0301\u0323\u0308oOạ\u0958\u2126 1/\n\r\t'.sté\u00a0Ǆǅſ,_") for _ in range(size))
    if kind == 2:
        return rng.choice(["a", " ", "\n", "-", "1", "中"]) * rng.choice([1, 7, 100])
    return "".join(rng.choice(WORDS) + rng.choice(SPACES) for _ in range(size))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--texts", type=int, default=120)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    corpus = [" ".join(random.Random(i).choices(WORDS, k=50)) for i in range(200)]
    with (options.folder / "tokenizer_files.jsonl").open("w") as out:
        for name, tokenizer in families().items():
            tokenizer = train(name, tokenizer, corpus)
            texts = ["", " ", "Hello world", *(random_text(rng) for _ in range(options.texts))]
            cases = [[text, tokenizer.encode(text, add_special_tokens=False).ids] for text in texts]
            json.dump({"name": name, "file": tokenizer.to_str(), "cases": cases}, out, separators=(",", ":"))
            out.write("\n")


if __name__ == "__main__":
    main()
