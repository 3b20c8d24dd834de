"""The benchmarks by name. Each returns figures; contenders take turns within each round, and medians are quoted."""

import json
import shutil
import statistics
import subprocess
import tempfile
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

import servers
import token_counting
from servers import load, load_measured, running

ROUNDS = 5


def median(values):
    return statistics.median(values)


def figure(name, value, unit, aim=None, peer=None, ratio=None):
    """One row of the table. `peer` is what it is held against in the same run, `ratio` how many times better it is."""
    return {"name": name, "value": value, "unit": unit, "aim": aim, "peer": peer, "ratio": ratio}


def against(name, ours, theirs, unit, peer, aim=None):
    """A figure where more is better, held against a peer's."""
    return figure(name, ours, unit, aim, f"{peer}: {theirs:.4g}", ours / theirs)


# ---- a whole turn ------------------------------------------------------------------------------------------------------

STREAMS, ANSWERS, WORDS = 8, 120, 2_000  # of one flood: 240,000 chunks
LIVE_STREAMS = 500


def measure_turn():
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        model = stack.enter_context(running(servers.start_fake_model()))
        convoke = stack.enter_context(running(servers.start_convoke(folder, model.port)[0]))
        relay = stack.enter_context(running(servers.start_relay(model.port)))
        sdk_relay = stack.enter_context(running(servers.start_relay(model.port, "sdk")))
        gateway = servers.start_gateway(model.port)
        if gateway:
            stack.enter_context(running(gateway))
        return measure_first_words(model, convoke, relay, sdk_relay, gateway) + measure_flood(model, convoke, relay)


def measure_first_words(model, convoke, relay, sdk_relay, gateway):
    """Everybody in turn. A gateway has no chat and so no live streams: it is asked as the model is."""
    named = {"relay": ("chat", relay), "relay with the openai SDK": ("chat", sdk_relay)}
    if gateway:
        named[f"{servers.GATEWAY_NAME} {servers.GATEWAY_VERSION}"] = ("provider", gateway)
    figures = []
    for live in (0, LIVE_STREAMS):
        contenders = {"convoke": ("chat", convoke)} | {name: who for name, who in named.items() if not live or who[0] == "chat"}
        runs = {name: [] for name in contenders}
        for _ in range(ROUNDS):
            for name, (kind, server) in contenders.items():
                runs[name].append(load("first", kind, server.port, model.port, 500, live))
        where = f", {live} live streams" if live else ""
        for quantile, aim in (("p50", "≤ 150 µs"), ("p99", "≤ 1000 µs" if live else None)):
            added = {name: median([r[f"through_{quantile}_us"] - r[f"direct_{quantile}_us"] for r in of_one])
                     for name, of_one in runs.items()}
            direct = median([run[f"direct_{quantile}_us"] for run in runs["convoke"]])
            what = f"added time to first chunk, {quantile}{where}"
            figures.append(figure(what, added["convoke"], "µs", aim, f"direct call: {direct:.0f}"))
            for name, theirs in added.items():
                if name == "convoke":
                    continue
                aim = "≥ 10 ×" if "SDK" in name and quantile == "p50" else "less than it" if name not in ("relay", "relay with the openai SDK") else None
                figures.append(figure(what, added["convoke"], "µs", aim, f"{name}: {theirs:.0f}", theirs / added["convoke"]))
    return figures


def measure_flood(model, convoke, relay):
    contenders = {"direct": ("provider", model.port, model), "relay": ("chat", relay.port, relay),
                  "convoke": ("chat", convoke.port, convoke)}
    runs = {name: [] for name in contenders}
    for _ in range(ROUNDS):
        for name, (kind, port, server) in contenders.items():
            runs[name].append(load_measured(server, "flood", kind, port, STREAMS, ANSWERS, WORDS))
    per_second = {name: median([r["chunks"] / r["seconds"] for r in runs[name]]) for name in runs}
    per_core = {name: median([r["chunks"] / max(r["cpu_seconds"], 0.01) for r in runs[name]]) for name in runs}
    wire = {name: median([r["wire_bytes"] / r["text_bytes"] for r in runs[name]]) for name in ("convoke", "relay")}
    frame_bytes = median([r["text_bytes"] / r["frames"] for r in runs["convoke"]])
    return [
        against("chunks through a turn, wall clock", per_second["convoke"], per_second["relay"], "chunks/s", "relay", "≥ 5 ×"),
        against("chunks through a turn, per core", per_core["convoke"], per_core["relay"], "chunks/CPU s", "relay", "≥ 250,000"),
        figure("chunks of the provider alone, wall clock", per_second["direct"], "chunks/s",
               ratio=per_second["convoke"] / per_second["direct"], peer="share of it that convoke passes on"),
        figure("bytes on the wire per byte of text", wire["convoke"], "×", "≤ 1.3", f"relay: {wire['relay']:.1f}",
               wire["relay"] / wire["convoke"]),
        figure("text in a frame under full load", frame_bytes, "bytes"),
    ]


