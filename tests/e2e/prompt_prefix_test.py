"""What was sent to a model is sent again byte by byte, on every wire: the provider's prompt cache stays warm."""
import json

from harness.case import fake
from harness.recorder import Recorder
from wires_test import WIRES, OverEachWire

MARK = b',"cache_control":{"type":"ephemeral"}'  # moves on with the newest message, and is no part of what is cached
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="


def call_sum(times: int = 1) -> dict:
    return {"tool_calls": [{"name": "sum", "arguments": {"a": 2, "b": 3}}] * times}


def open_end(wire: str, body: bytes) -> bytes:
    """A request without what closes its last message, or its list of them."""
    beginning = body[: body.rindex(b"]}")]
    # Anthropic wants one message of all that a side says: it may go on.
    return beginning[: beginning.rindex(b"]}")] if wire == "anthropic" else beginning


class PromptPrefix(OverEachWire):
    async def serve_recorded(self, settings: dict | None = None):
        self.recorder = await Recorder((await self.fake_llm()).base_url).start()
        self.addCleanup(self.recorder.close)
        addresses = {f"llm.providers.{wire}.base_url": self.recorder.base_url for wire in WIRES}
        await self.serve_all(settings=addresses | (settings or {}), tools=True)

    def sent(self) -> list[bytes]:
        return [body.replace(MARK, b"") for body in self.recorder.bodies]

    async def test_each_request_begins_with_the_bytes_of_the_one_before(self):
        await self.serve_recorded()
        for wire in WIRES:
            with self.subTest(wire):
                chat = await self.connect(self.server)
                self.recorder.bodies.clear()
                await chat.ask(fake(text="hello", reasoning="a greeting"), model=wire)
                await chat.ask(fake(**call_sum(2)), model=wire)
                await chat.ask(fake(text="a pixel"), model=wire, images=[f"data:image/png;base64,{PIXEL}"])
                stopped = await chat.chat(fake(text="one two three", stall_after=4), model=wire)
                await stopped.words(1)
                await chat.cancel(stopped.id)
                await stopped.end()
                cut = await chat.ask(fake(text="one two three " * 10, cut_after=8), model=wire)
                last = await chat.ask(fake(text="there you are"), model=wire)

                self.assertEqual((cut.last["status"], last.text), ("error", "there you are"))
                bodies = self.sent()
                self.assertEqual(len(bodies), 7)
                for before, after in zip(bodies, bodies[1:]):
                    self.assertTrue(after.startswith(open_end(wire, before)), f"{before}\nand then\n{after}")

    async def test_the_last_words_to_a_model_change_nothing_before_them(self):
        await self.serve_recorded({"chat.service.max_tool_hops": 1})
        for wire in WIRES:
            with self.subTest(wire):
                self.recorder.bodies.clear()
                await self.ask_over(wire, fake(**call_sum()))

                first, last = map(json.loads, self.sent())
                said = "input" if wire == "openai_responses" else "messages"
                for member in ("tools", "system", "instructions"):
                    self.assertEqual(first.get(member), last.get(member))
                self.assertEqual(last[said][: len(first[said])], first[said])
                self.assertIn("You have used tools 1 times", json.dumps(last[said][-1]))
