"""The commands and programs our documents show: they are run as they stand there, but for port and folder."""
import re
import shutil

from harness.case import SOURCE, EndToEnd
from harness.program import BINARIES, TEST_TOOLS, Program, clean_environment


def code_blocks(document: str, language: str, before: str = "") -> list[str]:
    """The blocks of a language that stand right after the line `before`."""
    text = (SOURCE / document).read_text()
    return re.findall(rf"{re.escape(before)}\n```{language}\n(.*?)```", text, re.DOTALL)


class Documents(EndToEnd):
    async def run_here(self, *command: str) -> Program:
        program = await Program.start(*command, cwd=self.folder, environment=clean_environment(self.folder))
        self.keep(program)
        self.assertEqual((await program.ended(), program.stderr), (0, []))
        return program

    async def test_the_python_example_of_the_websocket_api_works(self):
        server = await self.serve()
        await server.logged("server.ready", server="demo")
        (example,) = code_blocks("docs/websocket-api.md", "python")
        (self.folder / "example.py").write_text(example.replace("ws://localhost:8000/ws/chat", server.url))

        program = await self.run_here(str(TEST_TOOLS / "python/bin/python"), "example.py")

        self.assertIn("5", program.stdout[0])

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
