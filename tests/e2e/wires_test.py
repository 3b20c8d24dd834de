"""The same conversation over each wire, and what happens to an answer that breaks off."""
import json

from harness.case import EndToEnd, fake

WIRES = ("openai-compatible", "openai_responses", "anthropic")


class Wires(EndToEnd):
    async def chat_over(self, wire: str, *answers: dict, settings: dict | None = None, tools: bool = False):
        self.model = await self.fake_llm(*answers)
        more = {"servers": None} if tools else {}
        server = await self.serve_with(self.model, {"llm.providers.fake.api": wire} | (settings or {}), **more)
        if tools:
            await server.logged("server.ready", server="demo")
        return await self.connect(server)

    async def test_each_shows_thoughts_and_words_apart(self):
        for wire in WIRES:
            with self.subTest(wire):
                chat = await self.chat_over(wire)

                answer = await chat.ask(fake(text="one two 🙂", reasoning="let me think"))

                self.assertEqual((answer.text, answer.reasoning), ("one two 🙂", "let me think"))
                self.assertEqual(answer.metadata["finish_reason"], "stop")
                self.assertGreater(answer.metadata["usage"]["input_tokens"], 0)

    async def test_each_calls_tools_and_hands_their_results_and_its_thoughts_back(self):
        for wire in WIRES:
            with self.subTest(wire):
                call = {"reasoning": "sum them", "tool_calls": [{"name": "sum", "arguments": {"a": 2, "b": 3}}] * 2}
                chat = await self.chat_over(wire, call, {"text": "five"}, tools=True)

                answer = await chat.ask("how much is it?")

                self.assertEqual(answer.text, "five")
                self.assertEqual(answer.metadata["tool_calls"], 2)
                _, second = await self.model.requests()
                sent = json.dumps(second)
                self.assertEqual(sent.count('"5"'), 2, sent)
                self.assertEqual("ZmFrZQ==" in sent, wire != "openai-compatible")

    async def test_each_is_asked_again_when_it_is_overloaded(self):
        for wire in WIRES:
            with self.subTest(wire):
                chat = await self.chat_over(wire, {"status": 529, "error": "Overloaded"}, {"text": "there we are"})

                answer = await chat.ask("hello")

                self.assertEqual(answer.text, "there we are")
                self.assertEqual(len(answer.activities("retrying")), 1)

    async def test_each_keeps_what_it_said_before_it_broke_off(self):
        for wire in WIRES:
            with self.subTest(wire):
                chat = await self.chat_over(wire)

                broken = await chat.ask(fake(text="one two three four", cut_after=5))

                self.assertEqual(broken.error["type"], "unavailable")
                self.assertTrue("one two three four".startswith(broken.text) and broken.text, broken.text)


class AnswersThatBreakOff(Wires):
    """With `llm.resume_partial` the rest is asked for, and nothing is shown twice."""

    RESUME = {"llm.resume_partial": True}

    async def test_each_is_asked_for_the_rest(self):
        for wire in WIRES:
            with self.subTest(wire):
                cut = {"text": "Once upon a time there was a king.", "cut_after": 6}
                rest = {"text": "Once upon a time there was a king."}
                chat = await self.chat_over(wire, cut, rest, settings=self.RESUME)

                answer = await chat.ask("tell me")

                self.assertEqual(answer.text, "Once upon a time there was a king.")
                self.assertEqual(answer.metadata["finish_reason"], "stop")
                (notice,) = answer.activities("resuming")
                self.assertEqual(notice["metadata"], {"attempt": 1})

    async def test_the_rest_may_begin_in_the_middle_of_what_was_said(self):
        cut = {"text": "The first is red. The second is", "error_after": 7, "error": "upstream gone"}
        chat = await self.chat_over("openai-compatible", cut, {"text": "The second is blue."}, settings=self.RESUME)

        answer = await chat.ask("which?")

        self.assertEqual(answer.text, "The first is red. The second is blue.")

    async def test_a_tool_call_that_was_cut_is_never_run(self):
        cut = {"text": "Let me see. ", "tool_calls": [{"name": "sum", "arguments": '{"a": 1, "b"'}], "cut_after": 4}
        chat = await self.chat_over("openai-compatible", cut, {"text": "I cannot."}, settings=self.RESUME)

        answer = await chat.ask("how much?")

        self.assertEqual(answer.text, "Let me see. I cannot.")
        self.assertEqual(answer.metadata["tool_calls"], 0)

    async def test_one_that_nobody_goes_on_with_is_kept(self):
        cut = {"text": "one two three", "cut_after": 2}
        gone = {"status": 401, "error": "no such key"}
        chat = await self.chat_over("openai-compatible", cut, gone, settings=self.RESUME)

        broken = await chat.ask("count")

        self.assertEqual(broken.error["type"], "denied")
        self.assertEqual(broken.text, "one two ")
