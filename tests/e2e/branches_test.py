"""A conversation as a tree: edited questions, other answers, forks, and the way between them."""
from harness.case import EndToEnd


class Branches(EndToEnd):
    async def shown(self, chat, conversation="c"):
        events = (await chat.query("conversations.get", conversation_id=conversation))["events"]
        return [event["content"] for event in events if "content" in event]

    async def test_edited_questions_and_other_answers_stand_beside_the_old_ones(self):
        model = await self.fake_llm(
            {"text": "1"}, {"text": "2"}, {"text": "2, oui"}, {"text": "2, bien sûr"}, {"text": "3"}
        )
        server = await self.serve_with(model)
        chat = await self.connect(server)
        await chat.ask("one", conversation_id="c")
        await chat.ask("two", conversation_id="c")

        edited = await chat.ask("deux", conversation_id="c", edit=4)
        request = await chat.chat("", conversation_id="c", regenerate=edited.metadata["question_seq"])
        await request.end()
        await chat.ask("three", conversation_id="c")

        self.assertEqual(await self.shown(chat), ["one", "1", "deux", "2, bien sûr", "three", "3"])
        prompt = [message["content"] for message in (await model.requests())[-1]["messages"]]
        self.assertEqual(prompt[1:], ["one", "1", "deux", "2, bien sûr", "three"])
        events = (await chat.query("conversations.get", conversation_id="c"))["events"]
        siblings = {event["seq"]: event["siblings"] for event in events if "siblings" in event}
        self.assertEqual(siblings, {7: [4, 7], 10: [8, 10]})

        await chat.query("conversations.switch", conversation_id="c", seq=4)
        self.assertEqual(await self.shown(chat), ["one", "1", "two", "2"])
        await chat.query("conversations.switch", conversation_id="c", seq=7)
        self.assertEqual(await self.shown(chat), ["one", "1", "deux", "2, bien sûr", "three", "3"])

    async def test_a_fork_goes_its_own_way_and_outlives_its_origin(self):
        server = await self.serve_with(await self.fake_llm())
        chat = await self.connect(server)
        await chat.ask("one", conversation_id="c")
        await chat.ask("two", conversation_id="c")

        fork = (await chat.query("conversations.fork", conversation_id="c", at=2))["conversation_id"]
        await chat.ask("elsewhere", conversation_id=fork)
        await chat.query("conversations.delete", conversation_id="c")

        self.assertEqual(await self.shown(chat, fork), ["one", "one", "elsewhere", "elsewhere"])
        listed = (await chat.query("conversations.list"))["conversations"]
        self.assertEqual([(row["id"], row["forked_from"]) for row in listed], [(fork, "c")])
        self.assertEqual(self.query_database("SELECT COUNT(*) FROM chat_events WHERE content = 'two'"), [(0,)])

    async def test_conversations_are_put_away_and_taken_out_again(self):
        server = await self.serve_with(await self.fake_llm())
        chat = await self.connect(server)
        await chat.ask("one", conversation_id="c")

        await chat.query("conversations.archive", conversation_id="c")
        listed = (await chat.query("conversations.list"))["conversations"]
        archived = (await chat.query("conversations.list", archived=True))["conversations"]
        await chat.query("conversations.archive", conversation_id="c", archived=False)

        self.assertEqual((listed, [row["id"] for row in archived]), ([], ["c"]))
        self.assertEqual(len((await chat.query("conversations.list"))["conversations"]), 1)

    async def test_places_that_are_not_there_are_refused(self):
        server = await self.serve_with(await self.fake_llm())
        chat = await self.connect(server)
        await chat.ask("one", conversation_id="c")

        missing = await chat.ask("x", conversation_id="c", edit=99)
        answer = await chat.ask("x", conversation_id="c", edit=2)

        self.assertEqual((missing.error["type"], answer.error["type"]), ("not_found", "invalid_input"))
        self.assertEqual(await self.shown(chat), ["one", "one"])
