"""A conversation as a tree: edited questions, other answers, forks, and the way between them."""
from harness.case import EndToEnd
from harness.waiting import eventually


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

    async def test_an_answer_is_given_once_more_only_once(self):
        model = await self.fake_llm({"text": "1"}, {"text": "one"})
        server = await self.serve_with(model)
        chat = await self.connect(server)
        await chat.ask("one", conversation_id="c")
        again = {"request_id": "0b0c0d0e-0001-4000-8000-000000000000", "conversation_id": "c", "regenerate": 1}
        await (await chat.chat("", **again)).end()
        await server.terminate()
        server = await self.serve_with(model)
        chat = await self.connect(server)

        repeated = await (await chat.chat("", **again)).end()

        self.assertEqual((repeated.text, repeated.metadata.get("replayed")), ("one", True))
        self.assertEqual(len(await model.requests()), 2)

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

    async def test_what_was_deleted_is_refused_before_the_model_is_asked(self):
        model = await self.fake_llm()
        server = await self.serve_with(model)
        chat = await self.connect(server)
        own = (await chat.ask("one")).metadata["conversation_id"]
        await chat.query("conversations.fork", conversation_id=own)
        await chat.query("conversations.delete", conversation_id=own)
        asked_before = len(await model.requests())

        refused = await chat.ask("again", conversation_id=own)

        self.assertEqual((refused.error["code"], refused.error["field"]), (409, "payload.conversation_id"))
        self.assertIn("was deleted; begin another", refused.error["message"])
        self.assertEqual((refused.text, len(await model.requests())), ("", asked_before))
        begun = await chat.ask("a new one")
        self.assertNotEqual(begun.metadata["conversation_id"], own)
        self.assertEqual(await self.shown(chat, begun.metadata["conversation_id"]), ["a new one", "a new one"])
        same = await chat.ask("and on")
        self.assertEqual(same.metadata["conversation_id"], begun.metadata["conversation_id"])

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
        self.assertEqual((missing.error["field"], answer.error["field"]), ("payload.edit", "payload.edit"))
        self.assertEqual(await self.shown(chat), ["one", "one"])


class Search(EndToEnd):
    async def test_finds_what_was_said_in_any_conversation(self):
        server = await self.serve_with(await self.fake_llm({"text": "384,400 km"}, {"text": "はい"}, {"text": "no"}))
        chat = await self.connect(server)
        await chat.ask("How far is the Moon?", conversation_id="space")
        await chat.ask("東京に行きたい", conversation_id="travel")
        await chat.ask("moonlight?", conversation_id="space")

        async def found(text, **filters):
            hits = (await chat.query("search", text=text, **filters))["hits"]
            return [(hit["conversation_id"], hit["seq"]) for hit in hits]

        await eventually(lambda: found("moonlight"), "the index has caught up")
        self.assertEqual(await found("moon"), [("space", 1)])
        self.assertEqual(sorted(await found("moon*")), [("space", 1), ("space", 4)])
        self.assertEqual(await found("京"), [("travel", 1)])
        self.assertEqual(await found("km", role="assistant", conversation_id="space"), [("space", 2)])
        self.assertEqual(await found("moon", until="2020-01-01"), [])
        hit = (await chat.query("search", text="far moon"))["hits"][0]
        self.assertEqual(hit["title"], "How far is the Moon?")
        self.assertEqual([part["text"] for part in hit["snippet"] if part.get("match")], ["far", "Moon"])

    async def test_refuses_what_is_no_search(self):
        server = await self.serve()
        chat = await self.connect(server)

        nothing = await chat.request("search", text="- ! -")
        role = await chat.request("search", text="x", role="nobody")
        day = await chat.request("search", text="x", until="yesterday")

        fields = [request.error.get("field") for request in (nothing, role, day)]
        self.assertEqual(fields, ["payload.text", "payload.role", "payload.until"])

    async def test_forgets_deleted_words(self):
        server = await self.serve_with(await self.fake_llm())
        chat = await self.connect(server)
        await chat.ask("the password is abracadabra", conversation_id="secret")
        await chat.ask("hello", conversation_id="other")

        async def hits():
            return len((await chat.query("search", text="abracadabra"))["hits"])

        await eventually(hits, "it is found")
        await chat.query("conversations.delete", conversation_id="secret")

        self.assertEqual(await hits(), 0)
        await server.terminate()
        files = b"".join(path.read_bytes() for path in self.folder.glob("events.db*"))
        self.assertNotIn(b"abracadabra", files)
        self.assertNotIn(b"bracadab", files)
