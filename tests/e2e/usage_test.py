"""What calls of models use and cost: per turn, per conversation, in sums, and past a SIGKILL."""
import asyncio
import json
import unittest
from decimal import Decimal

from harness.case import EndToEnd, fake
from harness.waiting import eventually

PRICES = {"llm.providers.fake.prices.input": 2, "llm.providers.fake.prices.output": 10.5}


def bill(usage: dict) -> Decimal:
    """By hand, at PRICES."""
    return (usage["input_tokens"] * Decimal("2") + usage["output_tokens"] * Decimal("10.5")) / 1_000_000


class Cost(EndToEnd):
    async def totals(self, chat, **asked) -> dict:
        return (await chat.query("usage", **asked))["total"]

    async def test_a_turn_tells_what_it_cost_to_the_digit(self):
        server = await self.serve_with(await self.fake_llm({"text": "one two three"}), PRICES)

        answer = await (await self.connect(server)).ask("hello")

        self.assertTrue(answer.metadata["cost_known"])
        self.assertEqual(Decimal(answer.metadata["cost"]), bill(answer.metadata["usage"]))
        self.assertGreater(Decimal(answer.metadata["cost"]), 0)

    async def test_an_unknown_price_is_unknown_and_not_zero(self):
        server = await self.serve_with(await self.fake_llm())
        chat = await self.connect(server)

        answer = await chat.ask("hello")

        self.assertEqual((answer.metadata["cost"], answer.metadata["cost_known"]), (None, False))
        totals = await self.totals(chat)
        self.assertEqual((totals["cost"], totals["unpriced_calls"]), (None, 1))
        self.assertEqual(
            await server.metric('convoke_unpriced_calls_total{provider="fake",model="scripted"}'), 1
        )

    async def test_the_demo_model_is_free(self):
        server = await self.serve()

        answer = await (await self.connect(server)).ask("hello")

        self.assertEqual((answer.metadata["cost"], answer.metadata["cost_known"]), ("0", True))

    async def test_sums_are_the_sums_of_the_turns(self):
        server = await self.serve_with(await self.fake_llm(), PRICES)
        chat = await self.connect(server)
        one = await chat.ask("hello", conversation_id="one")
        again = await chat.ask("hello again", conversation_id="one")
        two = await chat.ask("good day", conversation_id="two")

        costs = [Decimal(turn.metadata["cost"]) for turn in (one, again, two)]
        report = await chat.query("usage", by="conversation")
        listed = {row["id"]: row["usage"] for row in (await chat.query("conversations.list"))["conversations"]}
        page = await chat.query("conversations.get", conversation_id="one")

        self.assertEqual(
            {row["conversation"]: Decimal(row["cost"]) for row in report["rows"]},
            {"one": costs[0] + costs[1], "two": costs[2]},
        )
        self.assertEqual(Decimal(report["total"]["cost"]), sum(costs))
        self.assertEqual(Decimal(listed["one"]["cost"]), costs[0] + costs[1])
        self.assertEqual(page["usage"], listed["one"])
        metric = 'convoke_cost_picodollars_total{provider="fake",model="scripted",source="price_list"}'
        self.assertEqual(await server.metric(metric), int(sum(costs) * 10**12))

    async def test_every_attempt_counts(self):
        fault = {"status": 503, "error": "out of order"}
        server = await self.serve_with(await self.fake_llm(fault, {"text": "there"}), PRICES)
        chat = await self.connect(server)

        answer = await chat.ask("hello")

        totals = await self.totals(chat)
        self.assertEqual((totals["calls"], totals["unfinished_calls"]), (2, 1))
        self.assertEqual(totals["cost"], answer.metadata["cost"])

    async def test_a_cancelled_answer_is_billed_for_what_had_arrived(self):
        server = await self.serve_with(await self.fake_llm({"text": "one two three four", "stall_after": 3}), PRICES)
        chat = await self.connect(server)
        request = await chat.chat("hello")
        await request.words(2)

        await chat.cancel(request.id)
        await request.end()

        self.assertGreater(Decimal(request.metadata["cost"]), 0)
        totals = await self.totals(chat)
        self.assertEqual((totals["unfinished_calls"], totals["cost"]), (1, request.metadata["cost"]))

    async def test_a_replayed_answer_costs_nothing_again(self):
        server = await self.serve_with(await self.fake_llm(), PRICES)
        chat = await self.connect(server)
        first = await chat.ask("hello", request_id="0b0e7b2c-3f44-4a53-a1cd-7c6b1e8ab001", conversation_id="c")
        await server.terminate()

        server = await self.serve_with(await self.fake_llm(), PRICES)
        chat = await self.connect(server)
        again = await chat.ask("hello", request_id="0b0e7b2c-3f44-4a53-a1cd-7c6b1e8ab001", conversation_id="c")

        self.assertEqual(again.metadata["cost"], first.metadata["cost"])
        self.assertEqual((await self.totals(chat))["calls"], 1)

    async def test_money_in_flight_is_not_forgotten_by_a_sigkill(self):
        model = await self.fake_llm({"text": "one two three four", "stall_after": 2})
        server = await self.serve_with(model, PRICES)
        request = await (await self.connect(server)).chat("hello")
        await request.words(1)

        async def is_noted():
            return self.query_database("SELECT count(*) FROM open_calls") == [(1,)]

        await eventually(is_noted, "the call to be noted")
        server.expected_exit = None
        await server.kill()

        server = await self.serve_with(model, PRICES)
        totals = await self.totals(await self.connect(server))
        self.assertEqual((totals["calls"], totals["unfinished_calls"], totals["cost_known"]), (1, 1, True))
        self.assertGreater(Decimal(totals["cost"]), 0)


