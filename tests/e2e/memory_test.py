"""What is remembered: past restarts, past SIGKILL, and past trouble with the database."""
import asyncio
import os
import random
import resource
import signal
import sqlite3
import uuid

from harness.case import EndToEnd, fake
from harness.chat_client import ChatClient
from harness.program import Convoke
from harness.waiting import eventually

COUNT_EVENTS = "SELECT conversation_id, COUNT(*) FROM chat_events GROUP BY conversation_id"


class Memory(EndToEnd):
    async def test_a_conversation_goes_on_after_a_restart(self):
        model = await self.fake_llm({"text": "noted"})
        server = await self.serve_with(model)
        await (await self.connect(server)).ask("my number is 7", conversation_id="numbers")
        await server.terminate()

        server = await self.serve_with(model)
        await (await self.connect(server)).ask("what is my number?", conversation_id="numbers")

        prompt = [message["content"] for message in (await model.requests())[-1]["messages"]]
        self.assertEqual(prompt[1:], ["my number is 7", "noted", "what is my number?"])

    async def test_events_can_be_counted_with_sqlite_while_the_server_runs_and_after(self):
        server = await self.serve_with(await self.fake_llm())
        chat = await self.connect(server)
        await chat.ask("hello", conversation_id="one")
        await chat.ask("hello again", conversation_id="one")
        await chat.ask("hello", conversation_id="two")

        running = dict(self.query_database(COUNT_EVENTS))
        await server.terminate()
        after = dict(self.query_database(COUNT_EVENTS))

        self.assertEqual(running, {"one": 6, "two": 3})
        self.assertEqual(after, running)

    async def test_the_file_is_for_its_owner_only(self):
        await self.serve()

        self.assertEqual((self.folder / "events.db").stat().st_mode & 0o077, 0)

    async def test_the_file_can_be_elsewhere(self):
        server = await self.serve({"chat.service.repository.path": "elsewhere.db"})
        await (await self.connect(server)).ask("hello")

        self.assertTrue((self.folder / "elsewhere.db").exists())
        self.assertFalse((self.folder / "events.db").exists())

    async def test_nothing_is_written_when_conversations_are_kept_in_memory(self):
        server = await self.serve({"chat.service.repository.type": "memory"})
        chat = await self.connect(server)

        await chat.ask("my number is 7")
        answer = await chat.ask("what did I ask before?")

        self.assertIn("my number is 7", answer.text)
        self.assertEqual(list(self.folder.glob("*.db*")), [])

    async def test_conversations_can_be_cleared_at_each_start(self):
        server = await self.serve()
        await (await self.connect(server)).ask("forget me", conversation_id="old")
        await server.terminate()

        server = await self.serve({"chat.service.repository.persistence.clear_on_startup": True})
        listed = await (await self.connect(server)).query("conversations.list")

        self.assertEqual(listed["conversations"], [])

    async def test_deleted_words_are_not_in_the_file_any_more(self):
        server = await self.serve_with(await self.fake_llm())
        chat = await self.connect(server)
        await chat.ask("the password is abracadabra", conversation_id="secret")
        await chat.ask("hello", conversation_id="other")

        await chat.query("conversations.delete", conversation_id="secret")
        await server.terminate()

        files = b"".join(path.read_bytes() for path in self.folder.glob("events.db*"))
        self.assertNotIn(b"abracadabra", files)

    async def test_a_second_server_is_kept_out_of_the_file(self):
        await self.serve()

        second = await self.run_convoke("serve", "--port", "0")

        self.assertEqual(second.process.returncode, 1)
        self.assertIn("events.db", second.stderr[-1])

    async def test_a_file_that_is_no_database_is_not_touched(self):
        (self.folder / "events.db").write_text("these are my notes\n" * 100)

        program = await self.run_convoke("serve", "--port", "0")

        self.assertEqual(program.process.returncode, 1)
        self.assertIn("events.db", program.stderr[-1])
        self.assertEqual((self.folder / "events.db").read_text(), "these are my notes\n" * 100)


