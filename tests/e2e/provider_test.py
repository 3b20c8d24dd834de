"""Model providers that fail in every way they know, and the secrets they are given."""
import asyncio

from harness.case import API_KEY, EndToEnd, fake
from harness.waiting import eventually


class Provider(EndToEnd):
    async def ask(self, question: str, settings: dict | None = None):
        self.server = await self.serve_with(await self.fake_llm(), settings)
        self.chat = await self.connect(self.server)
        return await self.chat.ask(question)

    async def kept_words(self, request) -> str:
        page = await self.chat.query("conversations.get", conversation_id=request.conversation_id)
        return "".join(event.get("content", "") for event in page["events"] if event["type"] == "assistant_message")


class BeforeTheFirstWord(Provider):
    """Nothing has been shown: the question is asked again, and the client is told."""

    async def assert_retried(self, fault: dict, reason: str):
        model = await self.fake_llm(fault, {"text": "there we are"})
        server = await self.serve_with(model)
        chat = await self.connect(server)

        answer = await chat.ask("hello")

        (notice,) = answer.activities("retrying")
        self.assertEqual(notice["metadata"]["attempt"], 2)
        self.assertRegex(notice["data"], reason)
        self.assertEqual(answer.text, "there we are")
        self.assertEqual(len(await model.requests()), 2)
        return notice

    async def test_a_busy_provider_is_asked_again_when_it_says(self):
        fault = {"status": 429, "retry_after": "1", "error": "slow down, please"}

        notice = await self.assert_retried(fault, "slow down, please")

        self.assertGreaterEqual(notice["metadata"]["wait_ms"], 1000)

    async def test_a_broken_provider_is_asked_again(self):
        await self.assert_retried({"status": 500, "error": "out of order"}, "out of order")

    async def test_an_overloaded_provider_is_asked_again(self):
        await self.assert_retried({"status": 503, "error": "overloaded"}, "overloaded")

    async def test_a_connection_that_breaks_is_opened_again(self):
        await self.assert_retried({"text": "never seen", "cut_after": 0}, ".")

    async def test_a_provider_that_stays_broken_is_given_up_after_the_configured_retries(self):
        model = await self.fake_llm(otherwise={"status": 500, "error": "out of order"})
        server = await self.serve_with(model, {"llm.providers.fake.http_client.max_retries": 3})
        chat = await self.connect(server)

        failed = await chat.ask("hello")

        self.assertEqual(len(await model.requests()), 4)
        self.assertEqual(len(failed.activities("retrying")), 3)
        self.assertEqual((failed.error["type"], failed.error["retryable"]), ("unavailable", True))
        self.assertIn("out of order", failed.error["message"])

    async def test_a_busy_provider_that_stays_busy_is_reported_with_its_wait(self):
        model = await self.fake_llm(otherwise={"status": 429, "retry_after": "7", "error": "slow down"})
        server = await self.serve_with(model, {"llm.providers.fake.http_client.max_retries": 0})
        chat = await self.connect(server)

        failed = await chat.ask("hello")

        self.assertEqual((failed.error["code"], failed.error["type"]), (429, "rate_limited"))
        self.assertEqual(failed.error["retry_after_ms"], 7000)

    async def test_a_provider_that_is_not_there_is_unavailable(self):
        server = await self.serve_with("http://127.0.0.1:9/v1")  # the port of the discard service: nobody listens
        chat = await self.connect(server)

        failed = await chat.ask("hello")

        self.assertEqual((failed.error["code"], failed.error["type"]), (503, "unavailable"))
        self.assertEqual(await chat.query("ping"), {"pong": True})

    async def test_a_refused_question_is_not_asked_again(self):
        refusals = {400: "invalid_input", 401: "denied", 403: "denied", 404: "not_found"}
        for status, kind in refusals.items():
            with self.subTest(status=status):
                model = await self.fake_llm(otherwise={"status": status, "error": "not with this model"})
                server = await self.serve_with(model, {"chat.service.repository.type": "memory"})
                failed = await (await self.connect(server)).ask("hello")
                self.assertEqual(failed.error["type"], kind)
                self.assertIn("not with this model", failed.error["message"])
                self.assertEqual(len(await model.requests()), 1)

    async def test_a_provider_that_says_nothing_at_all_is_not_waited_for_forever(self):
        quick = {"llm.providers.fake.http_client.read_timeout": 0.2, "llm.providers.fake.http_client.max_retries": 0}

        failed = await self.ask(fake(text="never", first_delay_ms=60_000), quick)

        self.assertEqual((failed.error["code"], failed.error["type"]), (504, "timed_out"))

    async def test_an_answer_that_is_no_stream_is_told_from_one(self):
        failed = await self.ask(fake(text="<html>", content_type="text/html"))

        self.assertEqual(failed.error["type"], "protocol")
        self.assertEqual(failed.text, "")


