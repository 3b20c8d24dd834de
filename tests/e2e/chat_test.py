"""Questions and answers over /ws/chat, as docs/websocket-api.md promises them."""
import asyncio
import uuid
from decimal import Decimal
from pathlib import Path

from harness.case import EndToEnd, fake
from harness.waiting import eventually

FOREVER = {"text": "one two three four", "stall_after": 2}  # says HEARD and is then silent
HEARD = "one two "


class Chat(EndToEnd):
    async def test_a_question_is_answered_without_any_configuration(self):
        server = await self.serve()
        await eventually(lambda: server.log("server.ready", server="demo"), "the demo server is ready")
        chat = await self.connect(server)

        answer = await chat.ask("add 2 and 3")

        self.assertIn("5", answer.text)
        self.assertEqual(answer.metadata["finish_reason"], "stop")

    async def test_processing_comes_first_and_before_the_model_has_said_a_word(self):
        server = await self.serve_with(await self.fake_llm())
        chat = await self.connect(server)

        request = await chat.chat(fake(text="late", stall_after=0), "q1")
        await request.until(lambda r: r.frames, "the first frame")

        first = request.frames[0]
        self.assertEqual((first["status"], first["request_id"], first["seq"]), ("processing", "q1", 1))
        self.assertEqual(first["metadata"]["model"], "scripted")
        await chat.cancel("q1")
        await request.end()
        bare = [frame for frame in request.frames if frame["status"] == "processing"]
        self.assertEqual(len(bare), 1)

    async def test_words_are_shown_as_they_arrive(self):
        server = await self.serve_with(await self.fake_llm())
        chat = await self.connect(server)

        request = await chat.chat(fake(**FOREVER), "q1")
        await request.words(2)

        self.assertEqual(request.text, HEARD)
        self.assertFalse(request.has_ended)
        await chat.cancel("q1")
        await request.end()

    async def test_thoughts_are_shown_apart_from_the_answer(self):
        server = await self.serve_with(await self.fake_llm())
        chat = await self.connect(server)

        answer = await chat.ask(fake(reasoning="I think", text="therefore I am"))

        self.assertEqual(answer.reasoning, "I think")
        self.assertEqual(answer.text, "therefore I am")

    async def test_tool_calls_are_told_between_question_and_answer(self):
        server = await self.serve()
        await server.logged("server.ready", server="demo")
        chat = await self.connect(server)

        answer = await chat.ask("multiply 6 and 7")

        (execution,) = answer.activities("tool_execution")
        (result,) = answer.activities("tool_result")
        self.assertEqual(execution["metadata"]["arguments"], {"a": 6, "b": 7})
        self.assertEqual(execution["metadata"]["tool_call_id"], result["metadata"]["tool_call_id"])
        self.assertEqual((result["data"], result["metadata"]["is_error"]), ("42", False))
        statuses = [frame["status"] for frame in answer.frames]
        self.assertEqual(statuses[:3], ["processing"] * 3)
        self.assertEqual(set(statuses[3:-1]), {"chunk"})
        self.assertEqual((answer.metadata["tool_calls"], answer.metadata["model_calls"]), (1, 2))

    async def test_tool_notices_can_be_silenced(self):
        quiet = {"chat.service.tool_notifications.enabled": False}
        server = await self.serve(quiet)
        await server.logged("server.ready", server="demo")
        chat = await self.connect(server)

        answer = await chat.ask("add 2 and 3")

        self.assertEqual(answer.metadata["tool_calls"], 1)
        self.assertEqual(answer.activities("tool_execution") + answer.activities("tool_result"), [])

    async def test_the_arguments_of_tools_can_be_kept_from_clients(self):
        server = await self.serve({"chat.service.tool_notifications.show_args": False})
        await server.logged("server.ready", server="demo")
        chat = await self.connect(server)

        answer = await chat.ask("add 2 and 3")

        self.assertNotIn("arguments", answer.activities("tool_execution")[0]["metadata"])

    async def test_complete_tells_what_the_answer_took(self):
        server = await self.serve_with(await self.fake_llm())
        chat = await self.connect(server)

        answer = await chat.ask(fake(text="four words in all"))

        usage = answer.metadata["usage"]
        self.assertEqual(usage["output_tokens"], 4)
        self.assertEqual(usage["total_tokens"], usage["input_tokens"] + 4)
        self.assertEqual(answer.metadata["tokens"], usage["total_tokens"])
        self.assertEqual(answer.metadata["model"], "scripted")
        self.assertEqual(answer.metadata["conversation_id"], answer.conversation_id)
        self.assertEqual(answer.metadata["finish_reason"], "stop")
        self.assertLessEqual(answer.metadata["first_chunk_ms"], answer.metadata["duration_ms"])

    async def test_without_streaming_the_answer_is_one_chunk(self):
        server = await self.serve_with(await self.fake_llm())
        chat = await self.connect(server)

        answer = await chat.ask(fake(text="all of it at once", chunk_delay_ms=1), streaming=False)

        self.assertEqual(answer.chunks, [{"type": "text", "data": "all of it at once"}])
        self.assertEqual([frame["status"] for frame in answer.frames], ["processing", "chunk", "complete"])

    async def test_streaming_can_be_off_by_default(self):
        server = await self.serve_with(await self.fake_llm(), {"chat.service.streaming.enabled": False})
        chat = await self.connect(server)

        silent = await chat.ask(fake(text="all of it at once", chunk_delay_ms=1))
        streamed = await chat.ask(fake(text="word by word, and slowly", chunk_delay_ms=5), streaming=True)

        self.assertEqual(len(silent.chunks), 1)
        self.assertGreater(len(streamed.chunks), 1)

    async def test_a_client_can_choose_another_configured_model(self):
        model = await self.fake_llm()
        more = {"llm.providers.other.base_url": model.base_url, "llm.providers.other.model": "fixed:3"}
        server = await self.serve_with(model, more)
        chat = await self.connect(server)

        answer = await chat.ask("hello", model="other")

        self.assertEqual(answer.text, "word1 word2 word3")
        self.assertEqual(answer.metadata["model"], "fixed:3")

    async def test_settings_of_the_provider_reach_the_model(self):
        model = await self.fake_llm()
        provider = "llm.providers.fake."
        settings = {provider + "temperature": 0.5, provider + "max_tokens": 77, provider + "top_p": 0.25}
        server = await self.serve_with(model, settings | {"chat.service.system_prompt": "You are a parrot."})
        chat = await self.connect(server)

        await chat.ask("hello")

        (body,) = await model.requests()
        self.assertEqual((body["temperature"], body["top_p"]), (0.5, 0.25))
        self.assertIn(77, (body.get("max_tokens"), body.get("max_completion_tokens")))
        self.assertEqual(body["messages"][0], {"role": "system", "content": "You are a parrot."})

    async def test_the_model_answers_without_tools_once_the_limit_of_hops_is_reached(self):
        script = {"tool_calls": [{"name": "sum", "arguments": {"a": 1, "b": 1}}]}
        eager = await self.fake_llm(script, script, script, script, otherwise={"text": "enough"})
        server = await self.serve_with(eager, {"chat.service.max_tool_hops": 2}, servers=None)
        await server.logged("server.ready", server="demo")
        chat = await self.connect(server)

        answer = await chat.ask("go on and on")

        self.assertEqual(answer.metadata["finish_reason"], "tool_limit")
        self.assertEqual((answer.metadata["tool_calls"], answer.metadata["model_calls"]), (2, 3))

    async def test_a_tool_that_keeps_failing_is_not_tried_for_ever(self):
        wrong = {"tool_calls": [{"name": "no_such_tool", "arguments": {}}]}
        stubborn = await self.fake_llm(*[wrong] * 3, otherwise={"text": "it does not work"})
        server = await self.serve_with(stubborn)

        answer = await (await self.connect(server)).ask("try it")

        self.assertEqual((answer.text, answer.metadata["finish_reason"]), ("it does not work", "repeated_errors"))

    async def test_a_call_that_returns_the_same_is_not_made_for_ever(self):
        same = {"tool_calls": [{"name": "sum", "arguments": {"a": 1, "b": 1}}]}
        stubborn = await self.fake_llm(*[same] * 3, otherwise={"text": "it is two"})
        server = await self.serve_with(stubborn, servers=None)
        await server.logged("server.ready", server="demo")

        answer = await (await self.connect(server)).ask("add")

        self.assertEqual((answer.text, answer.metadata["finish_reason"]), ("it is two", "repeated_results"))
        self.assertEqual(answer.metadata["tool_calls"], 3)
        (*_, last) = await stubborn.requests()
        self.assertEqual(last["tool_choice"], "none")

    async def test_a_turn_costs_no_more_than_it_may(self):
        more = {"tool_calls": [{"name": "sum", "arguments": {"a": 1, "b": 1}}], "text": " ".join(["add"] * 40)}
        chatty = await self.fake_llm(otherwise=more)
        server = await self.serve_with(chatty, {"chat.service.max_turn_cost": 2, "chat.service.max_repeated_results": 0,
                                                "llm.providers.fake.prices.input": 100,
                                                "llm.providers.fake.prices.output": 10_000}, servers=None)
        await server.logged("server.ready", server="demo")

        answer = await (await self.connect(server)).ask("add and add and add")

        self.assertLessEqual(Decimal(answer.metadata["cost"]), 2)
        self.assertGreater(Decimal(answer.metadata["cost"]), 1)
        self.assertEqual(answer.metadata["finish_reason"], "cost_limit")

    async def test_a_turn_that_has_no_tokens_left_ends_with_what_was_said(self):
        server = await self.serve_with(await self.fake_llm(), {"chat.service.max_turn_tokens": 5})

        refused = await (await self.connect(server)).ask("hello")

        self.assertEqual((refused.error["type"], refused.last["metadata"]["limit"]), ("exhausted", "token_limit"))


