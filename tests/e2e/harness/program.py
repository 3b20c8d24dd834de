"""The programs under test: started, watched and ended."""
import asyncio
import json
import os
import signal
from pathlib import Path

from harness.http import Response, get
from harness.waiting import PATIENCE, Changes

SOURCE = Path(__file__).resolve().parents[3]
BINARIES = Path(os.environ.get("CONVOKE_BINARY_DIR", SOURCE / "build/release"))
TEST_TOOLS = SOURCE / "build/test-tools"


def clean_environment(home: Path, **extra: str) -> dict[str, str]:
    """Nothing of ours that could change what a program does, such as an API key."""
    path = f"{TEST_TOOLS}/python/bin:{os.environ['PATH']}"
    return {"PATH": path, "HOME": str(home), "LANG": "C.UTF-8"} | extra


class Program:
    """A running program. What it writes is kept, line by line."""

    is_told_to_stop = False

    def __init__(self, process: asyncio.subprocess.Process):
        self.process = process
        self.stdout: list[str] = []
        self.stderr: list[str] = []
        self._changes = Changes()
        self._end = asyncio.create_task(process.wait())
        self._readers = [
            asyncio.create_task(self._read(process.stdout, self.stdout)),
            asyncio.create_task(self._read(process.stderr, self.stderr)),
        ]

    @classmethod
    async def start(cls, *command: str | Path, cwd: Path, environment: dict[str, str] | None = None):
        process = await asyncio.create_subprocess_exec(
            *map(str, command),
            cwd=cwd,
            env=environment or clean_environment(cwd),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=64 * 1024 * 1024,
            restore_signals=False,  # a test may want one ignored
        )
        return cls(process)

    async def _read(self, stream, lines: list[str]):
        while line := await stream.readline():
            lines.append(line.decode(errors="replace").rstrip("\n"))
            self._changes.notify()

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def is_running(self) -> bool:
        return self.process.returncode is None

    def signal(self, number: int):
        self.is_told_to_stop = True
        if self.is_running:
            self.process.send_signal(number)

    async def ended(self, seconds: float = PATIENCE) -> int:
        """Waits for the end; returns the exit code, negative for a signal. Everything it wrote is there then."""
        _, unfinished = await asyncio.wait([self._end, *self._readers], timeout=seconds)
        if unfinished:
            raise AssertionError(f"process {self.pid} did not end within {seconds} s")
        return self.process.returncode

    def close(self):
        """Lets go of the pipes of a program that has ended."""
        self.process._transport.close()

    async def terminate(self) -> int:
        """Ends it as an operator does, and by force when that does not help."""
        if not self.is_told_to_stop:  # a second signal would end it at once
            self.signal(signal.SIGTERM)
        try:
            return await self.ended()
        except AssertionError:
            self.signal(signal.SIGKILL)
            raise

    async def kill(self) -> int:
        self.signal(signal.SIGKILL)
        return await self.ended()

    async def stdout_line(self) -> str:
        return await self._changes.until(lambda: self.stdout and self.stdout[0], "a line on standard output")

    async def written(self, part: str) -> str:
        """The first line on standard output with `part` in it."""
        def found():
            return next((line for line in self.stdout if part in line), None)

        return await self._changes.until(found, f"'{part}' on standard output")

    async def stderr_line(self) -> str:
        return await self._changes.until(lambda: self.stderr and self.stderr[0], "a line on standard error")


class Convoke(Program):
    """`convoke serve` on a free port of its own."""

    port: int = 0
    expected_exit: int | None = 0  # None: whatever it is
    may_log_bugs = False

    @property
    def url(self) -> str:
        return f"ws://localhost:{self.port}/ws/chat"

    @property
    def http(self) -> str:
        return f"http://localhost:{self.port}"

    def log(self, event: str, **fields) -> list[dict]:
        """The lines of the log about `event` whose `fields` are these."""
        lines = (json.loads(line) for line in self.stderr if line.startswith("{"))
        return [line for line in lines if line["event"] == event and fields.items() <= line.items()]

    async def logged(self, event: str, **fields) -> dict:
        def found_or_ended():
            if found := self.log(event, **fields):
                return found
            if not self.is_running:
                raise AssertionError(f"it ended without logging {event}:\n" + "\n".join(self.stderr))
            return None

        return (await self._changes.until(found_or_ended, f"{event} {fields} in the log"))[0]

    async def ready(self):
        self.port = (await self.logged("listening"))["port"]
        return self

    async def get(self, path: str, **headers: str) -> Response:
        return await get(self.port, path, **headers)

    async def health(self) -> dict:
        return (await self.get("/health")).json()

    async def metric(self, name: str) -> float:
        """A metric by its name with its labels, as /metrics writes it."""
        for line in (await self.get("/metrics")).text.splitlines():
            if line.startswith(name + " "):
                return float(line.split()[-1])
        raise AssertionError(f"there is no metric {name}")

    def resident_bytes(self) -> int:
        return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")

    def children(self) -> set[int]:
        """The processes it has started that still live, directly or not; without those that only keep others."""
        return {pid for pid in descendants(self.pid) if name_of(pid) != KEEPER}

    def keepers(self) -> set[int]:
        return {pid for pid in descendants(self.pid) if name_of(pid) == KEEPER}

    def open_files(self) -> int:
        return len(list(Path(f"/proc/{self.pid}/fd").iterdir()))


class FakeLlm(Program):
    """`convoke-fakellm`, see docs/fakellm.md."""

    base_url: str = ""

    async def ready(self):
        self.base_url = json.loads(await self.stdout_line())["base_url"]
        return self

    @property
    def port(self) -> int:
        return int(self.base_url.split(":")[2].split("/")[0])

    async def requests(self) -> list[dict]:
        """The bodies of the completions it was asked for."""
        return (await get(self.port, "/requests")).json()["requests"]


KEEPER = "process-keeper"


def descendants(ancestor: int) -> set[int]:
    """All living processes that descend from this one."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            after_name = stat.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue  # it has just ended
        if after_name[0] != "Z":
            parents[int(stat.parent.name)] = int(after_name[1])
    found: set[int] = set()
    while more := {pid for pid, parent in parents.items() if parent in found | {ancestor}} - found:
        found |= more
    return found


def age_of(pid: int) -> str:
    """When it began, which tells it from another that has its number later; "" when it has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return "" if fields[0] == "Z" else fields[19]
    except (FileNotFoundError, ProcessLookupError):
        return ""


def name_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
