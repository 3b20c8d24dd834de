"""The same conversation over each wire, and what happens to an answer that breaks off."""
import json

from harness.case import API_KEY, EndToEnd, fake

WIRES = ("openai-compatible", "openai_responses", "anthropic")


class OverEachWire(EndToEnd):
    async def serve_all(self, *answers: dict, settings: dict | None = None, tools: bool = False):
        """A server with a provider for each wire, all of them the same fake model, which gives `answers` to each."""
        self.model = await self.fake_llm(*(answers * len(WIRES)))
        providers = {}
        for wire in WIRES:
            provider = {"api": wire, "base_url": self.model.base_url, "model": "scripted", "api_key": API_KEY}
            providers |= {f"llm.providers.{wire}.{key}": value for key, value in provider.items()}
            providers[f"llm.providers.{wire}.http_client.backoff_factor"] = 0.01
        more = {"servers": None} if tools else {}
        self.server = await self.serve_with(self.model, providers | (settings or {}), **more)
        if tools:
            await self.server.logged("server.ready", server="demo")

    async def ask_over(self, wire: str, question: str):
        """Asks in a conversation of its own."""
        return await (await self.connect(self.server)).ask(question, model=wire)


class Wires(OverEachWire):
    async def test_each_shows_thoughts_and_words_apart(self):
        await self.serve_all()
        for wire in WIRES:
            with self.subTest(wire):
                answer = await self.ask_over(wire, fake(text="one two 🙂", reasoning="let me think"))

                self.assertEqual((answer.text, answer.reasoning), ("one two 🙂", "let me think"))
                self.assertEqual(answer.metadata["finish_reason"], "stop")
                self.assertGreater(answer.metadata["usage"]["input_tokens"], 0)

    async def test_each_calls_tools_and_hands_their_results_and_its_thoughts_back(self):
        call = {"reasoning": "sum them", "tool_calls": [{"name": "sum", "arguments": {"a": 2, "b": 3}}] * 2}
        await self.serve_all(call, {"text": "five"}, tools=True)
        for wire in WIRES:
            with self.subTest(wire):
                answer = await self.ask_over(wire, "how much is it?")

                self.assertEqual(answer.text, "five")
                self.assertEqual(answer.metadata["tool_calls"], 2)
                sent = json.dumps((await self.model.requests())[-1])
                self.assertEqual(sent.count('"5"'), 2, sent)
                self.assertEqual("ZmFrZQ==" in sent, wire != "openai-compatible")

    async def test_each_is_asked_again_when_it_is_overloaded(self):
        await self.serve_all({"status": 529, "error": "Overloaded"}, {"text": "there we are"})
        for wire in WIRES:
            with self.subTest(wire):
                answer = await self.ask_over(wire, "hello")

                self.assertEqual(answer.text, "there we are")
                self.assertEqual(len(answer.activities("retrying")), 1)

    async def test_each_keeps_what_it_said_before_it_broke_off(self):
        await self.serve_all()
        for wire in WIRES:
            with self.subTest(wire):
                broken = await self.ask_over(wire, fake(text="one two three four", cut_after=4))

                self.assertEqual(broken.error["type"], "unavailable")
                self.assertTrue("one two three four".startswith(broken.text) and broken.text, broken.text)


class AnswersThatBreakOff(OverEachWire):
    """With `llm.resume_partial` the rest is asked for, and nothing is shown twice."""

    async def resumed(self, *answers: dict, question: str = "tell me"):
        await self.serve_all(*answers, settings={"llm.resume_partial": True})
        return await self.ask_over("openai-compatible", question)

    async def test_each_is_asked_for_the_rest(self):
        story = "Once upon a time there was a king."
        await self.serve_all({"text": story, "cut_after": 6}, {"text": story}, settings={"llm.resume_partial": True})
        for wire in WIRES:
            with self.subTest(wire):
                answer = await self.ask_over(wire, "tell me")

                self.assertEqual(answer.text, story)
                self.assertEqual((answer.metadata["finish_reason"], answer.metadata["resumed"]), ("stop", 1))
                (notice,) = answer.activities("resuming")
                self.assertEqual(notice["metadata"], {"attempt": 1})

    async def test_the_rest_may_begin_in_the_middle_of_what_was_said(self):
        cut = {"text": "The first is red. The second is", "error_after": 7, "error": "upstream gone"}

        answer = await self.resumed(cut, {"text": "The second is blue."})

        self.assertEqual(answer.text, "The first is red. The second is blue.")

    async def test_a_tool_call_that_was_cut_is_never_run(self):
        cut = {"text": "Let me see. ", "tool_calls": [{"name": "sum", "arguments": '{"a": 1, "b"'}], "cut_after": 4}

        answer = await self.resumed(cut, {"text": "I cannot."})

        self.assertEqual(answer.text, "Let me see. I cannot.")
        self.assertEqual(answer.metadata["tool_calls"], 0)

    async def test_one_that_nobody_goes_on_with_is_kept(self):
        cut = {"text": "one two three", "cut_after": 2}

        broken = await self.resumed(cut, {"status": 401, "error": "no such key"})

        self.assertEqual(broken.error["type"], "denied")
        self.assertEqual(broken.text, "one two ")
