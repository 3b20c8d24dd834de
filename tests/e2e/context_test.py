"""What the model sees: of a long past, of long results, of many tools; and how tokens are counted."""
import re
import subprocess
import sys
from pathlib import Path

from harness.case import EndToEnd
from harness.program import BINARIES
from harness.waiting import eventually

LONG_QUESTION = "how many? " + "word " * 60
MANY_TOOLS = str(Path(__file__).parent / "servers/many_tools_server.py")

def texts(request: dict) -> list[str]:
    return [message["content"] for message in request["messages"]]


def call(tool: str, **arguments) -> dict:
    return {"tool_calls": [{"name": tool, "arguments": arguments}]}


class Context(EndToEnd):
    async def serve_many(self, *answers: dict, tools: int, settings: dict | None = None):
        self.model = await self.fake_llm(*answers)
        servers = {"many": {"command": sys.executable, "args": [MANY_TOOLS, str(tools)], "autoApprove": ["*"]}}
        server = await self.serve_with(self.model, settings, servers=servers)

        async def is_ready():
            return len((await (await self.connect(server)).query("status"))["tools"]) == tools + 1

        await eventually(is_ready, "the tools are there")
        return server

    async def requests(self) -> list[dict]:
        return await self.model.requests()

    async def test_many_tools_are_searched_and_called_by_name(self):
        server = await self.serve_many(
            call("find_tools", query="thing number 123"),
            call("call_tool", name="tool_123", arguments={"city": "Oslo"}),
            {"text": "done"},
            tools=400,
        )

        answer = await (await self.connect(server)).ask("look after 123")

        first, second, third = await self.requests()
        self.assertEqual([t["function"]["name"] for t in first["tools"]], ["find_tools", "call_tool", "read_result"])
        self.assertEqual(third["tools"], first["tools"])
        self.assertIn('"name":"tool_123"', texts(second)[-1])
        self.assertEqual(texts(third)[-1], "tool_123 was called with {'city': 'Oslo'}")
        self.assertEqual([a["metadata"]["tool"] for a in answer.activities("tool_execution")], ["find_tools", "tool_123"])
        self.assertGreater(await server.metric("convoke_tool_definition_tokens_saved_total"), 3 * 10_000)

    async def test_a_long_result_is_cut_and_can_be_read_to_its_end(self):
        server = await self.serve_many(call("read_map"), {"text": "long"}, tools=1)
        chat = await self.connect(server)
        await chat.ask("read the map", conversation_id="c")
        shown = texts((await self.requests())[-1])[-1]
        note = re.search(r'page 1 of (\d+), (\d+) bytes in all. Read on with read_result, id "(res_\w+)", page 2', shown)
        pages, size, result_id = int(note[1]), int(note[2]), note[3]

        server.expected_exit = None
        await server.kill()  # what is on disk is enough
        await self.model.kill()
        server = await self.serve_many(
            *[call("read_result", id=result_id, page=page) for page in range(2, pages + 1)], {"text": "oak"}, tools=1
        )
        answer = await (await self.connect(server)).ask("where is the treasure?", conversation_id="c")

        self.assertEqual(answer.text, "oak")
        last = texts((await self.requests())[-1])
        self.assertLess(len(shown), 17_000)
        self.assertIn("the treasure is under the oak", last[-1])
        self.assertGreater(size, 90_000)
        self.assertIn(shown, last, "the past has not changed")

    async def ask_until_a_summary_is_wanted(self, *answers: dict):
        """Six questions that fit and one with which they do not: that one, and the requests from its summary on."""
        self.model = await self.fake_llm(*[{"text": f"noted {i}"} for i in range(6)], *answers)
        settings = {
            "chat.service.context.max_tokens": 805,  # six of the turns below fit, but not with the last question
            "chat.service.context.reserve_tokens": 0,
            "chat.service.context.preserve_recent": 0,
            "chat.service.context.summary.enabled": True,
            "chat.service.context.summary.max_tokens": 100,
            "chat.service.context.summary.model": "fake:cheap",
        }
        self.server = await self.serve_with(self.model, settings)
        self.chat = await self.connect(self.server)
        self.conversation = f"c{self.model.port}"
        for i in range(6):
            await self.chat.ask(f"number {i} " + "word " * 100, conversation_id=self.conversation)
        answer = await self.chat.ask(LONG_QUESTION, conversation_id=self.conversation)
        return answer, (await self.requests())[6:]

    async def test_a_summary_that_cannot_be_had_holds_nothing_up(self):
        for what, answer in {"refused": {"status": 400, "error": "no"}, "blank": {"text": " \n "}}.items():
            with self.subTest(what):
                asked, requests = await self.ask_until_a_summary_is_wanted(answer, {"text": "six"})

                self.assertEqual(asked.text, "six")
                self.assertEqual([r["model"] for r in requests].count("scripted"), 1)
                sent = texts(requests[-1])
                self.assertEqual(sent[-1], LONG_QUESTION)
                self.assertNotIn("in short", sent[1])
                self.assertEqual(len(self.server.log("summary.failed")), 1)
                await self.server.terminate()

    async def test_a_summary_keeps_to_its_budget_whatever_its_model_writes(self):
        asked, (summary, request) = await self.ask_until_a_summary_is_wanted({"text": "blah " * 5000}, {"text": "six"})

        self.assertEqual(asked.text, "six")
        sent = texts(request)
        self.assertTrue(60 < sent[1].count("blah") <= 100, sent[1])
        self.assertEqual(sent[-1], LONG_QUESTION)
        self.assertGreaterEqual(len(sent), 7, "it has pushed nothing out that fitted before")
        kept = self.query_database("SELECT content FROM chat_events WHERE type = 'summary'")
        self.assertLess(len(kept[0][0]), 1000)

    async def test_what_does_not_fit_is_summed_up_once(self):
        answer, (summary, asked) = await self.ask_until_a_summary_is_wanted(
            {"text": "The user counts."}, {"text": "six"}, {"text": "yes"}
        )
        await self.chat.ask("sure?", conversation_id=self.conversation)

        again = (await self.requests())[-1]
        self.assertEqual(answer.text, "six")
        self.assertEqual(summary["model"], "cheap")
        self.assertIn("User: number 0", texts(summary)[-1])
        self.assertIn("The user counts.", texts(asked)[1])
        self.assertEqual(texts(asked)[-1], LONG_QUESTION)
        self.assertEqual(texts(again)[: len(texts(asked))], texts(asked), "the next prompt begins with the same words")
        self.assertEqual(answer.activities("summarizing")[0]["data"], "summing up what was said before")

    async def test_the_beginning_of_a_prompt_stays_the_same_for_many_turns(self):
        model = await self.fake_llm()
        settings = {
            "chat.service.context.max_tokens": 2000,
            "chat.service.context.reserve_tokens": 0,
            "chat.service.context.preserve_recent": 0,
        }
        server = await self.serve_with(model, settings)
        chat = await self.connect(server)

        for i in range(40):
            await chat.ask(f"number {i} " + "word " * 50, conversation_id="c")

        requests = await model.requests()
        starts = [texts(request)[1].split()[1] for request in requests]
        self.assertNotEqual(starts[-1], "0")
        self.assertLess(len(set(starts)), 14, starts)

    async def test_repeated_long_texts_are_counted_once(self):
        settings = {"llm.providers.fake.model": "gpt-4o", "chat.service.system_prompt": "Be kind. " * 200}
        server = await self.serve_with(await self.fake_llm(), settings)
        chat = await self.connect(server)

        for _ in range(5):
            await chat.ask("hello")

        self.assertGreaterEqual(await server.metric("convoke_token_count_cache_hits"), 4)
        self.assertGreaterEqual(await server.metric("convoke_token_count_cache_hit_percent"), 50)

    async def test_tokens_are_counted_from_the_terminal(self):
        program = await self.run_convoke("tokens", str(Path(__file__)), "--model", "gpt-4o")
        piped = subprocess.run(
            [BINARIES / "convoke", "tokens", "-m", "gpt-4"], input=b"hello world", capture_output=True, timeout=30
        )

        self.assertGreater(int(program.stdout[0]), 500)
        self.assertEqual((piped.stdout, piped.stderr), (b"2\n", b""))