class SigKill(EndToEnd):
    async def test_of_a_server_loses_no_answer_that_was_complete(self):
        model = await self.fake_llm()
        chance = random.Random(seed := random.randrange(1 << 32))
        completed: dict[str, str] = {}
        begun = kills = 0
        while kills < 5 or (len(completed) <= 10 and kills < 60):  # on a busy machine few answers end in such a time
            kills += 1
            server = await self.serve_with(model)
            clients = [asyncio.create_task(self.ask_on_and_on(server, completed)) for _ in range(6)]
            await asyncio.sleep(chance.uniform(0.05, 0.4 + 0.05 * kills))
            server.expected_exit = None
            await server.kill()
            begun += sum(await asyncio.gather(*clients))

            for request_id, text in completed.items():
                with self.subTest(seed=seed, request_id=request_id):
                    self.assertEqual(self.recorded(request_id), [("user_message", text), ("assistant_message", text)])

        self.assertGreater(len(completed), 10)
        await self.serve_with(model)
        closed = self.query_database("SELECT COUNT(*) FROM turns WHERE last_seq IS NULL")
        self.assertEqual(closed, [(0,)])
        self.assertEqual(self.query_database("PRAGMA integrity_check"), [("ok",)])

    async def ask_on_and_on(self, server: Convoke, completed: dict[str, str]) -> int:
        """Asks one question after another until the server is gone; returns how many."""
        try:
            chat = await ChatClient.connect(server.url)
        except Exception:  # on a busy machine the server may be gone before the handshake is over
            return 0
        asked = 0
        while True:
            text = f"question {uuid.uuid4()}"
            try:
                request = await chat.chat(text)
            except Exception:
                return asked
            asked += 1
            await request.until(lambda r: r.has_ended or chat.is_closed, "an answer, or the end of the server")
            if request.has_ended and request.last["status"] == "complete":
                completed[request.id] = text
            if chat.is_closed:
                self.assertIsNone(chat.broken_promise)
                return asked

    def recorded(self, request_id: str) -> list[tuple]:
        return self.query_database(
            "SELECT type, content FROM chat_events WHERE request_id = ? AND content IS NOT NULL ORDER BY seq", request_id
        )

    async def test_marks_the_turns_it_has_interrupted(self):
        model = await self.fake_llm({"text": "one two", "stall_after": 1}, {"text": "the answer"})
        server = await self.serve_with(model)
        request = await (await self.connect(server)).chat("a question", conversation_id="cut")
        await request.words(1)
        await eventually(lambda: self.recorded(request.id), "the question is on disk")
        server.expected_exit = None
        await server.kill()

        server = await self.serve_with(model)
        chat = await self.connect(server)
        events = (await chat.query("conversations.get", conversation_id="cut"))["events"]
        resumed = await (await chat.resume(request.id, conversation_id="cut")).end()
        again = await chat.ask("a question", request.id, conversation_id="cut")

        self.assertEqual(events[-1]["type"], "turn_interrupted")
        self.assertEqual(server.log("turns.interrupted")[0]["turns"], 1)
        self.assertEqual(resumed.error["type"], "unavailable")
        self.assertEqual(again.text, "the answer")

    async def test_keeps_what_had_been_said_and_the_conversation_goes_on_from_there(self):
        words = " ".join(f"word{i}" for i in range(1000))
        model = await self.fake_llm({"text": words, "chunk_delay_ms": 10}, {"text": "and so on"}, {"text": "anew"})
        server = await self.serve_with(model)
        request = await (await self.connect(server)).chat("tell me", conversation_id="cut")
        await eventually(lambda: self.query_database("SELECT words FROM drafts"), "a draft is on disk")
        server.expected_exit = None
        await server.kill()
        kept = "".join(row[0] for row in self.query_database("SELECT words FROM drafts ORDER BY id"))

        server = await self.serve_with(model)
        chat = await self.connect(server)
        resumed = await (await chat.resume(request.id, conversation_id="cut")).end()
        continued = await chat.ask("go on", conversation_id="cut")
        again = await chat.ask("tell me", request.id, conversation_id="cut")

        self.assertTrue(words.startswith(kept))
        self.assertGreater(len(kept.split()), 20)
        self.assertEqual((resumed.text, resumed.error["type"]), (kept, "unavailable"))
        self.assertEqual((continued.text, again.text), ("and so on", "anew"))
        seen = [message["content"] for message in (await model.requests())[1]["messages"]]
        self.assertEqual(seen[1:], ["tell me", kept, "go on"])
        self.assertEqual(self.query_database("SELECT COUNT(*) FROM drafts"), [(0,)])

    async def test_at_random_leaves_every_answer_as_far_as_it_had_come_a_second_before(self):
        answer = " ".join(f"word{i}" for i in range(400))
        model = await self.fake_llm(otherwise={"text": answer, "chunk_delay_ms": 10})
        chance = random.Random(seed := random.randrange(1 << 32))
        for kill in range(3):
            server = await self.serve_with(model)
            chat = await self.connect(server)
            requests = [await chat.chat("tell me", conversation_id=f"{kill}-{i}") for i in range(8)]
            for request in requests:
                await request.words(1)
            await asyncio.sleep(chance.uniform(1.0, 1.6))
            seen_before = {request.id: request.text for request in requests}
            await asyncio.sleep(1.5)
            server.expected_exit = None
            await server.kill()

            server = await self.serve_with(model)
            for request in requests:
                with self.subTest(seed=seed, request=request.id):
                    kept = self.recorded(request.id)[-1][1]
                    self.assertTrue(answer.startswith(kept))
                    self.assertGreaterEqual(len(kept), len(seen_before[request.id]))
            await server.terminate()


