"""Conversations in PostgreSQL: the same program, past restarts of itself and of the database."""
import asyncio
import json
import subprocess
import uuid

from harness.case import EndToEnd, fake
from harness.program import SOURCE
from harness.waiting import eventually

PASSWORD = "hunter2-never-to-be-seen"


class Postgres(EndToEnd):
    async def asyncSetUp(self):
        await super().asyncSetUp()
        await self.database("start")
        self.addAsyncCleanup(self.database, "stop")
        self.url = (self.folder / "postgres.url").read_text().strip()
        self.settings = {
            "chat.service.repository.type": "postgresql",
            "chat.service.repository.url": "${DATABASE_URL}",
        }
        self.environment = {"DATABASE_URL": self.url.replace("convoke@", f"convoke:{PASSWORD}@")}

    async def asyncTearDown(self):
        await super().asyncTearDown()
        self.assertNotIn(PASSWORD, "\n".join("\n".join(p.stdout + p.stderr) for p in self.programs))

    async def database(self, action: str):
        """What tests/postgres.sh does."""
        program = await asyncio.create_subprocess_exec(
            SOURCE / "tests/postgres.sh", action, self.folder / "postgres.url")
        self.assertEqual(await program.wait(), 0)

    async def query(self, sql: str) -> list[str]:
        done = await asyncio.to_thread(
            subprocess.run, ["psql", self.url, "-XAtc", sql], capture_output=True, text=True, check=True)
        return done.stdout.split("\n")[:-1]

    async def serve_on_postgres(self, model):
        return await self.serve_with(model, self.settings, **self.environment)

    async def test_a_conversation_goes_on_after_a_restart_and_is_found(self):
        model = await self.fake_llm({"text": "noted"})
        server = await self.serve_on_postgres(model)
        await (await self.connect(server)).ask("my number is 7, Zürich", conversation_id="numbers")
        await server.terminate()

        server = await self.serve_on_postgres(model)
        chat = await self.connect(server)
        await chat.ask("what is my number?", conversation_id="numbers")
        found = await chat.query("search", text="zurich")

        prompt = [message["content"] for message in (await model.requests())[-1]["messages"]]
        self.assertEqual(prompt[1:], ["my number is 7, Zürich", "noted", "what is my number?"])
        self.assertEqual(json.dumps(found).count('"match": true'), 1)
        self.assertEqual(await self.query("SELECT count(*) FROM chat_events"), ["6"])
        self.assertFalse((self.folder / "events.db").exists())

    async def test_what_is_said_when_the_program_is_killed_is_there_afterwards(self):
        model = await self.fake_llm()
        server = await self.serve_on_postgres(model)
        chat = await self.connect(server)
        turn = await chat.chat(fake(text="one two three four five", first_delay_ms=60_000), conversation_id="cut")

        async def question_is_kept():
            return await self.query("SELECT count(*) FROM chat_events") == ["1"]

        await eventually(question_is_kept, "the question is in the database")
        server.expected_exit = None
        await server.kill()
        chat.abort()
        self.clients.remove(chat)

        server = await self.serve_on_postgres(model)

        async def turn_is_closed():
            return await self.query("SELECT type FROM chat_events ORDER BY seq DESC LIMIT 1") == ["turn_interrupted"]

        await eventually(turn_is_closed, "the turn is marked as interrupted")

    async def test_nothing_acknowledged_is_missing_when_postgres_is_killed_under_load(self):
        server = await self.serve_on_postgres(await self.fake_llm())
        acknowledged: list[str] = []
        is_over = False

        async def person(number: int):
            chat = await self.connect(server)
            while not is_over:
                request = str(uuid.uuid4())
                asked = await chat.ask("hello", request_id=request, conversation_id=f"c{number}")
                if asked.last["status"] == "complete":
                    acknowledged.append(request)

        async def more_than(count: int):
            async def is_reached():
                return len(acknowledged) > count

            await eventually(is_reached, f"{count} answers")

        people = [asyncio.create_task(person(number)) for number in range(8)]
        for _ in range(2):
            await more_than(len(acknowledged) + 20)
            await self.database("kill")
            await self.database("again")
        await more_than(len(acknowledged) + 20)
        is_over = True
        await asyncio.gather(*people)

        kept = set(await self.query("SELECT request_id FROM chat_events WHERE type = 'turn_completed'"))
        self.assertEqual(set(acknowledged) - kept, set())
        checked = await self.run_convoke("db", "check", **self.environment)
        self.assertEqual(checked.process.returncode, 0, checked.stderr)

    async def test_commands_say_what_they_do_on_postgres(self):
        self.write_config(self.settings)
        empty = await self.run_convoke("db", "check", **self.environment)
        copied = await self.run_convoke("db", "backup", "copy.db", **self.environment)
        server = await self.serve_on_postgres(await self.fake_llm())
        await (await self.connect(server)).ask("hello")
        checked = await self.run_convoke("db", "check", **self.environment)
        used = await self.run_convoke("usage", "--json", **self.environment)

        codes = [program.process.returncode for program in (empty, copied, checked, used)]
        self.assertEqual(codes, [1, 1, 0, 0])
        self.assertIn("pg_dump", "\n".join(copied.stderr))
        self.assertIn("nothing is wrong", checked.stdout[0])
        self.assertEqual(json.loads("\n".join(used.stdout))["total"]["calls"], 1)

    async def test_a_server_without_its_database_says_so(self):
        self.write_config(self.settings)
        await self.database("kill")

        refused = await self.run_convoke("serve", "--port", "0", **self.environment)
        self.write_config({"chat.service.repository.type": "postgresql"})
        missing = await self.run_convoke("serve", "--port", "0")

        self.assertEqual([refused.process.returncode, missing.process.returncode], [1, 2])
        self.assertIn("PostgreSQL", refused.stderr[-1])
        self.assertIn("chat.service.repository.url", "\n".join(missing.stderr))
