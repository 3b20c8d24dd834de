"""Looking after the database: what goes by itself, and what `convoke db` does."""
from harness.case import EndToEnd
from harness.waiting import eventually


class Database(EndToEnd):
    async def test_old_messages_go_by_the_policy(self):
        server = await self.serve_with(await self.fake_llm())
        chat = await self.connect(server)
        for i in range(4):
            await chat.ask(f"question {i}", conversation_id="c")
        await server.terminate()
        policy = {
            "chat.service.repository.persistence.retention_policy": "message_count",
            "chat.service.repository.persistence.max_messages_per_conversation": 3,
        }

        self.write_config(policy)
        shown = await self.run_convoke("db", "retention", "--dry-run")
        self.assertEqual(shown.stdout[-1], "9 events of 1 conversations would go")
        await self.serve(policy)

        async def only_the_newest():
            return self.query_database("SELECT content FROM chat_events WHERE type = 'user_message'") == [("question 3",)]

        await eventually(only_the_newest, "the old messages are gone")

    async def test_a_copy_is_made_while_the_server_runs_and_put_back(self):
        server = await self.serve_with(await self.fake_llm())
        chat = await self.connect(server)
        await chat.ask("one", conversation_id="c")

        backup = await self.run_convoke("db", "backup", "copy.db")
        refused = await self.run_convoke("db", "restore", "copy.db")
        await chat.query("conversations.delete", conversation_id="c")
        await server.terminate()
        restored = await self.run_convoke("db", "restore", "copy.db")
        checked = await self.run_convoke("db", "check")

        codes = [program.process.returncode for program in (backup, refused, restored, checked)]
        self.assertEqual(codes, [0, 1, 0, 0], [program.stderr for program in (backup, refused, restored, checked)])
        self.assertEqual(self.query_database("SELECT COUNT(*) FROM chat_events"), [(3,)])

    async def test_a_damaged_file_is_refused_and_what_can_be_read_is_saved(self):
        server = await self.serve_with(await self.fake_llm())
        chat = await self.connect(server)
        for i in range(60):
            await chat.ask(f"question {i} " + "x" * 400, conversation_id="c")
        await server.terminate()
        with open(self.folder / "events.db", "r+b") as file:
            file.seek(file.read().index(b"question 30 ") // 4096 * 4096)
            file.write(b"?" * 4096)

        checked = await self.run_convoke("db", "check")
        saved = await self.run_convoke("db", "recover", "saved.db")
        again = await self.run_convoke("db", "check", "--database", "saved.db")

        self.assertEqual([p.process.returncode for p in (checked, saved, again)], [1, 0, 0], saved.stderr + again.stderr)