class UsageReports(EndToEnd):
    async def test_the_same_figures_by_http_and_in_the_terminal(self):
        server = await self.serve_with(await self.fake_llm(), PRICES)
        chat = await self.connect(server)
        await chat.ask("hello")
        report = await chat.query("usage", by="day,model", since="7d")

        response = await server.get("/api/usage?by=day,model&since=7d")
        while_running = await self.run_convoke("usage", "--by", "day,model", "--since", "7d", "--json")
        await server.terminate()
        after = await self.run_convoke("usage", "--by", "day,model", "--since", "7d", "--json")

        self.assertEqual(response.json(), report)
        self.assertEqual(json.loads("\n".join(while_running.stdout)), report)
        self.assertEqual(after.stdout, while_running.stdout)

    async def test_a_table_for_people_and_csv_for_programs(self):
        server = await self.serve_with(await self.fake_llm(), PRICES)
        await (await self.connect(server)).ask("hello")

        table = await self.run_convoke("usage", "--by", "model")
        csv = await self.run_convoke("usage", "--by", "model", "--csv")

        self.assertRegex(table.stdout[0], r"^model +calls +input +cached +output +reasoning +cost$")
        self.assertRegex(table.stdout[2], r"^scripted +1 .*\$0\.0000")
        self.assertTrue(csv.stdout[0].startswith("model,calls,"))
        self.assertTrue(csv.stdout[1].startswith("scripted,1,"))

    async def test_a_wrong_question_is_answered_with_what_would_be_right(self):
        server = await self.serve()

        response = await server.get("/api/usage?by=week")
        chat = await self.connect(server)
        refused = await chat.request("usage", since="yesterday")
        all_in_one = await chat.query("usage", by="")
        terminal = await self.run_convoke("usage", "--by", "week")

        self.assertEqual(response.status, 400)
        self.assertIn("expected day, month", response.json()["error"]["message"])
        self.assertIn("expected a day like", refused.error["message"])
        self.assertEqual(refused.error["field"], "payload.since")
        self.assertEqual(all_in_one["by"], [])
        self.assertEqual(await terminal.ended(), 2)
        self.assertIn("expected day, month", terminal.stderr[-1])

    async def test_figures_need_a_token_where_one_is_configured(self):
        server = await self.serve({"server.auth.tokens": ["s3cret", "other"]})
        chat = await self.connect(server, Authorization="Bearer other")
        await chat.ask("hello")

        self.assertEqual((await server.get("/api/usage")).status, 401)
        response = await server.get("/api/usage?by=user", Authorization="Bearer s3cret")

        self.assertEqual([row["user"] for row in response.json()["rows"]], ["token 2"])


