"""Servers that ask while they work: forms, pages, the model, folders. In both eras."""
from harness.program import Convoke
from mcp_test import EVERYTHING, NODE, PYTHON, SERVERS, Mcp, call

ASKING = {"command": PYTHON, "args": [str(SERVERS / "asking_server.py")]}
ERAS = ("modern", "legacy")


class Asking(Mcp):
    async def serve_asking(self, era: str, settings: dict | None = None, **entry) -> Convoke:
        return await self.serve_tools(settings, asking=ASKING | {"era": era} | entry)

    async def check_each_era(self, check, settings: dict | None = None, **entry):
        for era in ERAS:
            with self.subTest(era):
                self.conversation = f"trips-{era}"
                server = await self.serve_asking(era, settings, **entry)
                await check(await self.connect(server))
                await server.terminate()

    async def test_a_form_is_filled_in(self):
        async def check(chat):
            request = await chat.chat(call("book"))
            asked = await request.next_input()
            self.assertEqual((asked["kind"], asked["server"], asked["message"]), ("elicitation", "asking", "Where shall we go?"))
            self.assertEqual(asked["requested_schema"]["required"], ["city"])
            await chat.answer(request, "accept", content={"city": "Oslo", "nights": 3, "view": "yard", "quiet": True})
            self.assertEqual((await request.end()).text, "booked Oslo for 3 nights, yard view, quiet: True")

        await self.check_each_era(check)

    async def test_a_form_filled_in_wrongly_stays_open(self):
        async def check(chat):
            request = await chat.chat(call("book"))
            await chat.answer(request, "accept", content={"nights": 3})
            await chat.answer(request, "accept", content={"city": "Oslo", "nights": 99})
            await request.until(lambda one: len(one.remarks) == 2, "two refusals")
            self.assertEqual([remark["error"]["message"] for remark in request.remarks],
                             ["city: it must be filled in", "nights: expected at most 14"])
            await chat.answer(request, "accept", content={"city": "Oslo"})
            self.assertIn("booked Oslo", (await request.end()).text)

        await self.check_each_era(check)

    async def test_a_form_is_declined_or_dismissed(self):
        async def check(chat):
            for decision, action in ("decline", "decline"), ("cancel", "cancel"):
                request = await chat.chat(call("book"))
                await chat.answer(request, decision)
                self.assertEqual((await request.end()).text, f"not booked: {action}")

        await self.check_each_era(check)

    async def test_a_form_nobody_fills_in_is_dismissed(self):
        async def check(chat):
            request = await chat.ask(call("book"))
            self.assertEqual((request.outcomes, request.text), (["expired"], "not booked: cancel"))

        await self.check_each_era(check, {"mcp.approvals.timeout": 0.2})

    async def test_the_time_of_the_user_is_not_the_time_of_the_call(self):
        async def check(chat):
            request = await chat.ask(call("book"))
            self.assertEqual(request.text, "not booked: cancel")

        await self.check_each_era(check, {"mcp.approvals.timeout": 1.5}, timeout=1)

    async def test_a_question_of_a_server_survives_a_lost_connection(self):
        async def check(chat):
            request = await chat.chat(call("book"), "q1", conversation_id=self.conversation)
            await request.next_input()
            chat.abort()
            other = await self.connect(self.programs[-1])
            resumed = await other.resume("q1", conversation_id=self.conversation)
            await other.answer(resumed, "accept", content={"city": "Rome"}, conversation_id=self.conversation)
            self.assertIn("booked Rome", (await resumed.end()).text)

        await self.check_each_era(check)

    async def test_cancelling_the_turn_ends_the_question_and_the_call(self):
        async def check(chat):
            request = await chat.chat(call("book"), "q1")
            await request.next_input()
            await chat.cancel("q1")
            self.assertEqual((await request.end()).metadata["finish_reason"], "cancelled")
            self.assertEqual(request.outcomes, ["withdrawn"])
            again = await chat.chat(call("book"))
            await chat.answer(again, "accept", content={"city": "Rome"})
            self.assertIn("booked Rome", (await again.end()).text)

        await self.check_each_era(check)

    async def test_what_is_for_one_conversation_is_not_shown_in_another(self):
        async def check(chat):
            other = await self.connect(self.programs[-1])
            first, second = await chat.chat(call("book")), await other.chat(call("book"))
            await first.until(lambda one: one.inputs or one.has_ended, "a question or the end")
            await second.until(lambda one: one.inputs or one.has_ended, "a question or the end")
            shown = [request for request in (first, second) if request.inputs]
            for request in shown:
                await (chat if request is first else other).answer(request, "accept", content={"city": "Rome"})
            for request in first, second:
                self.assertIn("booked Rome" if request in shown else "not booked: cancel", (await request.end()).text)

        await self.check_each_era(check)

    async def test_the_model_answers_a_server_with_consent(self):
        async def check(chat):
            request = await chat.chat(call("write_poem"))
            asked = await request.next_input()
            self.assertEqual((asked["kind"], asked["server"], asked["max_tokens"]), ("sampling", "asking", 50))
            self.assertEqual(asked["messages"], [{"role": "user", "text": "a haiku about the sea"}])
            await chat.answer(request, "accept")
            self.assertEqual((await request.end()).text, "scripted (endTurn): a haiku about the sea")
            self.assertEqual(request.metadata["model_calls"], 3)

        await self.check_each_era(check, allowSampling=True)

    async def test_the_model_is_kept_from_a_server_when_the_user_declines(self):
        async def check(chat):
            request = await chat.chat(call("write_poem"))
            await chat.answer(request, "decline")
            await request.end()
            self.assertTrue(request.activities("tool_result")[0]["metadata"]["is_error"])
            self.assertEqual(request.metadata["model_calls"], 2)

        await self.check_each_era(check, {"mcp.sampling.servers": ["ask*"]})

    async def test_the_model_answers_unasked_where_that_is_allowed(self):
        async def check(chat):
            request = await chat.ask(call("write_poem"))
            self.assertEqual((request.inputs, request.text), ([], "scripted (endTurn): a haiku about the sea"))

        await self.check_each_era(check, {"mcp.sampling.servers": ["*"], "mcp.sampling.approval": "allow"})

    async def test_a_server_that_may_not_ask_the_model_is_told_so(self):
        async def check(chat):
            request = await chat.ask(call("write_poem"))
            self.assertTrue(request.activities("tool_result")[0]["metadata"]["is_error"])
            self.assertEqual((request.inputs, request.metadata["model_calls"]), ([], 2))

        await self.check_each_era(check)

    async def test_folders_are_told(self):
        async def check(chat):
            self.assertEqual((await chat.ask(call("where"))).text, "data=file:///srv/data my notes=file:///home/ada/my%20notes")

        folders = ["/srv/data", "/home/ada/my notes"]
        await self.check_each_era(check, roots=folders)
        await self.check_each_era(check, {"mcp.roots": folders})

    async def test_server_everything_asks_in_every_way(self):
        entry = {"command": NODE, "args": [EVERYTHING, "stdio"], "allowSampling": True, "roots": ["/srv/data"]}
        chat = await self.connect(await self.serve_tools(everything=entry))

        form = await chat.chat(call("trigger-elicitation-request"))
        await chat.answer(form, "accept", content={"name": "Ada", "check": True, "integer": 7, "number": 2.5})
        self.assertIn("User provided the requested information", (await form.end()).text)
        self.assertIn("Ada", form.text)

        page = await chat.chat(call("trigger-url-elicitation", url="https://pay@example.org/form"))
        asked = await page.next_input()
        self.assertEqual((asked["kind"], asked["url"], asked["host"]), ("url", "https://pay@example.org/form", "example.org"))
        await chat.answer(page, "accept")
        self.assertFalse((await page.end()).activities("tool_result")[0]["metadata"]["is_error"])

        first = await chat.chat(call("trigger-url-elicitation", url="https://example.org/form", errorPath=True))
        await chat.answer(first, "accept")
        await chat.answer(first, "accept", number=2)
        self.assertFalse((await first.end()).activities("tool_result")[0]["metadata"]["is_error"])
        unwanted = await chat.chat(call("trigger-url-elicitation", url="https://example.org/two", errorPath=True))
        await chat.answer(unwanted, "decline")
        self.assertIn("the user did not want to", (await unwanted.end()).text)

        model = await chat.chat(call("trigger-sampling-request", prompt="hello there", maxTokens=20))
        await chat.answer(model, "accept")
        self.assertIn("hello there", (await model.end()).text)
        self.assertIn("file:///srv/data", (await chat.ask(call("get-roots-list"))).text)