class AfterTheFirstWord(Provider):
    """What was shown cannot be taken back: the turn ends, and what was said is kept."""

    TEXT = "one two three four"

    async def assert_cut_off(self, question: str, settings: dict | None = None):
        broken = await self.ask(question, settings)

        self.assertEqual(broken.activities("retrying"), [])
        self.assertTrue(self.TEXT.startswith(broken.text) and broken.text, broken.text)
        self.assertEqual(await self.kept_words(broken), broken.text)
        self.assertEqual(await self.chat.query("ping"), {"pong": True})
        return broken

    async def test_a_connection_that_breaks_leaves_what_was_said(self):
        broken = await self.assert_cut_off(fake(text=self.TEXT, cut_after=2))

        self.assertEqual((broken.error["type"], broken.error["retryable"]), ("unavailable", True))

    async def test_a_stream_that_falls_silent_is_given_up(self):
        quick = {"llm.providers.fake.http_client.read_timeout": 0.3}

        broken = await self.assert_cut_off(fake(text=self.TEXT, stall_after=2), quick)

        self.assertEqual((broken.error["code"], broken.error["type"]), (504, "timed_out"))

    async def test_an_error_in_the_stream_ends_the_turn(self):
        broken = await self.assert_cut_off(fake(text=self.TEXT, error_after=2, error="the model fell over"))

        self.assertIn("the model fell over", broken.error["message"])

    async def test_words_that_are_not_json_end_the_turn(self):
        broken = await self.assert_cut_off(fake(text=self.TEXT, garbage_after=2))

        self.assertEqual(broken.error["type"], "protocol")

    async def test_the_next_question_works_and_knows_what_was_said(self):
        broken = await self.assert_cut_off(fake(text=self.TEXT, cut_after=2))

        answer = await self.chat.ask("and now?")

        self.assertEqual(answer.text, "and now?")
        self.assertEqual(answer.conversation_id, broken.conversation_id)


class Dialects(Provider):
    """Streams that are unusual and still fine."""

    async def test_lines_that_end_with_carriage_returns(self):
        self.assertEqual((await self.ask(fake(text="one two", crlf=True))).text, "one two")

    async def test_characters_that_arrive_in_pieces(self):
        text = "naïve 日本語 🙂 Ελλάδα"
        self.assertEqual((await self.ask(fake(text=text, split_utf8=True))).text, text)

    async def test_a_stream_without_done_at_its_end(self):
        answer = await self.ask(fake(text="one two", done=False))

        self.assertEqual((answer.text, answer.metadata["finish_reason"]), ("one two", "stop"))

    async def test_an_answer_without_usage_is_estimated(self):
        answer = await self.ask(fake(text="one two three", usage=False))

        self.assertTrue(answer.metadata["usage"]["estimated"])
        self.assertGreater(answer.metadata["tokens"], 0)

    async def test_an_answer_that_is_cut_by_its_length(self):
        answer = await self.ask(fake(text="one two", finish_reason="length"))

        self.assertEqual(answer.metadata["finish_reason"], "length")

    async def test_an_answer_that_a_filter_stopped(self):
        answer = await self.ask(fake(text="one", finish_reason="content_filter"))

        self.assertEqual(answer.metadata["finish_reason"], "content_filter")

    async def test_an_answer_as_long_as_a_book(self):
        answer = await self.ask("count", {"llm.providers.fake.model": "fixed:20000"})

        self.assertEqual(answer.text.split()[-1], "word20000")

    async def test_characters_that_json_must_escape(self):
        text = 'quotes " and \\ and \n lines \u0000 and \u2028'
        self.assertEqual((await self.ask(fake(text=text))).text, text)


class Secrets(Provider):
    async def test_an_api_key_reaches_the_provider_and_nobody_else(self):
        received = asyncio.get_running_loop().create_future()

        async def answer(reader, writer):
            head = await reader.readuntil(b"\r\n\r\n")
            if not received.done():
                received.set_result(head.decode())
            body = b'{"error":{"message":"Incorrect API key provided: %s"}}' % API_KEY.encode()
            writer.write(b"HTTP/1.1 401 No\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            await writer.drain()
            writer.close()

        provider = await asyncio.start_server(answer, "127.0.0.1", 0)
        port = provider.sockets[0].getsockname()[1]
        server = await self.serve_with(f"http://127.0.0.1:{port}/v1", {"logging.level": "debug"})
        chat = await self.connect(server)

        failed = await chat.ask("hello")
        await chat.query("status")
        health = (await server.get("/health")).text + (await server.get("/metrics")).text
        await server.terminate()
        provider.close()

        self.assertIn(f"Authorization: Bearer {API_KEY}", await received)
        self.assertEqual(failed.error["type"], "denied")
        self.assertNotIn(API_KEY, self.everything_written() + health)
        database = b"".join(path.read_bytes() for path in self.folder.glob("events.db*"))
        self.assertNotIn(API_KEY.encode(), database)

    async def test_a_key_in_the_environment_is_not_shown_in_complaints_about_the_configuration(self):
        self.write_config({"llm.active": "openai", "llm.providers.openai.api_key": "env:MY_KEY", "chat.service.max_tool_hops": "env:MY_KEY"})

        program = await self.run_convoke("serve", "--validate-only", MY_KEY=API_KEY)

        self.assertEqual(program.process.returncode, 2)
        self.assertIn("max_tool_hops", program.stderr[0])
        self.assertNotIn(API_KEY, "\n".join(program.stderr))

    async def test_a_tool_server_does_not_see_our_keys(self):
        servers = {"nosy": {"command": "sh", "args": ["-c", "env > seen; exec sleep 60"]}}
        await self.serve({}, servers, OPENAI_API_KEY=API_KEY)

        await eventually(lambda: (self.folder / "seen").exists(), "the environment of the server")

        self.assertNotIn(API_KEY, (self.folder / "seen").read_text())