class Conversation(EndToEnd):
    async def test_a_connection_has_a_conversation_of_its_own(self):
        model = await self.fake_llm()
        server = await self.serve_with(model)
        one, other = await self.connect(server), await self.connect(server)

        first = await one.ask("my number is 7")
        second = await one.ask("what is my number?")
        elsewhere = await other.ask("what is my number?")

        self.assertEqual(first.conversation_id, second.conversation_id)
        self.assertNotEqual(first.conversation_id, elsewhere.conversation_id)
        lengths = [len(request["messages"]) for request in await model.requests()]
        self.assertEqual(lengths, [2, 4, 2])  # with the system prompt

    async def test_a_conversation_goes_on_on_another_connection(self):
        server = await self.serve()
        first = await (await self.connect(server)).ask("my number is 7")

        answer = await (await self.connect(server)).ask(
            "what did I ask before?", conversation_id=first.conversation_id
        )

        self.assertIn("my number is 7", answer.text)

    async def test_conversations_are_listed_read_renamed_and_deleted(self):
        server = await self.serve_with(await self.fake_llm())
        chat = await self.connect(server)
        older = await chat.ask("the first question", conversation_id="older")
        newer = await chat.ask("the second question", conversation_id="newer")

        listed = (await chat.query("conversations.list"))["conversations"]
        self.assertEqual([row["id"] for row in listed], ["newer", "older"])
        self.assertEqual(listed[1]["title"], "the first question")

        events = (await chat.query("conversations.get", conversation_id="older"))["events"]
        self.assertEqual([event["type"] for event in events], ["user_message", "assistant_message", "turn_completed"])
        self.assertEqual(events[0]["content"], "the first question")
        self.assertEqual(events[1]["content"], older.text)

        given = await chat.query("conversations.rename", conversation_id="older", title="another name" + " x" * 90)
        self.assertEqual(given["title"], "another name" + " x" * 34)
        await chat.query("conversations.rename", conversation_id="older", title="another name")
        long = await chat.request("conversations.rename", conversation_id="older", title="x" * 201)
        self.assertEqual(long.error["field"], "payload.title")
        renamed = (await chat.query("conversations.list", limit=1, offset=1))["conversations"]
        self.assertEqual(renamed[0]["title"], "another name")

        await chat.query("conversations.delete", conversation_id="newer")
        gone = await chat.request("conversations.get", conversation_id="newer")
        self.assertEqual(gone.error["code"], 404)
        self.assertEqual(newer.metadata["conversation_id"], "newer")

    async def test_a_long_conversation_is_read_page_by_page(self):
        server = await self.serve_with(await self.fake_llm())
        chat = await self.connect(server)
        for number in range(3):
            await chat.ask(f"question {number}", conversation_id="long")

        newest = await chat.query("conversations.get", conversation_id="long", limit=4)
        oldest = await chat.query(
            "conversations.get", conversation_id="long", limit=5, before=newest["events"][0]["seq"]
        )

        self.assertTrue(newest["has_more"])
        self.assertFalse(oldest["has_more"])
        seqs = [event["seq"] for event in oldest["events"] + newest["events"]]
        self.assertEqual(seqs, list(range(1, 10)))

    async def test_what_does_not_exist_is_not_found(self):
        server = await self.serve()
        chat = await self.connect(server)

        missing = [
            await chat.request("conversations.get", conversation_id="nowhere"),
            await chat.request("conversations.rename", conversation_id="nowhere", title="x"),
            await chat.request("conversations.delete", conversation_id="nowhere"),
            await (await chat.resume(str(uuid.uuid4()))).end(),
        ]

        self.assertEqual([request.error["code"] for request in missing], [404] * 4)

    async def test_a_conversation_that_is_being_answered_cannot_be_deleted(self):
        server = await self.serve_with(await self.fake_llm())
        chat = await self.connect(server)
        request = await chat.chat(fake(**FOREVER), "q1", conversation_id="busy")
        await request.words(2)

        refused = await chat.request("conversations.delete", conversation_id="busy")

        self.assertEqual(refused.error["type"], "conflict")
        await chat.cancel("q1", conversation_id="busy")
        await request.end()

    async def test_old_messages_that_do_not_fit_are_left_out_and_new_ones_stay(self):
        model = await self.fake_llm()
        small = {
            "chat.service.context.max_tokens": 1000,
            "chat.service.context.reserve_tokens": 200,
            "chat.service.context.preserve_recent": 1,
        }
        server = await self.serve_with(model, small)
        chat = await self.connect(server)

        for number in range(6):
            await chat.ask(f"question {number} " + "word " * 100)

        prompt = (await model.requests())[-1]["messages"]
        words = " ".join(message["content"] for message in prompt)
        self.assertNotIn("question 0", words)
        self.assertIn("question 4", words)
        self.assertIn("question 5", words)


