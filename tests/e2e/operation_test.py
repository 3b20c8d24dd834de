"""What whoever runs a server relies on: health, metrics, access, limits, and a good end."""
import asyncio
import json
import signal
import struct
import uuid

import websockets

from harness.case import EndToEnd, fake
from harness.http import send
from harness.program import is_alive
from harness.waiting import eventually

FOREVER = {"text": "one two three four", "stall_after": 2}


class Health(EndToEnd):
    async def test_probes_answer_without_a_word_about_the_inside(self):
        server = await self.serve()

        self.assertEqual((await server.get("/livez")).text, "ok\n")
        self.assertEqual((await server.get("/readyz")).text, "ok\n")

    async def test_health_tells_version_provider_servers_and_store(self):
        server = await self.serve()
        await server.logged("server.ready", server="demo")

        health = await server.health()

        self.assertEqual(health["status"], "ok")
        self.assertEqual(health["provider"], {"name": "demo", "model": "demo"})
        self.assertEqual([(one["name"], one["state"]) for one in health["mcp_servers"]], [("demo", "ready")])
        self.assertEqual((health["store"]["kind"], health["store"]["healthy"]), ("sqlite", True))

    async def test_metrics_count_turns_tokens_tools_and_connections(self):
        server = await self.serve()
        await server.logged("server.ready", server="demo")
        chat = await self.connect(server)

        answer = await chat.ask("add 2 and 3")

        self.assertEqual(await server.metric('convoke_turns_total{outcome="completed"}'), 1)
        self.assertEqual(await server.metric('convoke_tool_calls_total{server="demo",outcome="ok"}'), 1)
        self.assertEqual(
            await server.metric('convoke_tokens_total{provider="demo",model="demo",kind="output"}'), answer.metadata["usage"]["output_tokens"]
        )
        self.assertEqual(await server.metric("convoke_connections"), 1)
        self.assertEqual(await server.metric("convoke_turn_seconds_count"), 1)
        self.assertEqual(await server.metric('convoke_mcp_server_up{server="demo"}'), 1)

    async def test_every_line_of_the_metrics_is_well_formed(self):
        server = await self.serve()
        await (await self.connect(server)).ask("hello")

        response = await server.get("/metrics")

        self.assertTrue(response.headers["content-type"].startswith("text/plain; version=0.0.4"))
        self.assertTrue(response.text.endswith("\n"))
        for line in response.text.splitlines():
            self.assertRegex(line, r'^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+({[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*})? [0-9.e+-]+|.*\+Inf.*)$')

    async def test_wrong_paths_and_methods_are_told_apart(self):
        server = await self.serve()

        self.assertEqual((await server.get("/nowhere")).status, 404)
        self.assertEqual((await server.get("/../etc/passwd")).status, 404)
        self.assertEqual((await server.get("/ws/chat")).status, 426)
        posted = await send(server.port, b"POST /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        self.assertEqual((posted.status, posted.headers["allow"]), (405, "GET, HEAD"))


class Shutdown(EndToEnd):
    async def test_lets_a_running_answer_end_and_says_goodbye(self):
        server = await self.serve_with(await self.fake_llm())
        chat, idle = await self.connect(server), await self.connect(server)
        request = await chat.chat(fake(text="one two three four five six", chunk_delay_ms=50))
        await request.words(1)

        server.signal(signal.SIGTERM)

        self.assertEqual((await request.end()).text, "one two three four five six")
        self.assertEqual(request.metadata["finish_reason"], "stop")
        for client in chat, idle:
            self.assertEqual((await client.closed())[0], 1001)
            self.assertEqual([n["notice"]["type"] for n in client.notices], ["shutting_down"])
        self.assertEqual(await server.ended(), 0)

    async def test_is_not_ready_and_takes_no_new_questions_while_answers_end(self):
        server = await self.serve_with(await self.fake_llm())
        chat = await self.connect(server)
        request = await chat.chat(fake(text="one two three four five six", chunk_delay_ms=100))
        await request.words(1)
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)  # while it still accepts

        server.signal(signal.SIGTERM)
        await chat.frame_where(lambda f: f["status"] == "notice", "the notice")
        late = await chat.ask("too late?")
        writer.write(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        readiness = await reader.read()
        writer.close()
        await writer.wait_closed()

        self.assertEqual(late.error["type"], "unavailable")
        self.assertTrue(readiness.startswith(b"HTTP/1.1 503"))
        await request.end()

    async def test_gives_up_on_an_answer_after_its_timeout_and_keeps_what_was_said(self):
        server = await self.serve_with(await self.fake_llm(), {"server.shutdown_timeout": 0.2})
        chat = await self.connect(server)
        request = await chat.chat(fake(**FOREVER))
        await request.words(2)

        server.signal(signal.SIGTERM)
        await request.end()

        self.assertEqual(request.error["type"], "unavailable")
        self.assertEqual(await server.ended(), 0)
        events = self.query_database("SELECT type, content FROM chat_events ORDER BY seq")
        self.assertEqual([kind for kind, _ in events], ["user_message", "assistant_message", "turn_interrupted"])
        self.assertEqual(events[1][1], "one two ")

    async def test_ends_at_once_after_a_second_signal(self):
        server = await self.serve_with(await self.fake_llm(), {"server.shutdown_timeout": 60})
        chat = await self.connect(server)
        request = await chat.chat(fake(**FOREVER))
        await request.words(2)

        server.signal(signal.SIGTERM)
        await server.logged("stopping")
        server.signal(signal.SIGTERM)

        server.expected_exit = None
        self.assertEqual(await server.ended(seconds=2), -signal.SIGTERM)

    async def test_works_with_ctrl_c_too(self):
        server = await self.serve()

        server.signal(signal.SIGINT)

        self.assertEqual(await server.ended(), 0)

    async def test_leaves_no_process_behind(self):
        server = await self.serve()
        await server.logged("server.ready", server="demo")
        children = server.children()

        await server.terminate()

        self.assertTrue(children)
        self.assertEqual([pid for pid in children if is_alive(pid)], [])

    async def test_by_force_leaves_no_process_behind_either(self):
        server = await self.serve()
        await server.logged("server.ready", server="demo")
        children = server.children()

        server.expected_exit = None
        await server.kill()

        self.assertTrue(children)
        await eventually(lambda: not any(map(is_alive, children)), "the children are gone")


class Access(EndToEnd):
    async def refusal_of(self, server, **headers: str) -> int:
        with self.assertRaises(websockets.InvalidStatus) as refused:
            await self.connect(server, **headers)
        return refused.exception.response.status_code

    async def test_a_page_of_another_origin_may_not_connect(self):
        server = await self.serve()

        self.assertEqual(await self.refusal_of(server, origin="https://evil.example"), 403)
        self.assertEqual(await self.refusal_of(server, origin="null"), 403)
        self.assertEqual((await server.get("/health", origin="https://evil.example")).status, 403)

    async def test_our_own_page_and_those_listed_may(self):
        server = await self.serve({"chat.websocket.allow_origins": ["https://chat.example.org"]})

        for origin in f"http://localhost:{server.port}", "https://chat.example.org":
            chat = await self.connect(server, origin=origin)
            self.assertEqual(await chat.query("ping"), {"pong": True})

    async def test_a_foreign_name_that_points_at_this_machine_is_refused(self):
        server = await self.serve()

        self.assertEqual((await server.get("/", host="evil.example")).status, 403)
        self.assertEqual((await server.get("/", host=f"127.0.0.1:{server.port}")).status, 200)

    async def test_with_tokens_only_those_who_have_one_come_in(self):
        server = await self.serve({"server.auth.tokens": ["a-good-token", "another-token"]})

        self.assertEqual(await self.refusal_of(server), 401)
        self.assertEqual(await self.refusal_of(server, authorization="Bearer a-bad-token"), 401)
        chat = await self.connect(server, authorization="Bearer another-token")
        self.assertEqual(await chat.query("ping"), {"pong": True})
        self.assertEqual((await server.get("/metrics")).status, 401)
        self.assertEqual((await server.get("/health", authorization="Bearer a-good-token")).status, 200)
        self.assertEqual((await server.get("/livez")).status, 200)
        self.assertEqual((await server.get("/ws/chat?access_token=a-good-token")).status, 426)
        self.assertNotIn("a-good-token", self.everything_written())

    async def test_the_upgrade_must_be_asked_for_at_the_right_path(self):
        server = await self.serve({"chat.websocket.endpoint": "/talk"})
        server_url = server.url.replace("/ws/chat", "")

        async with websockets.connect(server_url + "/talk", proxy=None):
            pass
        with self.assertRaises(websockets.InvalidStatus) as refused:
            await websockets.connect(server_url + "/ws/chat", proxy=None)
        self.assertEqual(refused.exception.response.status_code, 404)


class Limits(EndToEnd):
    async def test_one_connection_too_many_is_refused_and_the_others_live(self):
        server = await self.serve({"chat.websocket.concurrency.max_connections": 2})
        one, other = await self.connect(server), await self.connect(server)

        with self.assertRaises(websockets.InvalidStatus) as refused:
            await self.connect(server)
        self.assertEqual(refused.exception.response.status_code, 503)
        self.assertEqual(await one.query("ping"), {"pong": True})

        await other.close()
        await eventually(lambda: self.connected(server, 1), "one connection is left")
        self.assertEqual(await (await self.connect(server)).query("ping"), {"pong": True})

    async def connected(self, server, count: int) -> bool:
        return await server.metric("convoke_connections") == count

    async def test_a_client_that_has_vanished_is_forgotten(self):
        server = await self.serve()
        chat = await self.connect(server)
        await chat.query("ping")

        chat.abort()

        await eventually(lambda: self.connected(server, 0), "no connection is left")

    async def test_a_silent_client_that_answers_no_ping_is_let_go(self):
        server = await self.serve({"chat.websocket.ping_interval": 0.1, "chat.websocket.ping_timeout": 1})
        dead, alive = await self.raw_socket(server), await self.connect(server)

        await eventually(lambda: self.connected(server, 1), "the dead connection is closed")

        self.assertEqual(await alive.query("ping"), {"pong": True})
        dead[1].transport.abort()

    async def raw_socket(self, server):
        """A WebSocket that neither reads nor answers by itself."""
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port, limit=1024)
        writer.write(
            b"GET /ws/chat HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        head = await reader.readuntil(b"\r\n\r\n")
        self.assertTrue(head.startswith(b"HTTP/1.1 101"), head)
        return reader, writer

    @staticmethod
    def masked(text: str) -> bytes:
        """A text frame as clients send it, masked with zeros."""
        payload = text.encode()
        size = bytes([0x80 | len(payload)]) if len(payload) < 126 else b"\xfe" + struct.pack(">H", len(payload))
        return b"\x81" + size + b"\0\0\0\0" + payload

    async def serve_long_answers(self):
        """Every answer has a million letters, and may wait for a client only in small part."""
        model = await self.fake_llm(otherwise={"text": "x" * 1_000_000, "chunk_bytes": 50_000})
        return await self.serve_with(model, {"chat.websocket.max_pending_bytes": 65536})

    async def deaf_client(self, server, *request_ids: str):
        """A client that asks and does not read."""
        reader, writer = await self.raw_socket(server)
        reader._transport.pause_reading()
        for request_id in request_ids:
            payload = {"text": "go on", "conversation_id": request_id}
            question = {"action": "chat", "request_id": request_id, "payload": payload}
            writer.write(self.masked(json.dumps(question)))
        return writer

    async def test_a_client_that_does_not_read_is_let_go(self):
        server = await self.serve_long_answers()
        watcher = await self.connect(server)

        # More than the system keeps for a connection, which is about 10 MB.
        deaf = await self.deaf_client(server, *(f"deaf{number}" for number in range(20)))
        while not server.log("client.too_slow"):
            deaf.write(self.masked('{"action":"ping","request_id":"are you there?"}'))
            await asyncio.sleep(0.1)

        await eventually(lambda: self.connected(server, 1), "the deaf client is closed")
        self.assertEqual(await server.metric("convoke_slow_clients_total"), 1)
        self.assertEqual(await watcher.query("ping"), {"pong": True})
        deaf.transport.abort()

    async def test_memory_stays_flat_while_a_client_asks_for_more_than_it_reads(self):
        server = await self.serve_long_answers()
        good = await self.connect(server)
        await good.ask("go on", conversation_id="large")
        before = server.resident_bytes()

        deaf = await self.deaf_client(server)
        request = {"action": "conversations.get", "request_id": "again", "payload": {"conversation_id": "large"}}
        for _ in range(400):  # a megabyte each
            deaf.write(self.masked(json.dumps(request)))
        await asyncio.sleep(1)

        self.assertLess(server.resident_bytes() - before, 200 * 1024 * 1024)
        self.assertEqual(await good.query("ping"), {"pong": True})
        deaf.transport.abort()

    async def test_what_a_client_has_missed_while_it_did_not_read_it_can_resume(self):
        server = await self.serve_long_answers()
        request_id = str(uuid.uuid4())
        deaf = await self.deaf_client(server, request_id)
        await server.logged("turn.finished")
        deaf.transport.abort()

        request = await (await (await self.connect(server)).resume(request_id)).end()

        self.assertEqual(request.text, "x" * 1_000_000)

    async def test_a_large_answer_does_not_make_a_good_reader_a_slow_one(self):
        server = await self.serve_long_answers()
        chat = await self.connect(server)

        whole = await chat.ask("go on", streaming=False)
        again = await (await chat.resume(whole.id)).end()
        events = await chat.query("conversations.get", conversation_id=whole.conversation_id)

        self.assertEqual(again.text, whole.text)
        self.assertEqual(events["events"][1]["content"], whole.text)

    async def test_headers_that_never_end_are_not_waited_for(self):
        server = await self.serve()
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")

        answer = await asyncio.wait_for(reader.read(), 30)

        self.assertIn(answer[:12], (b"", b"HTTP/1.1 408"))
        self.assertEqual((await server.get("/livez")).status, 200)
        writer.close()

    async def test_headers_without_bound_are_refused(self):
        server = await self.serve()

        response = await send(server.port, b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: " + b"x" * 100_000 + b"\r\n\r\n")

        self.assertEqual(response.status, 431)

    async def test_bytes_that_are_not_http_are_refused(self):
        server = await self.serve()

        response = await send(server.port, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n")

        self.assertEqual(response.status, 400)

    async def test_too_many_requests_at_once_on_one_connection_are_refused_one_by_one(self):
        server = await self.serve()
        chat = await self.connect(server)

        pings = await asyncio.gather(*(chat.request("ping") for _ in range(500)))

        outcomes = {ping.last["status"] if ping.last["status"] == "complete" else ping.error["type"] for ping in pings}
        self.assertLessEqual(outcomes, {"complete", "rate_limited"})
        self.assertEqual(await chat.query("ping"), {"pong": True})
