"""What a question may bring along: pictures, the form of its answer, its priority."""
from harness.case import EndToEnd

# One red point.
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
PICTURE = {"media_type": "image/png", "data": PIXEL}
URL = f"data:image/png;base64,{PIXEL}"
CITY = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"], "additionalProperties": False}


def pictures_in(request: dict) -> list[str]:
    content = request["messages"][-1]["content"]
    return [part["image_url"]["url"] for part in content if part["type"] == "image_url"] if isinstance(content, list) else []


class QuestionFields(EndToEnd):
    async def test_pictures_reach_the_model_and_are_kept(self):
        model = await self.fake_llm()
        server = await self.serve_with(model)
        chat = await self.connect(server)

        first = await chat.ask("What is it?", conversation_id="c", images=[PICTURE, URL])
        await chat.ask("What is it, in a word?", conversation_id="c", edit=first.metadata["question_seq"])
        again = await chat.chat("", conversation_id="c", regenerate=first.metadata["question_seq"])
        await again.end()
        alone = await chat.ask("", conversation_id="d", images=[URL])
        without = await chat.ask("no picture", conversation_id="c", edit=first.metadata["question_seq"], images=[])

        shown = [pictures_in(request) for request in await model.requests()]
        self.assertEqual(shown, [[URL, URL], [URL, URL], [URL, URL], [URL], []])
        self.assertEqual({request.last["status"] for request in (again, alone, without)}, {"complete"})
        events = (await chat.query("conversations.get", conversation_id="d"))["events"]
        self.assertEqual(events[0]["parts"], [{"type": "image"} | PICTURE])
        question = [request["messages"][-1]["content"][0] for request in await model.requests()][2]
        self.assertEqual(question, {"type": "text", "text": "What is it?"})

    async def test_pictures_that_cannot_be_are_refused(self):
        server = await self.serve_with(await self.fake_llm())
        chat = await self.connect(server)

        async def problem(images):
            error = (await chat.ask("x", conversation_id="c", images=images)).error
            return error["field"], error["message"]

        self.assertEqual((await problem("x"))[0], "payload.images")
        self.assertEqual((await problem([URL] * 9))[0], "payload.images")
        field, message = await problem([URL, {"media_type": "image/svg+xml", "data": PIXEL}])
        self.assertEqual(field, "payload.images[1]")
        self.assertIn("expected image/png, image/jpeg, image/webp or image/gif", message)
        self.assertIn("no Base64", (await problem([{"media_type": "image/png", "data": "?"}]))[1])
        self.assertIn("no data URL", (await problem(["https://example.com/a.png"]))[1])
        self.assertEqual((await chat.query("conversations.list"))["conversations"], [])

    async def test_the_form_of_an_answer_reaches_the_model(self):
        model = await self.fake_llm({"text": '{"name":"Oslo"}'})
        server = await self.serve_with(model)
        chat = await self.connect(server)
        wanted = {"type": "json_schema", "json_schema": {"name": "city", "schema": CITY}}

        answer = await chat.ask("A city?", response_format=wanted)
        await chat.ask("Anything?", response_format={"type": "json_object"})
        wrong = await chat.ask("x", response_format={"type": "json_schema"})

        self.assertEqual(answer.text, '{"name":"Oslo"}')
        sent = [request["response_format"] for request in await model.requests()]
        self.assertEqual(sent[0]["json_schema"], {"name": "city", "schema": CITY, "strict": True})
        self.assertEqual(sent[1], {"type": "json_object"})
        self.assertEqual(wrong.error["field"], "payload.response_format.json_schema.schema")

    async def test_a_model_that_cannot_keep_to_a_form_says_so(self):
        server = await self.serve()
        chat = await self.connect(server)

        request = await chat.ask("add 2 and 3", response_format={"type": "json_object"})

        self.assertEqual((request.error["code"], request.error["type"]), (400, "invalid_input"))
        self.assertIn("takes no response_format", request.error["message"])

    async def test_a_question_has_at_most_the_configured_priority(self):
        model = await self.fake_llm()
        server = await self.serve_with(model, {"chat.service.max_priority": "normal"})
        chat = await self.connect(server)

        refused = await chat.ask("now!", priority="urgent")
        wrong = await chat.ask("x", priority="soon")
        taken = await chat.ask("whenever", priority="background")

        self.assertEqual((refused.error["type"], refused.error["field"]), ("denied", "payload.priority"))
        self.assertEqual(wrong.error["field"], "payload.priority")
        self.assertEqual(taken.last["status"], "complete")

    async def test_what_is_urgent_goes_before_what_waits(self):
        model = await self.fake_llm({"text": "first", "first_delay_ms": 6000})
        limits = {"chat.service.max_priority": "urgent", "llm.providers.fake.limits.concurrent_requests": 1}
        server = await self.serve_with(model, limits)
        chat = await self.connect(server)
        running = await chat.chat("running", conversation_id="a")
        await running.until(lambda request: request.frames, "it runs")
        waiting = await chat.chat("whenever", conversation_id="b", priority="background")
        await waiting.until(lambda request: request.activities("queued"), "it waits")
        urgent = await chat.chat("now", conversation_id="c", priority="urgent")

        for request in (running, waiting, urgent):
            await request.end()

        asked = [request["messages"][-1]["content"] for request in await model.requests()]
        self.assertEqual(asked, ["running", "now", "whenever"])
