"""`convoke chat`: a question through a pipe, and a conversation at a terminal."""
import asyncio
import fcntl
import os
import pty
import re
import termios

from harness.case import EndToEnd, fake
from harness.program import BINARIES, Program, clean_environment
from harness.waiting import Changes, eventually
from materials_test import EVERYTHING_SERVER
from mcp_test import SDK_SERVER, call


class Piped(EndToEnd):
    async def pipe(self, question: str, url: str, *arguments: str, **environment: str) -> Program:
        """`echo question | convoke chat`, to its end."""
        program = await self.start_convoke("chat", "--url", url, *arguments, **environment)
        program.process.stdin.write(question.encode())
        program.process.stdin.close()
        await program.ended()
        return program

    async def test_a_question_prints_the_answer_alone(self):
        server = await self.serve_with(await self.fake_llm({"text": "Forty-two.\nOr so."}))

        program = await self.pipe("What is the answer?\n", server.url)

        self.assertEqual(program.stdout, ["Forty-two.", "Or so."])
        self.assertEqual((program.stderr, program.process.returncode), ([], 0))

    async def test_a_question_of_several_lines_is_one_question(self):
        model = await self.fake_llm()
        server = await self.serve_with(model)

        await self.pipe("one\ntwo\n", server.url)

        (request,) = await model.requests()
        self.assertEqual(request["messages"][-1]["content"].strip(), "one\ntwo")

    async def test_tools_are_used_and_not_mentioned(self):
        server = await self.serve()
        await server.logged("server.ready", server="demo")

        program = await self.pipe("add 2 and 3", server.url)

        self.assertIn("5", program.stdout[0])
        self.assertEqual(program.stderr, [])

    async def test_a_conversation_can_be_continued(self):
        model = await self.fake_llm()
        server = await self.serve_with(model)

        await self.pipe("first", server.url, "--conversation", "mine")
        await self.pipe("second", server.url, "--conversation", "mine")

        self.assertEqual(len((await model.requests())[1]["messages"]), 4)

    async def test_a_pipe_declines_what_nobody_can_approve(self):
        server = await self.serve_with(await self.fake_llm(), {"mcp.approvals.default": "ask"}, servers={"sdk": SDK_SERVER})
        await server.logged("server.ready", server="sdk")

        program = await self.pipe(call("greet", name="Ada"), server.url)

        self.assertIn("The user declined this call", program.stdout[0])
        self.assertIn("nobody is here to ask", program.stderr[0])

    async def assert_fails(self, program: Program, words: str):
        self.assertEqual(program.process.returncode, 1)
        self.assertEqual(program.stdout, [])
        self.assertRegex("\n".join(program.stderr), f"^convoke: .*{words}")

    async def test_a_server_that_is_not_there_is_a_failure_with_a_reason(self):
        await self.assert_fails(await self.pipe("hello", "ws://127.0.0.1:9/ws/chat"), "127.0.0.1:9")

    async def test_a_provider_that_fails_is_a_failure_with_a_reason(self):
        server = await self.serve_with(await self.fake_llm({"status": 401, "error": "who are you?"}))

        await self.assert_fails(await self.pipe("hello", server.url), "who are you")

    async def test_nothing_to_ask_is_a_failure(self):
        server = await self.serve_with(await self.fake_llm())

        await self.assert_fails(await self.pipe(" \n", server.url), "expected a question")

    async def test_a_token_comes_from_the_environment(self):
        server = await self.serve_with(await self.fake_llm(), {"server.auth.tokens": ["open-sesame"]})

        inside = await self.pipe("hello", server.url, CONVOKE_TOKEN="open-sesame")
        outside = await self.pipe("hello", server.url)

        self.assertEqual(inside.stdout, ["hello"])
        await self.assert_fails(outside, "401")


class Terminal:
    """What a person at a terminal sees and types."""

    def __init__(self):
        self.leader, self.follower = pty.openpty()
        self.seen = ""
        self._changes = Changes()
        asyncio.get_running_loop().add_reader(self.leader, self._read)

    def _read(self):
        try:
            more = os.read(self.leader, 65536)
        except OSError:  # the program has closed its end
            more = b""
        if not more:
            asyncio.get_running_loop().remove_reader(self.leader)
        plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", more.decode(errors="replace"))
        self.seen += plain
        self._changes.notify()

    async def shows(self, pattern: str):
        """Waits for text; what came up to it is not looked at again."""
        found = await self._changes.until(lambda: re.search(pattern, self.seen), f"{pattern!r} in {self.seen!r}")
        self.seen = self.seen[found.end() :]

    def type(self, text: str):
        os.write(self.leader, text.encode())

    def close(self):
        asyncio.get_running_loop().remove_reader(self.leader)
        os.close(self.leader)


