"""Conversations as files: `convoke export`, `convoke import`, and what a client can do by itself."""
import json

from harness.case import EndToEnd
from harness.waiting import eventually


class ConversationFiles(EndToEnd):
    async def exported(self, chat, conversation: str, format: str = "jsonl") -> str:
        request = await chat.request("conversations.export", conversation_id=conversation, format=format)
        self.assertEqual(request.last["status"], "complete", request.last)
        pieces = [frame["chunk"]["data"] for frame in request.frames if frame["status"] == "chunk"]
        self.assertEqual(request.last["data"]["bytes"], len("".join(pieces).encode()))
        return "".join(pieces)

    async def events(self, chat, conversation: str) -> list[dict]:
        events = (await chat.query("conversations.get", conversation_id=conversation))["events"]
        return [{name: value for name, value in event.items() if name != "id"} for event in events]

    async def test_a_conversation_comes_back_as_it_was(self):
        server = await self.serve_with(await self.fake_llm({"text": "1"}, {"text": "2"}, {"text": "2, oui"}))
        chat = await self.connect(server)
        await chat.ask("one", conversation_id="c")
        await chat.ask("two", conversation_id="c")
        await chat.ask("deux", conversation_id="c", edit=4)
        await chat.query("conversations.rename", conversation_id="c", title="Numbers")
        before = await self.events(chat, "c")

        program = await self.run_convoke("export", "c", "--url", server.url, "-o", "c.jsonl")
        self.assertEqual(program.process.returncode, 0, program.stderr)
        await chat.query("conversations.delete", conversation_id="c")
        program = await self.run_convoke("import", "c.jsonl", "--url", server.url)

        self.assertEqual((program.stdout, program.process.returncode), (["c: 9 events"], 0))
        self.assertEqual(await self.events(chat, "c"), before)
        listed = (await chat.query("conversations.list"))["conversations"]
        self.assertEqual([(row["id"], row["title"], row["events"]) for row in listed], [("c", "Numbers", 9)])
        await chat.query("conversations.switch", conversation_id="c", seq=4)
        self.assertEqual([event.get("content") for event in await self.events(chat, "c")][3], "two")

    async def test_a_file_is_not_taken_twice_but_as_a_copy(self):
        server = await self.serve_with(await self.fake_llm())
        chat = await self.connect(server)
        await chat.ask("one", conversation_id="c")
        (self.folder / "c.jsonl").write_text(await self.exported(chat, "c"))

        again = await self.run_convoke("import", "c.jsonl", "--url", server.url)
        copy = await self.run_convoke("import", "c.jsonl", "--copy", "--url", server.url)

        self.assertEqual((again.stdout, again.process.returncode), (["c: is there already; nothing was changed"], 1))
        self.assertEqual(again.stderr, ["c.jsonl: 0 imported, 1 there already"])
        self.assertEqual(copy.process.returncode, 0)
        self.assertRegex(copy.stdout[0], "^c_.*: 3 events, a copy of c$")
        listed = (await chat.query("conversations.list"))["conversations"]
        self.assertEqual(sorted(row["events"] for row in listed), [3, 3])

    async def test_of_many_that_are_there_already_a_few_are_named(self):
        server = await self.serve_with(await self.fake_llm())
        chat = await self.connect(server)
        for number in range(8):
            await chat.ask("one", conversation_id=f"c{number}")
        await self.run_convoke("export", "--all", "--url", server.url, "-o", "all.jsonl")

        again = await self.run_convoke("import", "all.jsonl", "--url", server.url)

        self.assertEqual(len(again.stdout), 5)
        self.assertEqual(again.stderr, ["all.jsonl: 0 imported, 8 there already"])

    async def test_a_copy_can_be_talked_to(self):
        model = await self.fake_llm()
        server = await self.serve_with(model)
        chat = await self.connect(server)
        await chat.ask("one", conversation_id="c")
        copy = (await chat.query("conversations.import", text=await self.exported(chat, "c"), copy=True))["conversations"]

        await chat.ask("two", conversation_id=copy[0]["conversation_id"])

        prompt = [message["content"] for message in (await model.requests())[-1]["messages"]]
        self.assertEqual(prompt[1:], ["one", "one", "two"])

    async def test_all_conversations_go_into_one_file(self):
        server = await self.serve_with(await self.fake_llm())
        chat = await self.connect(server)
        for number in range(3):
            await chat.ask(f"question {number}", conversation_id=f"c{number}")
        await chat.query("conversations.archive", conversation_id="c1")

        await self.run_convoke("export", "--all", "--url", server.url, "-o", "all.jsonl")
        messages = await self.run_convoke("export", "--all", "--format", "openai", "--url", server.url)
        for number in range(3):
            await chat.query("conversations.delete", conversation_id=f"c{number}")
        program = await self.run_convoke("import", "all.jsonl", "--url", server.url)

        self.assertEqual(sorted(program.stdout), [f"c{number}: 3 events" for number in range(3)])
        archived = (await chat.query("conversations.list", archived=True))["conversations"]
        self.assertEqual([row["id"] for row in archived], ["c1"])
        questions = [json.loads(line)["messages"][0]["content"] for line in messages.stdout]
        self.assertEqual(sorted(questions), ["question 0", "question 1", "question 2"])

    async def test_messages_of_other_programs_become_a_conversation(self):
        model = await self.fake_llm()
        server = await self.serve_with(model)
        messages = [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "How far is the Moon?"},
            {"role": "assistant", "content": "384,400 km"},
        ]
        (self.folder / "chat.json").write_text(json.dumps({"messages": messages}, indent=2))

        program = await self.run_convoke("import", "chat.json", "--url", server.url)

        self.assertEqual(program.process.returncode, 0, program.stderr)
        conversation, rest = program.stdout[0].split(": ")
        self.assertEqual(rest, "3 events, 1 system messages left out")
        chat = await self.connect(server)
        self.assertEqual(json.loads(await self.exported(chat, conversation, "openai")), {"messages": messages[1:]})
        await chat.ask("And the Sun?", conversation_id=conversation)
        prompt = [message["content"] for message in (await model.requests())[-1]["messages"]]
        self.assertEqual(prompt[1:], ["How far is the Moon?", "384,400 km", "And the Sun?"])

    async def test_mistakes_are_told_with_their_line(self):
        server = await self.serve_with(await self.fake_llm())
        chat = await self.connect(server)
        await chat.ask("one", conversation_id="c")
        text = await self.exported(chat, "c")
        await chat.query("conversations.delete", conversation_id="c")
        (self.folder / "broken.jsonl").write_text(text.replace('"seq":2', '"seq":"two"'))
        (self.folder / "bytes.jsonl").write_bytes(text.encode() + b"\xff\n")

        broken = await self.run_convoke("import", "broken.jsonl", "--url", server.url)
        bytes_ = await self.run_convoke("import", "bytes.jsonl", "--url", server.url)
        missing = await self.run_convoke("import", "missing.jsonl", "--url", server.url)
        unknown = await self.run_convoke("export", "nobody", "--url", server.url, "-o", "x.jsonl")
        wrong = await self.run_convoke("export", "--url", server.url)

        expected = 'convoke: broken.jsonl: line 3: seq: is "two"; expected a whole number from 1 on'
        self.assertEqual((broken.stderr, broken.process.returncode), ([expected], 1))
        self.assertIn("line 6: is not UTF-8", bytes_.stderr[0])
        self.assertIn("cannot be read", missing.stderr[0])
        self.assertEqual((unknown.stderr, unknown.process.returncode), (["convoke: no conversation 'nobody'"], 1))
        self.assertFalse((self.folder / "x.jsonl").exists() or (self.folder / "x.jsonl.part").exists())
        self.assertEqual(wrong.process.returncode, 2)
        self.assertEqual((await chat.query("conversations.list"))["conversations"], [])

    async def test_a_client_that_leaves_in_the_middle_leaves_nothing_behind(self):
        server = await self.serve_with(await self.fake_llm())
        chat = await self.connect(server)
        lines = ['{"convoke":"conversation","version":1,"id":"big","title":"big","created":"2026-11-26T10:00:00.000Z"}']
        for seq in range(1, 2500):
            event = {"seq": seq, "parent": seq - 1, "timestamp": "2026-11-26T10:00:00.000Z", "type": "user_message"}
            event |= {"request_id": f"r{seq}", "role": "user", "parts": [{"type": "text", "text": "x"}]}
            lines.append(json.dumps(event))
        begun = await chat.query("conversations.import", text="\n".join(lines) + "\n", last=False)
        listed = (await chat.query("conversations.list", archived=True))["conversations"]
        self.assertEqual([row["title"] for row in listed], ["[import not finished] big"])
        self.assertEqual(begun["conversations"], [])

        chat.abort()
        other = await self.connect(server)

        async def is_gone():
            return not (await other.query("conversations.list", archived=True))["conversations"]

        await eventually(is_gone, "what had come is taken back")
        stale = await other.request("conversations.import", import_id=begun["import_id"], text="")
        self.assertEqual((stale.error["type"], stale.error["field"]), ("not_found", "payload.import_id"))