class DatabaseTrouble(EndToEnd):
    """A question gets an error frame, the socket lives, and when the cause is gone, so is the trouble."""

    async def assert_refused(self, chat: ChatClient):
        refused = await chat.ask("is anybody there?")
        self.assertEqual((refused.error["code"], refused.error["retryable"]), (503, True))
        self.assertIn("events.db", refused.error["message"])

    async def assert_recovers(self, server: Convoke, chat: ChatClient):
        async def is_healthy():
            return (await server.health())["status"] == "ok"

        await eventually(is_healthy, "the store is healthy again")
        answer = await chat.ask("hello again")
        self.assertEqual(self.query_database("SELECT COUNT(*) FROM chat_events WHERE request_id = ?", answer.id), [(3,)])

    async def test_a_removed_file_is_noticed_and_welcome_back(self):
        server = await self.serve_with(await self.fake_llm())
        chat = await self.connect(server)
        await chat.ask("hello")
        os.rename(self.folder / "events.db", self.folder / "hidden")

        await self.assert_refused(chat)
        self.assertEqual((await server.health())["status"], "degraded")
        self.assertEqual(await server.metric("convoke_store_healthy"), 0)

        os.rename(self.folder / "hidden", self.folder / "events.db")
        await self.assert_recovers(server, chat)

    async def test_a_file_locked_by_another_process_is_waited_for_and_then_given_up(self):
        server = await self.serve_with(await self.fake_llm())
        chat = await self.connect(server)
        await chat.ask("hello")
        other = sqlite3.connect(self.folder / "events.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")

        await self.assert_refused(chat)

        other.execute("ROLLBACK")
        other.close()
        await self.assert_recovers(server, chat)

    async def test_a_short_lock_is_not_even_noticed(self):
        server = await self.serve_with(await self.fake_llm())
        chat = await self.connect(server)
        other = sqlite3.connect(self.folder / "events.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        request = await chat.chat("hello")
        await request.words(1)
        other.execute("ROLLBACK")
        other.close()

        self.assertEqual((await request.end()).metadata["finish_reason"], "stop")

    async def test_a_full_disk_refuses_questions_until_there_is_room(self):
        ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        self.addCleanup(signal.signal, signal.SIGXFSZ, ignored)
        server = await self.serve_with(await self.fake_llm())
        chat = await self.connect(server)
        await chat.ask("hello")
        unlimited = resource.prlimit(server.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (4096, unlimited[1]))

        await self.assert_refused(chat)

        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, unlimited)
        await self.assert_recovers(server, chat)

    async def test_an_answer_that_cannot_be_kept_is_not_said_to_be_complete(self):
        model = await self.fake_llm()
        server = await self.serve_with(model)
        chat = await self.connect(server)
        request = await chat.chat(fake(text="one two three four", chunk_delay_ms=30))
        await request.words(1)
        os.rename(self.folder / "events.db", self.folder / "hidden")

        await request.end()

        self.assertEqual(request.error["type"], "unavailable")
        os.rename(self.folder / "hidden", self.folder / "events.db")
