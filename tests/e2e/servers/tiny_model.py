"""Writes a model of 400 KB in llama.cpp's GGUF format whose weights are made by hand, so that it says what it was made to
say: a real server can be tested without a real model.

    python tiny_model.py FILE

Its one layer changes nothing. The embedding of a token is its number, and the output layer leads from each token to the
one that follows it, whatever came before. The chat template looks at what is asked and ends the prompt with the token
with which the answer begins."""
import struct
import sys

# Each is one answer. Its first token is written by the template; no token has two successors.
ANSWERS = [
    ["<|hello|>", "Hello", " from", " a", " tiny", " model", ".", "<|im_end|>"],
    ["<|bytes|>", "Gr", *(f"<0x{byte:02X}>" for byte in "ü 😀".encode()), "<|im_end|>"],
    ["<|tick|>", " tick", " tock", " tick"],  # for ever
    ["<|think|>", "<think>", "\nTwo", " and", " two", "\n</think>\n\n", "Four", "!", "<|im_end|>"],
    ["<|call|>", "<tool_call>", '\n{"name": "sum", "arguments": {"a": 2, "b": 3}}\n', "</tool_call>", "<|im_end|>"],
    ["<|result|>", "It", " is", " five", ";", "<|im_end|>"],
]
TEMPLATE = """\
{%- if tools %}<|im_start|>system
# Tools
You may call these functions:
<tools>{% for tool in tools %}
{{ tool | tojson }}{% endfor %}
</tools>
For each call, return a json object with its name and arguments within <tool_call></tool_call> tags:
<tool_call>
{"name": <name>, "arguments": <arguments>}
</tool_call><|im_end|>
{% endif %}
{%- for message in messages %}<|im_start|>{{ message.role }}
{% if message.reasoning_content %}<think>
{{ message.reasoning_content }}
</think>

{% endif %}
{%- if message.content %}{{ message.content }}{% endif %}
{%- for call in message.tool_calls or [] %}
<tool_call>
{"name": "{{ call.function.name }}", "arguments": {{ call.function.arguments | tojson }}}
</tool_call>
{%- endfor %}<|im_end|>
{% endfor %}
{%- if add_generation_prompt %}<|im_start|>assistant
{%- set last = messages[-1] %}
{%- set asked = last.content | string %}
{%- if last.role == 'tool' %}<|result|>
{%- elif 'bytes' in asked %}<|bytes|>
{%- elif 'clock' in asked %}<|tick|>
{%- elif 'think' in asked %}<|think|>
{%- elif tools and 'sum' in asked %}<|call|>
{%- else %}<|hello|>
{%- endif %}{% endif %}"""

NORMAL, UNKNOWN, CONTROL, USER_DEFINED, BYTE = 1, 2, 3, 4, 6
NUMBERS = 64  # of embeddings; tokens that are in no answer share the last


def vocabulary():
    """[(text, type)]: what is in the answers, and every byte."""
    tokens = [("<unk>", UNKNOWN), ("<s>", CONTROL), ("<|im_start|>", CONTROL), ("<|im_end|>", CONTROL)]
    tokens += [(f"<0x{byte:02X}>", BYTE) for byte in range(256)]
    known = {text for text, _ in tokens}
    for answer in ANSWERS:
        for text in answer:
            if text in known:
                continue
            known.add(text)
            special = text.startswith("<") and text.endswith(">")
            kind = (CONTROL if text.startswith("<|") else USER_DEFINED) if special else NORMAL
            tokens.append((text if special else text.replace(" ", "▁"), kind))
    return tokens


def weights(tokens):
    """The numbers of the tokens, and for each token the number of the one before it."""
    index = {text.replace("▁", " "): i for i, (text, _) in enumerate(tokens)}
    number: dict[int, int] = {}
    embedding = [[0.0] * NUMBERS for _ in tokens]
    output = [[0.0] * NUMBERS for _ in tokens]
    for answer in ANSWERS:
        for text, following in zip(answer, answer[1:]):
            place = number.setdefault(index[text], len(number))
            output[index[following]][place] = 8.0
    assert len(number) < NUMBERS
    for i in range(len(tokens)):
        embedding[i][number.get(i, NUMBERS - 1)] = 1.0
    output[index["<|im_end|>"]][NUMBERS - 1] = 8.0
    return embedding, output


def string(text):
    encoded = text.encode()
    return struct.pack("<Q", len(encoded)) + encoded


def typed(value):
    """A value with its type, as GGUF's metadata has it."""
    if isinstance(value, str):
        return struct.pack("<I", 8) + string(value)
    if isinstance(value, bool):
        return struct.pack("<I?", 7, value)
    if isinstance(value, float):
        return struct.pack("<If", 6, value)
    if isinstance(value, int):
        return struct.pack("<II", 4, value)
    kind, packed = {str: (8, string), float: (6, lambda x: struct.pack("<f", x)), int: (5, lambda x: struct.pack("<i", x))}[type(value[0])]
    return struct.pack("<IIQ", 9, kind, len(value)) + b"".join(map(packed, value))


def model():
    tokens = vocabulary()
    embedding, output = weights(tokens)
    square, ones = [[0.0] * NUMBERS] * NUMBERS, [[1.0] * NUMBERS]
    tensors = {"token_embd.weight": embedding, "output.weight": output, "output_norm.weight": ones,
               "blk.0.attn_norm.weight": ones, "blk.0.ffn_norm.weight": ones}
    tensors |= {f"blk.0.{name}.weight": square
                for name in ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down")}
    facts = {"general.architecture": "llama", "general.name": "tiny", "general.file_type": 0, "llama.block_count": 1,
             "llama.context_length": 32768, "llama.embedding_length": NUMBERS, "llama.feed_forward_length": NUMBERS,
             "llama.attention.head_count": 2, "llama.attention.head_count_kv": 2, "llama.rope.dimension_count": 32,
             "llama.attention.layer_norm_rms_epsilon": 1e-5, "llama.vocab_size": len(tokens),
             "tokenizer.ggml.model": "llama", "tokenizer.ggml.tokens": [text for text, _ in tokens],
             "tokenizer.ggml.scores": [-float(i) for i in range(len(tokens))],
             "tokenizer.ggml.token_type": [kind for _, kind in tokens], "tokenizer.ggml.unknown_token_id": 0,
             "tokenizer.ggml.bos_token_id": 1, "tokenizer.ggml.eos_token_id": 3, "tokenizer.ggml.add_bos_token": False,
             "tokenizer.ggml.add_space_prefix": False, "tokenizer.chat_template": TEMPLATE}
    head = struct.pack("<4sIQQ", b"GGUF", 3, len(tensors), len(facts))
    head += b"".join(string(key) + typed(value) for key, value in facts.items())
    data = b""
    for name, rows in tensors.items():
        shape = [NUMBERS] if rows is ones else [NUMBERS, len(rows)]
        head += string(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, 0, len(data))
        data += b"".join(struct.pack(f"<{NUMBERS}f", *row) for row in rows)  # a multiple of 32 bytes, as it must be
    return head + b"\0" * (-len(head) % 32) + data


if __name__ == "__main__":
    with open(sys.argv[1], "wb") as file:
        file.write(model())