class Interactive(EndToEnd):
    async def start(self, server) -> Terminal:
        self.terminal = Terminal()
        follower = self.terminal.follower
        environment = clean_environment(self.folder, TERM="xterm")
        self.process = await asyncio.create_subprocess_exec(
            BINARIES / "convoke", "chat", "--url", server.url,
            stdin=follower, stdout=follower, stderr=follower, env=environment, cwd=self.folder,
            start_new_session=True, preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )  # fmt: skip
        os.close(follower)
        return self.terminal

    async def asyncTearDown(self):
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()
        self.terminal.close()
        await super().asyncTearDown()

    async def test_a_conversation_at_a_terminal(self):
        server = await self.serve_with(await self.fake_llm({"text": "Hello, you."}, {"text": "Still here."}))
        terminal = await self.start(server)
        await terminal.shows("› ")

        terminal.type("hello\r")
        await terminal.shows("Hello, you")
        await terminal.shows(r"\d+ tokens")
        terminal.type("are you there?\r")
        await terminal.shows("Still here")
        terminal.type("/list\r")
        await terminal.shows("hello")
        terminal.type("/quit\r")

        self.assertEqual(await asyncio.wait_for(self.process.wait(), 5), 0)

    async def test_everything_with_a_conversation_at_a_terminal(self):
        server = await self.serve_with(await self.fake_llm())
        terminal = await self.start(server)
        await terminal.shows("› ")

        async def after(line: str, pattern: str):
            terminal.type(line + "\r")
            await terminal.shows(pattern)

        await after("/fork", "there is no conversation yet")
        await after("one", r"\d+ tokens")
        await after("/edit two", r"\d+ tokens")
        await after("/versions", r" 1 \[4\]  user_message: two")
        await after("/retention try message_count 1", "message_count 1: 6 events would go")
        await after("/retention", "As configured: 0 events would go")
        await after("/retention message_count some", "'some' is no number")
        await after("/switch 1", "Going on from there")
        await after("/switch 99", "has no event 99")
        await after("/fork", "Going on with a fork: c_")
        await after("/rename My fork", "It is called .My fork. now")
        await after("three", r"\d+ tokens")
        await after("/export fork.jsonl", r"fork.jsonl: 6 events")
        await after("/import fork.jsonl", "is there already; nothing was changed")
        await after("/import nothing.jsonl", "nothing.jsonl: cannot be read")
        await after("/delete", "for good")
        await after("no", "It stays")
        await after("/delete", "for good")
        await after("yes", "It is gone")
        await after("/import fork.jsonl", "c_.*: 6 events")
        await after("/archive", "there is no conversation yet")
        await after("/nonsense", "/retention")
        terminal.type("/quit\r")

        self.assertEqual(await asyncio.wait_for(self.process.wait(), 60), 0)

    async def test_ctrl_c_stops_an_answer_and_not_the_program(self):
        forever = {"text": "one two three", "stall_after": 2}
        server = await self.serve_with(await self.fake_llm(forever, {"text": "Going on."}))
        terminal = await self.start(server)
        await terminal.shows("› ")

        terminal.type("talk\r")
        await terminal.shows("one two")
        terminal.type("\x03")
        await server.logged("turn.finished", outcome="cancelled")
        terminal.type("next\r")
        await terminal.shows("Going on")

    async def test_an_answer_that_was_stopped_goes_on(self):
        model = await self.fake_llm({"text": "one two three", "stall_after": 2}, {"text": "three four"}, {"text": "five"})
        terminal = await self.start(await self.serve_with(model))
        await terminal.shows("› ")

        terminal.type("count\r")
        await terminal.shows("one two")
        terminal.type("\x03")
        await terminal.shows("You stopped this answer. /continue has it go on, /regenerate")
        terminal.type("/continue\r")
        await terminal.shows("three four")
        terminal.type("/regenerate\r")
        await terminal.shows("five")

        _, continued, again = [[m["content"] for m in request["messages"][1:]] for request in await model.requests()]
        self.assertEqual(continued, ["count", "one two ", "Go on where you stopped."])
        self.assertEqual(again, continued)

    async def test_a_conversation_that_is_opened_shows_where_it_stood(self):
        model = await self.fake_llm({"text": "word " * 500, "chunk_delay_ms": 10}, {"text": "Anew."})
        server = await self.serve_with(model)
        request = await (await self.connect(server)).chat("tell me", conversation_id="cut")
        await eventually(lambda: self.query_database("SELECT words FROM drafts"), "a draft is on disk")
        server.expected_exit = None
        await server.kill()
        terminal = await self.start(await self.serve_with(model))
        await terminal.shows("› ")

        terminal.type("/open cut\r")
        await terminal.shows("› tell me\r\nword word")
        await terminal.shows("The server stopped before the answer was complete. /continue")
        terminal.type("/regenerate\r")
        await terminal.shows("Anew")
        terminal.type("/open nowhere\r")
        await terminal.shows("there is no conversation 'nowhere'")

        self.assertEqual([m["content"] for m in (await model.requests())[-1]["messages"][1:]], ["tell me"])
        self.assertTrue(request.id)

    async def test_the_question_that_failed_is_the_one_asked_again(self):
        model = await self.fake_llm({"text": "First."}, {"status": 400, "error": "not now"}, {"text": "Second."})
        terminal = await self.start(await self.serve_with(model))
        await terminal.shows("› ")

        terminal.type("one\r")
        await terminal.shows("First")
        terminal.type("two\r")
        await terminal.shows("not now")
        terminal.type("/regenerate\r")
        await terminal.shows("Second")

        self.assertEqual((await model.requests())[-1]["messages"][-1]["content"], "two")

    async def test_nothing_a_model_says_steers_the_terminal(self):
        evil = "\x1b]0;evil\x07 \x9b2J done"
        terminal = await self.start(await self.serve_with(await self.fake_llm({"text": evil})))
        await terminal.shows("› ")

        terminal.type("hello\r")
        await terminal.shows(r"\?\]0;evil\? \?2J done")

    async def test_what_is_remembered_is_listed_edited_and_forgotten(self):
        server = await self.serve_with(await self.fake_llm(), {"memory.enabled": True})
        terminal = await self.start(server)
        await terminal.shows("› ")

        async def after(line: str, pattern: str):
            terminal.type(line + "\r")
            await terminal.shows(pattern)

        await after("/memory", "Nothing is remembered")
        await after("/memory add I like tea", "f_")
        (fact,) = (await (await self.connect(server)).query("memory.list"))["facts"]
        await after(f"/memory edit {fact['id']} I like coffee", "f_")
        await after("/memory", f"{fact['id']}  I like coffee")
        await after(f"/memory forget {fact['id']}", "f_")
        await after("/memory", "Nothing is remembered")
        await after("/memory forget f_none", "nothing is remembered under the id 'f_none'")
        await after("/memory everything", "/memory lists")

    async def test_the_end_of_input_ends_it(self):
        server = await self.serve_with(await self.fake_llm())
        terminal = await self.start(server)
        await terminal.shows("› ")

        terminal.type("\x04")

        self.assertEqual(await asyncio.wait_for(self.process.wait(), 5), 0)

    async def test_the_end_of_input_may_be_typed_ahead(self):
        server = await self.serve_with(await self.fake_llm())
        terminal = await self.start(server)
        terminal.type("\x04")

        self.assertEqual(await asyncio.wait_for(self.process.wait(), 5), 0)

    async def test_consent_is_asked_for_at_the_terminal(self):
        server = await self.serve_with(await self.fake_llm(), {"mcp.approvals.default": "ask"}, servers={"sdk": SDK_SERVER})
        await server.logged("server.ready", server="sdk")
        terminal = await self.start(server)
        await terminal.shows("› ")

        terminal.type(call("greet", name="Ada") + "\r")
        await terminal.shows(r'sdk · greet  \{"name":"Ada"\}')
        await terminal.shows("decline › ")
        terminal.type("e\r")
        await terminal.shows("as JSON › ")
        terminal.type('{"name":"Grace"}\r')
        await terminal.shows("Hello, Grace!")

        terminal.type(call("greet", name="Eve") + "\r")
        await terminal.shows("decline › ")
        terminal.type("n\r")
        await terminal.shows("The user declined")

    async def test_prompts_and_attachments_at_the_terminal(self):
        server = await self.serve_with(await self.fake_llm(), servers={"everything": EVERYTHING_SERVER})
        await server.logged("server.ready", server="everything")
        terminal = await self.start(server)
        await terminal.shows("› ")

        terminal.type("/prompts\r")
        await terminal.shows(r"/args-prompt city=… \[state=…\]")
        terminal.type('/prompt args-prompt city="New York"\r')
        await terminal.shows("What's weather in New York\\?")
        terminal.type("/resources\r")
        await terminal.shows("@demo://resource/static/document/architecture.md")
        terminal.type("see @demo://resource/static/document/architecture.md\r")
        await terminal.shows("<attachment server")

    async def test_an_error_is_shown_and_the_conversation_goes_on(self):
        server = await self.serve_with(await self.fake_llm({"status": 400, "error": "not like this"}, {"text": "Better."}))
        terminal = await self.start(server)
        await terminal.shows("› ")

        terminal.type("hello\r")
        await terminal.shows("not like this")
        terminal.type("hello again\r")
        await terminal.shows("Better")