class Prices(EndToEnd):
    async def test_a_list_in_the_working_directory_goes_before_the_built_in_one(self):
        prices = {"format": "convoke-prices", "date": "2026-12-01", "models": {"fake/scripted": {"input": "1", "output": "3"}}}
        (self.folder / "prices.json").write_text(json.dumps(prices))
        server = await self.serve_with(await self.fake_llm())

        answer = await (await self.connect(server)).ask("hello")

        usage = answer.metadata["usage"]
        by_hand = Decimal(usage["input_tokens"] + 3 * usage["output_tokens"]) / 1_000_000
        self.assertEqual(Decimal(answer.metadata["cost"]), by_hand)

    async def test_a_list_that_comes_while_the_server_runs_is_used_from_then_on(self):
        server = await self.serve_with(await self.fake_llm())
        chat = await self.connect(server)
        before = await chat.ask("hello")
        prices = {"format": "convoke-prices", "date": "2026-12-01", "models": {"fake/scripted": {"input": "1", "output": "3"}}}

        (self.folder / "prices.json").write_text(json.dumps(prices))
        await server.logged("configuration.applied")
        after = await chat.ask("hello")

        self.assertEqual((before.metadata["cost_known"], after.metadata["cost_known"]), (False, True))

    async def test_a_bad_list_is_refused_with_its_reason(self):
        (self.folder / "prices.json").write_text("<html>")

        program = await self.run_convoke("serve", "--validate-only")

        self.assertEqual(await program.ended(), 2)
        self.assertIn("prices.json", program.stderr[0])

    async def test_prices_without_their_other_half_are_refused(self):
        self.write_config({"llm.providers.openai.prices.input": 1})

        program = await self.run_convoke("serve", "--validate-only")

        self.assertEqual(await program.ended(), 2)
        self.assertIn("llm.providers.openai.prices.output", program.stderr[0])

    async def test_they_are_updated_from_a_providers_list_of_models(self):
        models = {"data": [{"id": "x/new", "pricing": {"prompt": "0.000001", "completion": "0.000002"}}, {"id": "x/odd"}]}
        (self.folder / "models.json").write_text(json.dumps(models))

        updated = await self.run_convoke("prices", "update", "--from", "models.json", "--provider", "openrouter")
        shown = await self.run_convoke("prices", "x/new")

        self.assertEqual(await updated.ended(), 0)
        self.assertIn("x/odd", updated.stderr[0])
        self.assertRegex("\n".join(shown.stdout), r"openrouter/x/new +1 +2 ")

    async def test_they_are_updated_from_the_provider_itself(self):
        models = json.dumps({"data": [{"id": "m", "pricing": {"prompt": "0.000001", "completion": "0.000002"}}]})

        async def answer(reader, writer):
            head = await reader.readuntil(b"\r\n\r\n")
            self.assertTrue(head.startswith(b"GET /v1/models "))
            writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(models)}\r\nConnection: close\r\n\r\n{models}".encode())
            await writer.drain()
            writer.close()

        shop = await asyncio.start_server(answer, "127.0.0.1", 0)
        self.addAsyncCleanup(shop.wait_closed)
        self.addCleanup(shop.close)
        port = shop.sockets[0].getsockname()[1]
        self.write_config({"llm.providers.shop.base_url": f"http://127.0.0.1:{port}/v1", "llm.providers.shop.model": "m"})

        updated = await self.run_convoke("prices", "update", "--provider", "shop")
        nobody = await self.run_convoke("prices", "update", "--provider", "nobody")

        self.assertEqual(await updated.ended(), 0, updated.stderr)
        self.assertIn("shop/m", json.loads((self.folder / "prices.json").read_text())["models"])
        self.assertEqual(await nobody.ended(), 1)
        self.assertIn("there is no provider 'nobody'", nobody.stderr[-1])

    async def test_a_bad_list_updates_nothing(self):
        for bad in ("", "{", "[]", "{}", '{"data":[{"id":5}]}', '{"data":[null,1,"a"]}'):
            (self.folder / "bad.json").write_text(bad)
            program = await self.run_convoke("prices", "update", "--from", "bad.json", "--provider", "openrouter")
            self.assertEqual(await program.ended(), 1, bad)
            self.assertFalse((self.folder / "prices.json").exists())


if __name__ == "__main__":
    unittest.main()
