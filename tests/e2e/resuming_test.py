"""Readers that lose their connection again and again miss nothing and get nothing twice."""
import asyncio
import random

from harness.case import EndToEnd
from harness.chat_client import ChatClient

WORDS = " ".join(f"word{i}" for i in range(300))


class Resuming(EndToEnd):
    async def follow(self, server, chance: random.Random, name: str) -> dict[int, dict]:
        """Asks, and reads the answer over many connections, each of which breaks after some frames."""
        frames: dict[int, dict] = {}
        request_id = None
        while True:
            chat = await ChatClient.connect(server.url)
            if request_id is None:
                request = await chat.chat(name, conversation_id=name)
                request_id = request.id
            else:
                request = await chat.resume(request_id, max(frames), conversation_id=name)
            wanted = chance.randrange(1, 40)
            await request.until(lambda r: len(r.frames) >= wanted or r.has_ended, "more frames")
            # The client has checked that they are numbered on from where it stood.
            for frame in request.frames:
                self.assertNotIn(frame["seq"], frames)
                frames[frame["seq"]] = frame
            ended = request.has_ended
            chat.abort()
            await chat.closed()
            self.assertIsNone(chat.broken_promise)
            if ended:
                return frames

    async def test_survives_any_number_of_lost_connections(self):
        model = await self.fake_llm(otherwise={"text": WORDS, "chunk_delay_ms": 2, "reasoning": "hm " * 20})
        server = await self.serve_with(model, {"server.threads": 2})
        seed = random.randrange(1 << 32)
        readers = [self.follow(server, random.Random(seed + i), f"reader{i}") for i in range(12)]

        followed = await asyncio.gather(*readers)

        chat = await self.connect(server)
        for i, frames in enumerate(followed):
            with self.subTest(seed=seed, reader=i):
                self.assertEqual(sorted(frames), list(range(1, len(frames) + 1)))
                self.assertEqual(frames[len(frames)]["status"], "complete")
                again = await (await chat.resume(frames[1]["request_id"], conversation_id=f"reader{i}")).end()
                self.assertEqual(again.frames, [frames[seq] for seq in sorted(frames)])
                self.assertEqual(again.text, WORDS)

    async def test_numbers_from_before_a_restart_begin_the_recorded_answer_anew(self):
        model = await self.fake_llm({"text": WORDS})
        server = await self.serve_with(model, {"server.threads": 2})
        asked = await (await self.connect(server)).ask("hello", conversation_id="c")
        await server.terminate()

        server = await self.serve_with(model, {"server.threads": 2})
        for after in (2, 5, asked.seq, asked.seq + 1000, 2):
            for _ in range(3):  # on either loop
                chat = await self.connect(server)
                resumed = await (await chat.resume(asked.id, after, begins_anew=True, conversation_id="c")).end()
                self.assertEqual(resumed.text, WORDS)