class SearchCommand(EndToEnd):
    async def test_finds_what_was_said(self):
        server = await self.serve_with(await self.fake_llm({"text": "384,400 km"}))
        chat = await self.connect(server)
        await chat.ask("How far is the Moon?", conversation_id="space")

        async def found():
            program = await self.run_convoke("search", "far", "moon", "--url", server.url)
            return program.stdout if program.stdout != ["Nothing was found."] else None

        lines = await eventually(found, "the index has caught up")
        as_json = await self.run_convoke("search", "km", "--role", "assistant", "--json", "--url", server.url)
        nothing = await self.run_convoke("search", "- !", "--url", server.url)

        self.assertRegex(lines[0], r"^space  .*  How far is the Moon\?$")
        self.assertEqual(lines[1].strip(), "How far is the Moon?")
        self.assertEqual(json.loads(as_json.stdout[0])["hits"][0]["seq"], 2)
        self.assertEqual(nothing.process.returncode, 1)


class Retention(EndToEnd):
    async def test_a_conversation_may_have_its_own(self):
        server = await self.serve_with(await self.fake_llm())
        chat = await self.connect(server)
        for question in ("one", "two", "three"):
            await chat.ask(question, conversation_id="c")
        keep_two = {"policy": "message_count", "limit": 2}

        tried = await chat.query("conversations.retention", conversation_id="c", retention=keep_two, dry_run=True)
        before = await chat.query("conversations.retention", conversation_id="c")
        given = await chat.query("conversations.retention", conversation_id="c", retention=keep_two)
        row = (await chat.query("conversations.list"))["conversations"][0]
        wrong = await chat.request("conversations.retention", conversation_id="c", retention={"policy": "some"})

        self.assertEqual((tried["would_go"], tried["first_kept"], before["retention"]), (6, 7, None))
        self.assertEqual((before["would_go"], given["retention"], row["retention"]), (0, keep_two, keep_two))
        self.assertEqual(wrong.error["field"], "payload.retention")
        await server.terminate()

        server = await self.serve_with(await self.fake_llm())
        chat = await self.connect(server)

        async def are_gone():
            events = (await chat.query("conversations.get", conversation_id="c"))["events"]
            return [event["seq"] for event in events] == [7, 8, 9]

        await eventually(are_gone, "what is too much is gone")
        back = await chat.query("conversations.retention", conversation_id="c", retention=None)
        self.assertEqual(back["retention"], None)
