"""The base of every test: programs and clients that are gone when the test ends, and what must hold in all of them."""
import asyncio
import json
import sqlite3
import sys
import tempfile
import unittest
from pathlib import Path

from harness.chat_client import ChatClient
from harness.program import BINARIES, SOURCE, Convoke, FakeLlm, Program, clean_environment

API_KEY = "sk-test-0123456789-never-to-be-seen"


def fake(**answer) -> str:
    """A question that tells `convoke-fakellm` what to answer, see docs/fakellm.md."""
    return "!fake " + json.dumps(answer)


def nested(settings: dict) -> dict:
    """{"a.b": 1} → {"a": {"b": 1}}."""
    tree: dict = {}
    for key, value in settings.items():
        *parents, name = key.split(".")
        branch = tree
        for parent in parents:
            branch = branch.setdefault(parent, {})
        branch[name] = value
    return tree


class EndToEnd(unittest.IsolatedAsyncioTestCase):
    """A test of whole programs that talk to each other over real sockets."""

    def run(self, result=None):
        """As usual; when the test fails, what the programs have written is shown."""
        self.programs: list[Program] = []
        self.clients: list[ChatClient] = []
        before = len(result.failures) + len(result.errors)
        super().run(result)
        if len(result.failures) + len(result.errors) == before:
            return
        for program in self.programs:
            shown = "\n".join((program.stdout + program.stderr)[-50:])
            print(f"--- {type(program).__name__} {program.pid} wrote:\n{shown}", file=sys.stderr)

    async def asyncSetUp(self):
        asyncio.get_running_loop().set_debug(False)
        folder = tempfile.TemporaryDirectory(prefix="convoke-e2e-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    async def asyncTearDown(self):
        for client in self.clients:
            await client.close()
            self.assertIsNone(client.broken_promise)
        for program in reversed(self.programs):
            await self.end(program)

    async def end(self, program: Program):
        if not isinstance(program, Convoke):
            await program.kill()
            return program.close()
        code = await program.terminate()
        program.close()
        self.assertEqual(program.log("bug"), [])
        if program.expected_exit is not None:
            self.assertEqual(code, program.expected_exit, "exit code of convoke")

    # Programs

    async def run_convoke(self, *arguments: str, **environment: str) -> Program:
        """Runs `convoke` with any arguments, in the test's folder, to its end."""
        program = await self.start_convoke(*arguments, **environment)
        await program.ended()
        return program

    async def start_convoke(self, *arguments: str, **environment: str) -> Convoke:
        program = await Convoke.start(
            BINARIES / "convoke", *arguments, cwd=self.folder, environment=clean_environment(self.folder, **environment)
        )
        program.expected_exit = None
        return self.keep(program)

    def keep(self, program: Program) -> Program:
        """Makes sure that it ends with the test."""
        self.programs.append(program)
        self.addAsyncCleanup(program.kill)
        return program

    async def serve(self, settings: dict | None = None, servers: dict | None = None, **environment: str) -> Convoke:
        """A server that is ready. `settings` are those of config.yaml, with dots; without `servers` it has no tools but
        those of the demo server."""
        self.write_config({"server.shutdown_timeout": 5} | (settings or {}))
        if servers is not None:
            (self.folder / "servers_config.json").write_text(json.dumps({"mcpServers": servers}))
        program = await self.start_convoke("serve", "--port", "0", **environment)
        program.expected_exit = 0
        return await program.ready()

    async def fake_llm(self, *answers: dict, otherwise: dict | None = None, schedule: list = ()) -> FakeLlm:
        """A provider that gives `answers`, then `otherwise`; without both it repeats the question. `schedule` says when
        something goes wrong."""
        script = self.folder / f"script-{len(self.programs)}.json"
        script.write_text(json.dumps({"answers": answers, "schedule": schedule} | ({"otherwise": otherwise} if otherwise else {})))
        program = await FakeLlm.start(BINARIES / "convoke-fakellm", "--script", script, cwd=self.folder)
        return await self.keep(program).ready()

    async def serve_with(self, model: FakeLlm | str, settings: dict | None = None, **more) -> Convoke:
        """A server whose provider is `model`, or an address. It waits for nothing longer than it must."""
        provider = {
            "llm.active": "fake",
            "llm.providers.fake.base_url": model if isinstance(model, str) else model.base_url,
            "llm.providers.fake.model": "scripted",
            "llm.providers.fake.api_key": API_KEY,
            "llm.providers.fake.http_client.backoff_factor": 0.01,
            "mcp.approvals.default": "allow",  # nobody is there to ask
        }
        return await self.serve(provider | (settings or {}), **({"servers": {}} | more))

    async def connect(self, server: Convoke, **headers: str) -> ChatClient:
        client = await ChatClient.connect(server.url, **headers)
        self.clients.append(client)
        return client

    # Files

    def write_config(self, settings: dict):
        """JSON is YAML, too."""
        (self.folder / "config.yaml").write_text(json.dumps(nested(settings)))

    def query_database(self, sql: str, *parameters) -> list[tuple]:
        """Reads events.db as another program would, while the server runs or after."""
        database = sqlite3.connect(f"file:{self.folder / 'events.db'}?mode=ro", uri=True, timeout=10)
        try:
            return database.execute(sql, parameters).fetchall()
        finally:
            database.close()

    def everything_written(self) -> str:
        """All frames that were received and all that was logged: the places a secret must not be in."""
        frames = [json.dumps(frame) for client in self.clients for frame in client.frames]
        lines = [line for program in self.programs if isinstance(program, Convoke) for line in program.stderr]
        return "\n".join(frames + lines)


__all__ = ["API_KEY", "SOURCE", "EndToEnd", "fake"]
