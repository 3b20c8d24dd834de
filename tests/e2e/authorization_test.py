"""Servers that want a person's consent: the example server of the TypeScript SDK with its authorization server, whose page
consents at once."""
import os
from pathlib import Path
from urllib.parse import urlsplit

from harness.case import EndToEnd
from harness.http import Response, get
from harness.program import TEST_TOOLS, Convoke, Program
from mcp_test import NODE, free_port

EXAMPLE = str(TEST_TOOLS / "node_modules/@modelcontextprotocol/sdk/dist/esm/examples/server/simpleStreamableHttp.js")


class Authorization(EndToEnd):
    async def guarded_server(self) -> str:
        """The address of an MCP server that asks for a token."""
        port, authorization_port = free_port(), free_port()
        environment = {"PATH": os.environ["PATH"], "MCP_PORT": str(port), "MCP_AUTH_PORT": str(authorization_port)}
        peer = await Program.start(NODE, EXAMPLE, "--oauth", cwd=self.folder, environment=environment)
        self.keep(peer)
        await peer.written("MCP Streamable HTTP Server listening")
        return f"http://localhost:{port}/mcp"

    async def follow(self, url: str, **headers: str) -> Response:
        """What a browser would see at an address, without going on to the next."""
        parts = urlsplit(url)
        return await get(parts.port, f"{parts.path}?{parts.query}", **headers)

    async def serve_guarded(self, url: str) -> Convoke:
        return await self.serve({"mcp.connection.initial_reconnect_delay": 0.05}, servers={"guarded": {"url": url}})

    async def state(self, server: Convoke) -> dict:
        return (await server.health())["mcp_servers"][0]

    async def test_a_person_authorizes_in_the_page(self):
        server = await self.serve_guarded(await self.guarded_server())
        await server.logged("server.down", state="needs_authorization")
        path = (await self.state(server))["authorize"]
        self.assertEqual(path, "/oauth/start?server=guarded")

        start = await server.get(path)
        self.assertEqual(start.status, 302)
        cookie = start.headers["set-cookie"].split(";")[0]
        consent = await self.follow(start.headers["location"])
        back = consent.headers["location"]
        self.assertTrue(back.startswith(f"{server.http}/oauth/callback?"), back)
        self.assertEqual((await self.follow(back)).status, 403, "another browser")
        self.assertEqual((await server.get("/oauth/callback?state=guess&code=1", cookie=cookie)).status, 400)
        done = await self.follow(back, cookie=cookie)

        self.assertEqual((done.status, done.text), (200, "'guarded' is authorized. You can close this page.\n"))
        await server.logged("server.ready", server="guarded")
        self.assertEqual(len(server.log("server.down")), 1, "one line, not a storm")
        self.assertEqual((await self.follow(back, cookie=cookie)).status, 400, "a second time")
        self.assert_kept_secret(server)

    def assert_kept_secret(self, server: Convoke):
        for name in ("mcp_credentials", "mcp_credentials.key"):
            self.assertEqual((self.folder / name).stat().st_mode & 0o777, 0o600)
        self.assertNotIn(b"token", (self.folder / "mcp_credentials").read_bytes())
        self.assertNotIn("access_token", "\n".join(server.stderr))

    async def test_tokens_outlive_the_program(self):
        url = await self.guarded_server()
        await self.log_in(url)

        server = await self.serve_guarded(url)

        await server.logged("server.ready", server="guarded")
        self.assertEqual(server.log("server.down"), [])

    async def log_in(self, url: str):
        self.write_servers(url)
        program = await self.start_convoke("mcp", "login", "guarded", "--no-browser")
        address = await program.written("http")
        consent = await self.follow(address)
        await self.follow(consent.headers["location"])
        self.assertEqual(await program.ended(), 0, program.stderr)
        self.assertEqual(program.stdout[-1], "'guarded' is authorized.")

    def write_servers(self, url: str):
        (self.folder / "servers_config.json").write_text('{"mcpServers": {"guarded": {"url": "%s"}}}' % url)

    async def test_a_running_server_connects_after_a_login_at_the_terminal(self):
        url = await self.guarded_server()
        server = await self.serve_guarded(url)
        await server.logged("server.down", state="needs_authorization")

        await self.log_in(url)

        await server.logged("server.ready", server="guarded")

    async def test_a_running_server_has_no_tokens_after_a_logout_at_the_terminal(self):
        url = await self.guarded_server()
        await self.log_in(url)
        server = await self.serve_guarded(url)
        await server.logged("server.ready", server="guarded")

        await self.run_convoke("mcp", "logout", "guarded")

        await server.logged("server.down", state="needs_authorization")

    async def test_list_and_logout_at_the_terminal(self):
        url = await self.guarded_server()
        self.write_config({"chat.websocket.port": free_port()})
        await self.log_in(url)

        listed = await self.run_convoke("mcp", "list")
        self.assertRegex("\n".join(listed.stdout), r"guarded +ready +2025-11-25 +\d+")
        forgotten = await self.run_convoke("mcp", "logout", "guarded")
        self.assertEqual(forgotten.stdout, ["The tokens for 'guarded' are forgotten."])
        listed = await self.run_convoke("mcp", "list")
        self.assertIn("needs_authorization", "\n".join(listed.stdout))
        unknown = await self.run_convoke("mcp", "login", "nobody")
        self.assertEqual(unknown.process.returncode, 1)
        self.assertEqual(unknown.stderr[-1], "convoke: there is no server 'nobody'; there are: guarded")