class OneSocket(EndToEnd):
    async def test_several_questions_are_answered_at_once(self):
        server = await self.serve_with(await self.fake_llm())
        chat = await self.connect(server)

        slow = await chat.chat(fake(**FOREVER), "slow")
        await slow.words(1)
        quick = await asyncio.gather(*(chat.ask(f"question {number}", f"q{number}") for number in range(20)))

        self.assertEqual([answer.text for answer in quick], [f"question {number}" for number in range(20)])
        self.assertFalse(slow.has_ended)
        await chat.cancel("slow")
        self.assertEqual((await slow.end()).text, HEARD)

    async def test_a_ping_is_answered_while_an_answer_runs(self):
        server = await self.serve_with(await self.fake_llm())
        chat = await self.connect(server)
        request = await chat.chat(fake(**FOREVER), "q1")

        self.assertEqual(await chat.query("ping"), {"pong": True})

        await chat.cancel("q1")
        await request.end()

    async def test_status_tells_version_models_servers_and_tools(self):
        server = await self.serve()
        await server.logged("server.ready", server="demo")
        chat = await self.connect(server)

        status = await chat.query("status")

        self.assertTrue(status["demo"])
        self.assertEqual(status["models"], ["demo"])
        self.assertEqual([(one["name"], one["state"]) for one in status["servers"]], [("demo", "ready")])
        self.assertIn("sum", [tool["name"] for tool in status["tools"]])

    async def test_frames_that_make_no_sense_get_an_error_and_harm_nothing(self):
        server = await self.serve_with(await self.fake_llm())
        chat = await self.connect(server)
        running = await chat.chat(fake(**FOREVER), "running")
        await running.words(2)

        chat_frame = {"action": "chat", "request_id": "bad"}
        nonsense = [
            ("not JSON", "", None),
            ("", "", None),
            ("[1, 2]", "", None),
            ("{" * 5000, "", None),
            ({"action": "ping"}, "request_id", None),
            ({"action": "ping", "request_id": 7}, "request_id", None),
            ({"action": "ping", "request_id": ""}, "request_id", None),
            ({"action": "ping", "request_id": "x" * 257}, "request_id", None),
            ({"request_id": "bad"}, "action", "bad"),
            ({"action": 1, "request_id": "bad"}, "action", "bad"),
            ({"action": "dance", "request_id": "bad"}, "action", "bad"),
            (chat_frame | {"payload": []}, "payload", "bad"),
            (chat_frame | {"payload": "text"}, "payload", "bad"),
            (chat_frame, "payload.text", "bad"),
            (chat_frame | {"payload": {"text": None}}, "payload.text", "bad"),
            (chat_frame | {"payload": {"text": " \n"}}, "payload.text", "bad"),
            (chat_frame | {"payload": {"text": "x", "conversation_id": 7}}, "payload.conversation_id", "bad"),
            (chat_frame | {"payload": {"text": "x", "model": {}}}, "payload.model", "bad"),
            (chat_frame | {"payload": {"text": "x", "streaming": "yes"}}, "payload.streaming", "bad"),
            ({"action": "resume", "request_id": "bad", "payload": {"after": -1}}, "payload.after", "bad"),
            ({"action": "conversations.list", "request_id": "bad", "payload": {"limit": 0}}, "payload.limit", "bad"),
            ({"action": "conversations.list", "request_id": "bad", "payload": {"limit": 2.5}}, "payload.limit", "bad"),
            ({"action": "conversations.get", "request_id": "bad"}, "payload.conversation_id", "bad"),
        ]
        for number, (frame, field, request_id) in enumerate(nonsense):
            with self.subTest(frame=str(frame)[:80]):
                await chat.send(frame)
                errors = await eventually(
                    lambda: [f for f in chat.frames if f["status"] == "error"][number:], f"an answer to {frame}"
                )
                error = errors[0]
                self.assertEqual(error["error"]["code"], 400)
                self.assertEqual(error["error"].get("field", ""), field)
                self.assertEqual((error["request_id"], error["seq"]), (request_id, 0))
                self.assertEqual(error["chunk"]["error"], error["error"]["message"])

        self.assertEqual(await chat.query("ping"), {"pong": True})
        await chat.cancel("running")
        self.assertEqual((await running.end()).text, HEARD)

    async def test_members_it_does_not_know_are_ignored(self):
        server = await self.serve()
        chat = await self.connect(server)

        request = chat._expect("q1")
        await chat.send({"action": "ping", "request_id": "q1", "payload": {"colour": "red"}, "version": 3})

        self.assertEqual((await request.end()).last["data"], {"pong": True})

    async def test_a_binary_message_closes_the_socket_with_1003(self):
        server = await self.serve()
        chat = await self.connect(server)

        await chat.send(b"\x00\x01")

        code, _ = await chat.closed()
        self.assertEqual(code, 1003)

    async def test_a_message_over_the_limit_closes_the_socket_with_1009(self):
        server = await self.serve({"chat.websocket.max_message_size": 2048})
        chat, bystander = await self.connect(server), await self.connect(server)

        await chat.send({"action": "chat", "request_id": "q1", "payload": {"text": "x" * 4096}})

        code, _ = await chat.closed()
        self.assertEqual(code, 1009)
        self.assertEqual(await bystander.query("ping"), {"pong": True})

    async def test_a_question_just_under_the_limit_is_answered(self):
        server = await self.serve_with(await self.fake_llm(), {"chat.service.context.max_tokens": 1_000_000})
        chat = await self.connect(server)
        long_question = "wörd " * 100_000

        answer = await chat.ask(long_question)

        self.assertEqual(answer.text, long_question)