# ---- starting and idling -----------------------------------------------------------------------------------------------

def measure_start():
    fresh, again, relays = [], [], []
    with tempfile.TemporaryDirectory() as folder, running(servers.start_fake_model()) as model:
        for round in range(2 * ROUNDS):
            for times in (fresh, again):
                server, seconds = servers.start_convoke(f"{folder}/{round}", loops=0)
                server.stop()
                times.append(seconds * 1e3)
            began = time.perf_counter()
            servers.start_relay(model.port).stop()
            relays.append((time.perf_counter() - began) * 1e3)
    return [
        figure("start to listening, new database", median(fresh), "ms", "≤ 50 ms", f"relay: {median(relays):.0f}",
               median(relays) / median(fresh)),
        figure("start to listening, database there", median(again), "ms", "≤ 50 ms", f"relay: {median(relays):.0f}",
               median(relays) / median(again)),
    ]


SOCKETS = 10_000


def resident_with_sockets(server):
    """Bytes before, and bytes for each of many idle WebSockets."""
    before = server.resident_bytes()
    command = [servers.BUILD / "bench/chat_load", "hold", str(server.port), str(SOCKETS)]
    holder = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    opened = json.loads(holder.stdout.readline())["open"]
    time.sleep(0.5)  # the last upgrades
    after = server.resident_bytes()
    holder.communicate()
    return before, (after - before) / opened, opened


def measure_idle():
    ours, theirs = [], []
    for _ in range(3):
        with tempfile.TemporaryDirectory() as folder, running(servers.start_fake_model()) as model:
            with running(servers.start_convoke(folder, loops=0)[0]) as convoke:
                time.sleep(1)
                ours.append(resident_with_sockets(convoke))
            with running(servers.start_relay(model.port)) as relay:
                time.sleep(1)
                theirs.append(resident_with_sockets(relay))
    mb, kb = ([median([run[0] for run in runs]) / 1e6 for runs in (ours, theirs)],
              [median([run[1] for run in runs]) / 1e3 for runs in (ours, theirs)])
    return [
        figure("resident memory, idle", mb[0], "MB", "≤ 25 MB", f"relay: {mb[1]:.1f}", mb[1] / mb[0]),
        figure(f"resident memory per idle WebSocket, {ours[0][2]} held", kb[0], "kB", "≤ 10 kB", f"relay: {kb[1]:.1f}",
               kb[1] / kb[0]),
    ]


# ---- the store ---------------------------------------------------------------------------------------------------------

STORE_EVENTS, STORE_EVENTS_TO_OPEN = 1_000_000, 10_000_000


@contextmanager
def postgres_server(address: Path):
    """The URL of a PostgreSQL server, or nothing where none is installed."""
    script = servers.ROOT / "tests/postgres.sh"
    started = subprocess.run([script, "start", address], capture_output=True).returncode == 0
    try:
        yield address.read_text().strip() if started else None
    finally:
        if started:
            subprocess.run([script, "stop", address])


def measure_store():
    with tempfile.TemporaryDirectory() as folder:
        command = [servers.BUILD / "bench/store_bench", folder, str(STORE_EVENTS), str(STORE_EVENTS_TO_OPEN)]
        with postgres_server(Path(folder) / "postgres.url") as url:
            command += [url] if url else []
            lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    aims = {"store.durable_events.64_writers": "≥ 50,000 and ≥ 12 ×", "store.read_context.50_events": "≤ 300 µs",
            "store.read_context.10000_events": "± 20 %", f"store.read_context.{STORE_EVENTS}_events": "± 20 %",
            "store.append_p99_beside_retention": "≤ 5 ms more", "store.read_p99_beside_retention": "≤ 5 ms more",
            f"store.open.{STORE_EVENTS_TO_OPEN}_events": "< 100 ms"}
    rows = [json.loads(line) for line in lines]
    aims |= {row["name"]: "< 20 ms" for row in rows if row["name"].startswith("store.search.")}
    return [figure(row["name"], row["value"], row["unit"], aims.get(row["name"]), row.get("peer"), row.get("ratio"))
            for row in rows]


# ---- limits ------------------------------------------------------------------------------------------------------------

def measure_limits():
    """Hours of traffic against a simulated provider, under a clock that is moved by hand."""
    lines = subprocess.run([servers.BUILD / "bench/limits_bench"], capture_output=True, text=True, check=True).stdout.splitlines()
    aims = {"admission decision, 10000 waiting": "< 2 µs", "steady overload: of the limit used": "≥ 97 %",
            "steady overload: 429s received": "0", "steady overload: predicted within 10 % or 250 ms": "≥ 50 %"}
    aims |= {row["name"]: "0" for row in map(json.loads, lines) if row["name"].endswith("overshoot of limits and budget")}
    return [figure(row["name"], row["value"], row["unit"], aims.get(row["name"])) for row in map(json.loads, lines)]


