"""A real model server: llama.cpp's own, with a model of 270 KB that says what it was made to say (servers/tiny_model.py).

Runs where `llama-server` is in the PATH, or named by LLAMA_SERVER; else it is skipped."""
import json
import os
import re
import shutil
import unittest

from harness.case import EndToEnd
from harness.http import get
from harness.program import Program
from harness.waiting import eventually
from servers import tiny_model

SERVER = os.environ.get("LLAMA_SERVER") or shutil.which("llama-server")
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


class LlamaServer(Program):
    port: int = 0

    async def ready(self):
        def listening():
            lines = " ".join(self.stderr + self.stdout)
            if not self.is_running:
                raise AssertionError(lines)
            return re.search(r"listening on http://127\.0\.0\.1:(\d+)", lines)

        self.port = int((await self._changes.until(listening, "the model server listens"))[1])
        return self


@unittest.skipUnless(SERVER, "there is no llama-server")
class LlamaCpp(EndToEnd):
    async def serve_llama(self, *options: str, settings: dict | None = None, tools: bool = False):
        """A real model server, and Convoke with no more than its address."""
        file = self.folder / "tiny.gguf"
        file.write_bytes(tiny_model.model())
        options = ("--model", file, "--host", "127.0.0.1", "--port", "0", "--threads", "1", "--no-warmup", *options)
        self.llama = await self.keep(await LlamaServer.start(SERVER, *options, cwd=self.folder, environment=dict(os.environ))).ready()
        address = {"llm.active": "llamacpp", "llm.providers.llamacpp.base_url": f"http://127.0.0.1:{self.llama.port}/v1",
                   "mcp.approvals.default": "allow"}
        self.server = await self.serve(address | (settings or {}), servers=None if tools else {})
        if tools:
            await self.server.logged("server.ready", server="demo")
        return await self.connect(self.server)

    async def test_words_come_one_by_one_with_the_servers_own_count(self):
        chat = await self.serve_llama(settings={"chat.service.system_prompt": "Be brief."})

        answer = await chat.ask("good morning")

        self.assertEqual(answer.text, "Hello from a tiny model.")
        self.assertEqual(answer.metadata["finish_reason"], "stop")
        usage = answer.metadata["usage"]
        self.assertEqual((usage["output_tokens"], usage.get("estimated", False)), (7, False), answer.metadata)

    async def test_characters_that_take_several_tokens_arrive_whole(self):
        chat = await self.serve_llama()

        self.assertEqual((await chat.ask("bytes")).text, "Grü 😀")

    async def test_thoughts_that_the_server_tells_from_words(self):
        answer = await (await self.serve_llama()).ask("think")

        self.assertEqual((answer.reasoning.strip(), answer.text), ("Two and two", "Four!"))

    async def test_thoughts_that_come_among_the_words(self):
        answer = await (await self.serve_llama("--reasoning-format", "none")).ask("think")

        self.assertEqual((answer.reasoning.strip(), answer.text), ("Two and two", "Four!"))

    async def test_a_tool_is_called_and_its_result_goes_back(self):
        chat = await self.serve_llama(tools=True)

        answer = await chat.ask("what is the sum?")

        self.assertEqual(answer.metadata["tool_calls"], 1)
        self.assertEqual(answer.text, "It is five;")

    async def test_an_answer_that_never_ends_is_cut_at_its_limit(self):
        chat = await self.serve_llama(settings={"llm.providers.llamacpp.max_tokens": 30})

        answer = await chat.ask("clock")

        self.assertEqual(answer.text.split(), ["tick", "tock"] * 15)
        self.assertEqual(answer.metadata["finish_reason"], "length")

    async def test_cancelling_stops_the_model(self):
        chat = await self.serve_llama("--ctx-size", "32000", "--parallel", "1")
        request = await chat.chat("clock")
        await request.words(20)

        await chat.cancel(request.id)
        await request.end()

        async def is_idle():
            slots = (await get(self.llama.port, "/slots")).json()
            return not any(slot["is_processing"] for slot in slots)

        await eventually(is_idle, "the model has stopped")
        self.assertEqual((await chat.ask("good morning")).text, "Hello from a tiny model.")

    async def test_a_question_longer_than_the_context_says_so(self):
        chat = await self.serve_llama("--ctx-size", "512")

        answer = await chat.ask("x" * 3000)

        self.assertEqual(answer.error["type"], "invalid_input", answer.error)
        self.assertIn("exceeds the available context size (512 tokens)", answer.error["message"])

    async def test_a_model_without_eyes_is_told_of_the_picture(self):
        chat = await self.serve_llama()

        answer = await chat.ask("what is this?", images=[{"media_type": "image/png", "data": PIXEL}])

        self.assertEqual(answer.text, "Hello from a tiny model.")

    async def test_a_wrong_key_is_said_to_be_wrong(self):
        chat = await self.serve_llama("--api-key", "right", settings={"llm.providers.llamacpp.api_key": "wrong-key"})

        answer = await chat.ask("good morning")

        self.assertEqual(answer.error["type"], "denied", answer.error)

    async def test_an_answer_of_a_schema_keeps_to_it(self):
        chat = await self.serve_llama(settings={"llm.providers.llamacpp.max_tokens": 60})
        schema = {"type": "object", "properties": {"a": {"enum": ["yes"]}}, "required": ["a"], "additionalProperties": False}

        answer = await chat.ask("good morning",
                                response_format={"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}})

        self.assertEqual(json.loads(answer.text), {"a": "yes"}, answer.last)
