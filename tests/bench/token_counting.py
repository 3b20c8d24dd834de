"""Counting tokens against other libraries, one core, the same vocabulary, the same texts; see docs/benchmarks.md."""
import json
import os
import pathlib
import statistics
import subprocess
import tempfile

import servers
import token_corpora

ENCODING = "o200k_base"
REFERENCE = "tiktoken"
RIVALS = ("gigatoken", "riptoken", "rs_bpe")
TURNS, ROUNDS = 3, 5  # the contenders take turns; each counts so often in one go, and once before to warm up
PROGRAM = servers.BUILD / "bench/tokens_bench"
HERE = pathlib.Path(__file__).resolve().parent


def peers_python() -> pathlib.Path:
    """The Python with the other libraries, made on first use."""
    folder = servers.ROOT / "build/bench-tools"
    python = folder / "bin/python"
    stamp = folder / f".ready-{hash_of(HERE / 'requirements.txt')}"
    if not stamp.exists():
        subprocess.run(["python3", "-m", "venv", folder], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "-r", HERE / "requirements.txt"], check=True)
        stamp.touch()
    return python


def hash_of(path: pathlib.Path) -> str:
    import hashlib

    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def answer_of(*command) -> dict:
    one_core = lambda: os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True, preexec_fn=one_core).stdout)


def measure_text(name: str, path: pathlib.Path, ranks: pathlib.Path, python: pathlib.Path, figure) -> list[dict]:
    size = path.stat().st_size
    best, tokens, versions = {}, {}, {}
    for _ in range(TURNS):
        for contender in ("count", "encode", REFERENCE, *RIVALS):
            ours = contender in ("count", "encode")
            command = [PROGRAM, contender, ENCODING, path, ROUNDS] if ours else [
                python, HERE / "token_peers.py", contender, ranks, path, ROUNDS]
            seen = answer_of(*map(str, command))
            best[contender] = min([best.get(contender, 1e9), *seen["seconds"]])
            tokens[contender] = seen["tokens"]
            versions[contender] = seen.get("version", "")
    assert len(set(tokens.values())) == 1, f"they do not agree about {name}: {tokens}"
    speed = {contender: size / seconds / 1e6 for contender, seconds in best.items()}
    fastest = max(RIVALS, key=speed.get)
    rows = []
    for contender, what in (("count", "counted"), ("encode", "encoded")):
        for peer, aim in ((REFERENCE, "≥ 15 ×"), (fastest, "≥ 1 ×")):
            rows.append(figure(f"{ENCODING} {what}, {name}", speed[contender], "MB/s", aim if contender == "count" else None,
                               f"{peer} {versions[peer]}: {speed[peer]:.0f}", speed[contender] / speed[peer]))
    return rows


def measure(figure) -> list[dict]:
    python = peers_python()
    firsts = [float(subprocess.run([PROGRAM, "first", ENCODING], capture_output=True, text=True, check=True).stdout)
              for _ in range(9)]
    rows = [figure("first count of a process", statistics.median(firsts) * 1e3, "ms", "< 30 ms")]
    with tempfile.TemporaryDirectory() as folder:
        ranks = pathlib.Path(folder) / f"{ENCODING}.tiktoken"
        ranks.write_text(subprocess.run([PROGRAM, "ranks", ENCODING], capture_output=True, text=True, check=True).stdout)
        for name, path in token_corpora.write_all(pathlib.Path(folder)).items():
            rows += measure_text(name, path, ranks, python, figure)
    return rows
