"""Titles that a model finds for conversations in the background."""
from harness.case import EndToEnd
from harness.waiting import eventually

BY_MODEL = {"chat.service.titles.source": "model"}


class Titles(EndToEnd):
    async def title_of(self, chat, conversation: str) -> str:
        rows = (await chat.query("conversations.list"))["conversations"]
        return next((row["title"] for row in rows if row["id"] == conversation), "")

    async def test_a_model_finds_one_after_the_first_answer_and_clients_are_told(self):
        model = await self.fake_llm({"text": "384,400 km"}, {"text": '"Distance to the Moon."'}, {"text": "150 million km"})
        server = await self.serve_with(model, BY_MODEL)
        chat = await self.connect(server)
        other = await self.connect(server)

        await chat.ask("How far is the Moon?", conversation_id="c")
        told = await other.frame_where(lambda frame: frame["status"] == "notice", "the title")

        self.assertEqual(told["notice"]["type"], "titled")
        self.assertEqual((told["notice"]["conversation_id"], told["notice"]["title"]), ("c", "Distance to the Moon"))
        self.assertEqual(await self.title_of(chat, "c"), "Distance to the Moon")
        await chat.ask("And the Sun?", conversation_id="c")
        requests = await model.requests()
        self.assertEqual(len(requests), 3, "one title, and no other after the second answer")
        self.assertIn("How far is the Moon?", requests[1]["messages"][-1]["content"])
        usage = await chat.query("usage", by="purpose")
        self.assertEqual({row["purpose"]: row["calls"] for row in usage["rows"]}, {"chat": 2, "title": 1})

    async def test_what_the_user_called_it_stays(self):
        model = await self.fake_llm({"text": "1"}, {"text": "A title", "first_delay_ms": 5000})
        server = await self.serve_with(model, BY_MODEL)
        chat = await self.connect(server)
        await chat.ask("one", conversation_id="c")
        await eventually(lambda: self.asked(model, 2), "the title is being asked for")

        await chat.query("conversations.rename", conversation_id="c", title="Mine")

        await server.logged("title.not_found", conversation_id="c")
        self.assertEqual(await self.title_of(chat, "c"), "Mine")

    async def asked(self, model, count: int) -> bool:
        return len(await model.requests()) >= count

    async def test_an_answer_is_complete_whether_or_not_a_title_is_found(self):
        model = await self.fake_llm({"text": "1"}, otherwise={"status": 500})
        server = await self.serve_with(model, BY_MODEL | {"llm.providers.fake.http_client.max_retries": 0})
        chat = await self.connect(server)

        request = await chat.ask("one", conversation_id="c")

        self.assertEqual(request.metadata["finish_reason"], "stop")
        await server.logged("title.not_found", conversation_id="c")
        self.assertEqual(await self.title_of(chat, "c"), "one")

    async def test_a_model_on_this_machine_is_not_asked_unless_that_is_wanted(self):
        model = await self.fake_llm()
        server = await self.serve_with(model)
        chat = await self.connect(server)

        await chat.ask("one", conversation_id="c")
        await chat.ask("two", conversation_id="c")

        self.assertEqual(len(await model.requests()), 2)