# ---- loops -------------------------------------------------------------------------------------------------------------

def measure_loops():
    """Processor time of a message with two loops against one: nothing is shared, so it should be the same."""
    loads = {"ping": ("ping", 64, 40_000, 0), "turn of 50 words": ("chat", 64, 3_000, 50)}
    cost = {(name, loops): [] for name in loads for loops in (1, 2)}
    with tempfile.TemporaryDirectory() as folder, running(servers.start_fake_model()) as model:
        for round in range(ROUNDS):
            for loops in (1, 2):
                with running(servers.start_convoke(f"{folder}/{round}-{loops}", model.port, loops)[0]) as convoke:
                    for name, (kind, connections, count, words) in loads.items():
                        seen = load_measured(convoke, "flood", kind, convoke.port, connections, count, words)
                        cost[name, loops].append(seen["cpu_seconds"] / seen["answers"] * 1e6)
            shutil.rmtree(folder, ignore_errors=True)
    return [figure(f"processor time of a {name}, 2 loops", median(cost[name, 2]), "µs", "within 10 %",
                   f"1 loop: {median(cost[name, 1]):.4g}", median(cost[name, 1]) / median(cost[name, 2]))
            for name in loads]


# ---- MCP ---------------------------------------------------------------------------------------------------------------

def measured(*command, **options):
    """What a program prints as its one JSON line."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=True, **options)
    return json.loads(done.stdout)


def measure_mcp():
    return measure_mcp_calls() + measure_mcp_size() + measure_mcp_listing()


MCP_CALLS = 10_000


def measure_mcp_calls():
    bench, node = servers.BUILD / "bench/mcp_bench", servers.ROOT / "tests/bench/mcp_client.mjs"
    environment = {"BENCH_NODE_MODULES": str(servers.TOOLS / "node_modules"), "PATH": "/usr/bin:/bin"}
    runs = {(who, kind): [] for who in ("ours", "theirs") for kind in ("stdio", "http")}
    with running(servers.start_announcing([servers.BUILD / "bench/mcp_peer", "http"])) as peer:
        targets = {"stdio": [servers.BUILD / "bench/mcp_peer", "sum"], "http": [f"http://127.0.0.1:{peer.port}/mcp"]}
        for _ in range(ROUNDS):
            for kind, target in targets.items():
                runs["ours", kind].append(measured(bench, kind, MCP_CALLS, *target))
                runs["theirs", kind].append(measured(servers.NODE, node, kind, MCP_CALLS, *target, env=environment))
    middle = lambda who, kind, name: median([run[name] for run in runs[who, kind]])
    figures = []
    for kind, aim in (("stdio", "≥ 3 ×"), ("http", "≥ 2 ×")):
        ours, theirs = middle("ours", kind, "call_us"), middle("theirs", kind, "call_us")
        figures.append(figure(f"tools/call over {kind}, p50", ours, "µs", aim, f"TypeScript client: {theirs:.0f}", theirs / ours))
        figures.append(against(f"tools/call over {kind}, 32 at once", middle("ours", kind, "per_second"),
                               middle("theirs", kind, "per_second"), "calls/s", "TypeScript client", aim))
    call, server, echo = (middle("ours", "stdio", name) for name in ("call_us", "server_us", "echo_us"))
    return figures + [
        figure("tools/call over a bare pipe to the same server, p50", server, "µs"),
        figure("added by our client to the bare pipe, p50", call - server, "µs", "≤ 40 µs", f"echo over a bare pipe: {echo:.0f}"),
    ]


def measure_tokens():
    return token_counting.measure(figure)


MCP_RESULT_BYTES = 20_000_000


def measure_mcp_size():
    runs = [measured(servers.BUILD / "bench/mcp_bench", "large", MCP_RESULT_BYTES, servers.BUILD / "bench/mcp_peer")
            for _ in range(ROUNDS)]
    return [figure("memory for a result of 20 MB, at its peak, over its size", median([run["peak_bytes"] / run["bytes"] for run in runs]),
                   "×", "< 3 ×")]


def measure_mcp_listing():
    listed = measured(servers.BUILD / "bench/hub_bench", 20, 50)["milliseconds"]
    return [figure("1,000 tools of 20 servers connected, listed and named", listed, "ms", "< 50 ms")]


BENCHMARKS = {"turn": measure_turn, "start": measure_start, "idle": measure_idle, "store": measure_store,
              "loops": measure_loops, "mcp": measure_mcp, "tokens": measure_tokens, "limits": measure_limits}
