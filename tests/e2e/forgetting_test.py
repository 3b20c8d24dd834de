"""What is deleted is gone: from the database, the files beside it, and the log."""
from harness.case import EndToEnd
from harness.waiting import eventually

POLICY = "chat.service.repository.persistence."


def call_sum(secret: str) -> dict:
    return {"text": f"adding {secret}", "tool_calls": [{"name": "sum", "arguments": {"a": 2, "b": 3, "note": secret}}]}


class Forgetting(EndToEnd):
    def found(self, secret: str) -> list[str]:
        """The files of the test's folder that hold `secret`, but for the scripts of the fake models."""
        files = [path for path in self.folder.rglob("*") if path.is_file() and not path.name.startswith("script-")]
        return sorted(path.name for path in files if secret.encode() in path.read_bytes())

    async def assert_gone(self, secret: str):
        """Soon, while the server runs; and nothing about it was ever logged."""
        await eventually(lambda: not self.found(secret), f"'{secret}' is in no file")
        self.assertNotIn(secret, "\n".join(line for program in self.programs for line in program.stderr))

    async def test_a_deleted_conversation_is_in_no_file_while_the_server_runs(self):
        model = await self.fake_llm(call_sum("abracadabra"), {"text": "the answer to abracadabra"}, {"text": "again: abracadabra"})
        server = await self.serve_with(model, {"logging.level": "debug"}, servers=None)
        await server.logged("server.ready", server="demo")
        chat = await self.connect(server)
        await chat.ask("what about abracadabra?", conversation_id="secret")
        await chat.ask("and now? abracadabra", conversation_id="secret", edit=1)
        await chat.query("conversations.rename", conversation_id="secret", title="About abracadabra")
        await chat.ask("hello", conversation_id="other")
        self.assertEqual((await chat.query("search", text="abracadabra", limit=1))["hits"][0]["conversation_id"], "secret")
        self.assertTrue(self.found("abracadabra"))

        await chat.query("conversations.delete", conversation_id="secret")

        self.assertEqual((await chat.query("search", text="abracadabra"))["hits"], [])
        await self.assert_gone("abracadabra")
        answer = await chat.ask("hello again", conversation_id="other")
        self.assertEqual(answer.metadata["finish_reason"], "stop")

    async def test_old_messages_go_by_the_policy_from_the_file_and_the_search(self):
        model = await self.fake_llm()
        server = await self.serve_with(model)
        chat = await self.connect(server)
        for i in range(4):
            await chat.ask(f"question number {i} " + "word " * 30 + f"abracadabra{i}x", conversation_id="c")
        await server.terminate()

        server = await self.serve_with(model, {POLICY + "retention_policy": "message_count", POLICY + "max_messages_per_conversation": 4})
        await server.logged("retention.applied")

        chat = await self.connect(server)
        for gone in ("abracadabra0x", "abracadabra1x"):
            self.assertEqual((await chat.query("search", text=gone))["hits"], [])
            await self.assert_gone(gone)
        events = (await chat.query("conversations.get", conversation_id="c"))["events"]
        self.assertEqual([e["type"] for e in events].count("user_message"), 2)
        answer = await chat.ask("and now?", conversation_id="c")
        self.assertEqual(answer.text, "and now?")
        seen = [message["content"] for message in (await model.requests())[-1]["messages"]]
        self.assertEqual([text.split()[-1] for text in seen[1:]], ["abracadabra2x"] * 2 + ["abracadabra3x"] * 2 + ["now?"])

    async def test_what_is_cleared_at_the_start_is_in_no_file(self):
        model = await self.fake_llm()
        server = await self.serve_with(model)
        await (await self.connect(server)).ask("abracadabra", conversation_id="old")
        await server.terminate()
        self.assertTrue(self.found("abracadabra"))

        server = await self.serve_with(model, {POLICY + "clear_on_startup": True})

        self.assertEqual((await (await self.connect(server)).query("conversations.list"))["conversations"], [])
        await self.assert_gone("abracadabra")

    async def test_nothing_is_written_when_nothing_is_to_be_kept(self):
        server = await self.serve_with(await self.fake_llm(), {POLICY + "enabled": False})
        chat = await self.connect(server)

        await chat.ask("abracadabra")

        self.assertEqual(self.found("abracadabra"), [])
        self.assertEqual(list(self.folder.glob("*.db*")), [])

    async def test_a_fact_that_is_edited_or_deleted_is_in_no_file(self):
        server = await self.serve_with(await self.fake_llm(), {"memory.enabled": True})
        chat = await self.connect(server)
        first = await chat.query("memory.add", text="abracadabra one")
        second = await chat.query("memory.add", text="abracadabra two")

        await chat.query("memory.edit", id=first["id"], text="nothing special")
        await chat.query("memory.delete", id=second["id"])

        await self.assert_gone("abracadabra")
        self.assertEqual([fact["text"] for fact in (await chat.query("memory.list"))["facts"]], ["nothing special"])