class Cancel(EndToEnd):
    async def test_what_was_said_is_kept(self):
        server = await self.serve_with(await self.fake_llm())
        chat = await self.connect(server)
        request = await chat.chat(fake(**FOREVER), "q1")
        await request.words(2)

        await chat.cancel("q1")
        await request.end()

        self.assertEqual(request.metadata["finish_reason"], "cancelled")
        events = (await chat.query("conversations.get", conversation_id=request.conversation_id))["events"]
        self.assertEqual([e["type"] for e in events], ["user_message", "assistant_message", "turn_cancelled"])
        self.assertEqual(events[1]["content"], HEARD)

    async def test_the_model_is_told_to_stop(self):
        model = await self.fake_llm()
        server = await self.serve_with(model)
        chat = await self.connect(server)
        request = await chat.chat(fake(**FOREVER), "q1")
        await request.words(2)

        await chat.cancel("q1")
        await request.end()

        established = f":{model.port:04X} 01 "
        await eventually(
            lambda: established not in Path("/proc/net/tcp").read_text(), "the connection to the model is closed"
        )

    async def test_a_turn_of_another_connection_can_be_cancelled(self):
        server = await self.serve_with(await self.fake_llm(), {"server.threads": 2})
        one = await self.connect(server)
        request = await one.chat(fake(**FOREVER))
        await request.words(2)

        for _ in range(4):  # on whichever loop they are
            other = await self.connect(server)
        await other.cancel(request.id)
        await request.end()

        self.assertEqual(request.metadata["finish_reason"], "cancelled")

    async def test_nothing_to_cancel_is_said_to_be_not_found(self):
        server = await self.serve()
        chat = await self.connect(server)

        await chat.cancel("unknown")
        frame = await chat.frame_where(lambda f: f["request_id"] == "unknown", "an answer")

        self.assertEqual((frame["error"]["code"], frame["seq"]), (404, 0))


