"""Servers that send garbage, half a line, a wrong id, a wrong shape, pages without end, a gigabyte, or nothing: the model and
the log are told clearly, and nothing else is disturbed."""
from harness.program import Convoke
from harness.waiting import eventually
from mcp_test import PYTHON, SDK_SERVER, SERVERS, Mcp, call, free_port

BAD = str(SERVERS / "bad_server.py")
MEGABYTES = 1 << 20


class BadServers(Mcp):
    async def serve_bad(self) -> Convoke:
        """A bad server over stdio and one over HTTP, with a good one beside them."""
        port = free_port()
        peer = await self.start_peer(PYTHON, BAD, "http", str(port))
        await peer.written("listening")
        stdio = {"command": PYTHON, "args": [BAD], "era": "legacy", "timeout": 2}
        http = {"url": f"http://127.0.0.1:{port}/mcp", "era": "legacy", "timeout": 2}
        return await self.serve_tools(stdio=stdio, http=http, sdk=SDK_SERVER)

    async def acts(self, how: str, stdio: str = "", http: str = "") -> Convoke:
        """Has the servers act so, and holds what the model is told against these patterns."""
        server = await self.serve_bad()
        chat = await self.connect(server)
        for name, expected in (("stdio", stdio), ("http", http)):
            if not expected:
                continue
            acted = await chat.ask(call(f"{name}__act", how=how))
            self.assertTrue(acted.activities("tool_result")[0]["metadata"]["is_error"], name)
            self.assertRegex(acted.text, expected)
        await self.nothing_else_is_disturbed(server)
        return server

    async def nothing_else_is_disturbed(self, server: Convoke):
        chat = await self.connect(server)
        self.assertEqual((await chat.ask(call("greet", name="Ada"))).text, "Hello, Ada!")
        self.assertEqual(server.log("server.down", server="sdk"), [])

        async def works_again(name: str):
            return (await chat.ask(call(f"{name}__act"))).text == "acted well"

        for name in ("stdio", "http"):
            await eventually(lambda: works_again(name), f"{name} works again")

    async def test_garbage(self):
        server = await self.acts("garbage", "no result within 2 s", "is no message")

        self.assertEqual(len(server.log("mcp.line_skipped", server="stdio")), 3)

    async def test_half_a_line(self):
        await self.acts("half", "no result within 2 s", "'http'")

    async def test_a_wrong_id(self):
        server = await self.acts("wrong id", "no result within 2 s", "for another request")

        self.assertEqual(len(server.log("mcp.response_skipped", server="stdio")), 1)

    async def test_a_wrong_shape(self):
        await self.acts("wrong shape", "'content' must be", "'content' must be")

    async def test_a_gigabyte(self):
        server = await self.acts("gigabyte", "longer than", "longer than|larger than|too long")

        self.assertLess(server.resident_bytes(), 400 * MEGABYTES)
        self.assertEqual(len(server.log("server.down", server="stdio")), 1)

    async def test_nothing(self):
        await self.acts("nothing", "no result within 2 s", "no result within 2 s")

    async def test_a_stream_that_ends_before_the_answer(self):
        await self.acts("early end", http="ended without the response")

    async def test_an_answer_of_another_media_type_is_taken_for_what_it_is(self):
        server = await self.serve_bad()

        self.assertEqual((await (await self.connect(server)).ask(call("http__act", how="wrong type"))).text, "acted well")

    async def check_never_ready(self, mode: str, reason: str):
        settings = {"mcp.connection.connection_timeout": 2, "mcp.connection.max_reconnect_attempts": 1,
                    "mcp.connection.initial_reconnect_delay": 0.05}
        bad = {"command": PYTHON, "args": [BAD, mode], "era": "legacy"}
        server = await self.serve_with(await self.fake_llm(), settings, servers={"bad": bad, "sdk": SDK_SERVER})

        await server.logged("server.down", server="bad", state="failed")

        self.assertRegex((await self.state_of(server, "bad"))["problem"], reason)
        await server.logged("server.ready", server="sdk")
        self.assertEqual((await (await self.connect(server)).ask(call("greet", name="Ada"))).text, "Hello, Ada!")

    async def test_pages_without_end(self):
        await self.check_never_ready("endless", "pages")

    async def test_silence_from_the_start(self):
        await self.check_never_ready("silent", "took too long")