class Resume(EndToEnd):
    """A lost socket loses nothing; a request is done once."""

    async def lose_and_resume(self, threads: int):
        server = await self.serve_with(await self.fake_llm(), {"server.threads": threads})
        words = " ".join(f"word{number}" for number in range(100))
        lost = await self.connect(server)
        before = await lost.chat(fake(text=words, chunk_delay_ms=5))
        await before.words(10)
        lost.abort()
        await lost.closed()

        after = [await (await self.connect(server)).resume(before.id, before.seq) for _ in range(4)]

        for request in after:  # frames without gap or repeat: the client checks their numbers
            self.assertEqual(before.text + (await request.end()).text, words)

    async def test_a_lost_socket_leaves_no_gap_and_no_repeat(self):
        await self.lose_and_resume(threads=1)

    async def test_nor_does_it_on_another_loop(self):
        await self.lose_and_resume(threads=2)

    async def test_a_turn_goes_on_without_its_client(self):
        server = await self.serve_with(await self.fake_llm())
        lost = await self.connect(server)
        request = await lost.chat(fake(text="one two three four", chunk_delay_ms=20))
        await request.words(1)
        lost.abort()

        await server.logged("turn.finished", request_id=request.id, outcome="completed")

        again = await (await (await self.connect(server)).resume(request.id)).end()
        self.assertEqual(again.text, "one two three four")

    async def test_a_resume_of_everything_repeats_the_same_frames(self):
        server = await self.serve_with(await self.fake_llm())
        chat = await self.connect(server)
        first = await chat.ask(fake(text="one two three", chunk_delay_ms=5))

        again = await (await chat.resume(first.id)).end()

        self.assertEqual(again.frames, first.frames)

    async def test_the_same_request_is_not_asked_twice(self):
        model = await self.fake_llm()
        server = await self.serve_with(model)
        chat = await self.connect(server)
        first = await chat.ask("only once", "q1")

        again = await chat.ask("only once", "q1")

        self.assertEqual(again.text, first.text)
        self.assertEqual(len(await model.requests()), 1)

    async def test_the_same_request_is_not_asked_twice_after_a_restart(self):
        model = await self.fake_llm()
        server = await self.serve_with(model)
        first = await (await self.connect(server)).ask("only once", str(uuid.uuid4()))
        await server.terminate()

        chat = await self.connect(await self.serve_with(model))
        again = await chat.ask("only once", first.id)
        resumed = await (await chat.resume(first.id)).end()

        self.assertEqual((again.text, resumed.text), (first.text, first.text))
        self.assertTrue(again.metadata["replayed"])
        self.assertEqual(again.metadata["usage"], first.metadata["usage"])
        self.assertEqual(len(await model.requests()), 1)

    async def test_the_same_request_while_it_runs_joins_the_running_answer(self):
        model = await self.fake_llm()
        server = await self.serve_with(model, {"server.threads": 2})
        request_id = str(uuid.uuid4())
        question = fake(text="one two three four five six", chunk_delay_ms=20)
        first = await (await self.connect(server)).chat(question, request_id)
        await first.words(2)

        joined = [await (await self.connect(server)).ask(question, request_id) for _ in range(3)]
        await first.end()

        self.assertEqual([request.text for request in joined], [first.text] * 3)
        self.assertEqual(len(await model.requests()), 1)

    async def test_another_question_under_the_same_request_id_is_a_conflict(self):
        model = await self.fake_llm()
        server = await self.serve_with(model)
        chat = await self.connect(server)
        await chat.ask("one question", "q1")

        refused = await chat.ask("another question", "q1")

        self.assertEqual((refused.error["code"], refused.error["type"]), (409, "conflict"))
        self.assertEqual(len(await model.requests()), 1)

    async def test_a_failed_question_may_be_asked_again(self):
        model = await self.fake_llm({"status": 400, "error": "no"}, {"text": "yes"})
        server = await self.serve_with(model)
        chat = await self.connect(server)

        failed = await chat.ask("please", "q1")
        answered = await chat.ask("please", "q1")

        self.assertFalse(failed.error["retryable"])
        self.assertEqual(answered.text, "yes")
