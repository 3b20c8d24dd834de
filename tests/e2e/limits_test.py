"""Limits, breakers, fallbacks and budgets, while many chat with providers that misbehave."""
import asyncio
import json
from decimal import Decimal

from harness.case import EndToEnd, fake
from harness.http import get
from harness.waiting import eventually


class ModelLimits(EndToEnd):
    async def test_what_does_not_fit_waits_and_is_told_its_place(self):
        model = await self.fake_llm()
        server = await self.serve_with(model, {"llm.providers.fake.limits.concurrent_requests": 1})
        chat = await self.connect(server)

        requests = [await chat.chat(fake(text="done", first_delay_ms=100)) for _ in range(4)]
        for request in requests:
            await request.end()

        self.assertEqual([request.text for request in requests], ["done"] * 4)
        told = [request.activities("queued") for request in requests]  # who is first is not said
        self.assertEqual(sorted(notices[0]["metadata"]["place"] for notices in told if notices), [1, 2, 3])
        (lane,) = (await server.health())["models"]
        self.assertEqual((lane["admitted"], lane["waiting"], lane["in_flight"]), (4, 0, 0))

    async def test_what_cannot_start_in_time_is_refused_at_once(self):
        server = await self.serve_with(await self.fake_llm(), {"llm.providers.fake.limits.requests_per_minute": 1,
                                                               "llm.providers.fake.limits.queue_timeout": 5})
        chat = await self.connect(server)
        await chat.ask(fake(text="the only one"))

        refused = await chat.ask(fake(text="never"))

        self.assertEqual(refused.error["type"], "rate_limited")
        self.assertGreater(refused.error["retry_after_ms"], 40_000)

    async def test_a_provider_that_asks_for_quiet_gets_it_from_everybody(self):
        model = await self.fake_llm({"status": 429, "retry_after": "1", "error": "slow down"}, otherwise={"text": "here"})
        server = await self.serve_with(model)
        clients = [await self.connect(server) for _ in range(20)]
        first = await clients[0].chat("hello")
        await eventually(lambda: first.activities("retrying"), "the provider has refused")

        answers = await asyncio.gather(*(client.ask("hello") for client in clients))

        self.assertEqual({answer.text for answer in answers}, {"here"})
        self.assertEqual((await server.health())["models"][0]["rate_limited"], 1)

    async def test_new_limits_hold_without_a_restart(self):
        settings = {"llm.providers.fake.limits.concurrent_requests": 1}
        model = await self.fake_llm()
        server = await self.serve_with(model, settings)
        written = json.loads((self.folder / "config.yaml").read_text())
        written["llm"]["providers"]["fake"]["limits"]["concurrent_requests"] = 10
        (self.folder / "config.yaml").write_text(json.dumps(written))
        await server.logged("configuration.applied")
        chat = await self.connect(server)

        requests = [await chat.chat(fake(text="done", first_delay_ms=50)) for _ in range(4)]
        for request in requests:
            await request.end()
            self.assertEqual(request.activities("queued"), [])


class Fallbacks(EndToEnd):
    async def test_an_outage_is_absorbed_and_the_breaker_keeps_the_rest_away(self):
        down = await self.fake_llm(otherwise={"status": 503, "error": "out of order"})
        up = await self.fake_llm(otherwise={"text": "I am here"})
        server = await self.serve_with(down, {"llm.fallbacks": ["spare"],
                                              "llm.providers.fake.http_client.max_retries": 0,
                                              "llm.providers.spare.base_url": up.base_url,
                                              "llm.providers.spare.model": "other",
                                              "llm.providers.spare.api_key": "sk-spare-key-000000"})
        clients = [await self.connect(server) for _ in range(30)]

        answers = []
        for client in clients:
            answers.append(await client.ask("hello"))

        self.assertEqual({answer.text for answer in answers}, {"I am here"})
        (notice,) = answers[0].activities("fallback")
        self.assertEqual((notice["metadata"]["provider"], notice["metadata"]["model"]), ("spare", "other"))
        self.assertEqual(answers[0].metadata["provider"], "spare")
        self.assertLess(len(await down.requests()), 10)
        states = {lane["provider"]: lane["breaker"] for lane in (await server.health())["models"]}
        self.assertIn(states["fake"], ("open", "half_open"))


    async def test_an_answer_is_gone_on_with_by_another_provider_on_another_wire(self):
        breaks = await self.fake_llm({"text": "once upon a time there", "cut_after": 4},
                                     otherwise={"status": 503, "error": "gone"})
        goes_on = await self.fake_llm(otherwise={"text": "a time there was a king", "reasoning": "where were we"})
        server = await self.serve_with(breaks, {"llm.resume_partial": True, "llm.fallbacks": ["spare"],
                                                "llm.providers.spare.api": "anthropic",
                                                "llm.providers.spare.base_url": goes_on.base_url,
                                                "llm.providers.spare.model": "claude-sonnet-5-5",
                                                "llm.providers.spare.api_key": "sk-spare-key-000000"})

        answer = await (await self.connect(server)).ask("a story")

        self.assertEqual(answer.text, "once upon a time there was a king")
        self.assertEqual((answer.metadata["provider"], answer.metadata["resumed"]), ("spare", 1))


class BadDay(EndToEnd):
    """A provider that misbehaves on a schedule while a hundred people chat with it, and one that does not."""

    SCHEDULE = [
        {"requests": [1, 24], "answer": {"status": 503, "error": "out of order"}},
        {"requests": [10, 10], "every": 25, "answer": {"first_delay_ms": 300}},
        {"requests": [15, 15], "every": 25, "answer": {"cut_after": 3}},
        {"requests": [18, 18], "every": 25, "answer": {"cut_after": 0}},
        {"requests": [20, 20], "every": 25, "answer": {"garbage_after": 2}},
        {"requests": [22, 22], "every": 25, "answer": {"error_after": 1}},
        {"requests": [24, 24], "every": 25, "answer": {"content_type": "text/html"}},
        {"requests": [60, 75], "share": 0.5, "answer": {"status": 429, "error": "slow down", "headers": {
            "retry-after-ms": "200", "x-ratelimit-limit-requests": "100000", "x-ratelimit-remaining-requests": "0",
            "x-ratelimit-reset-requests": "200ms"}}},
    ]
    PRICE = {"input": 2, "output": 8}
    CLIENTS, QUESTIONS = 100, 3

    async def asyncSetUp(self):
        await super().asyncSetUp()
        slowly = {"text": "one two three four five six", "chunk_delay_ms": 20}
        bad = await self.fake_llm(otherwise=slowly, schedule=self.SCHEDULE)
        good = await self.fake_llm(otherwise=slowly)
        settings = {"llm.resume_partial": True, "llm.fallbacks": ["spare"], "llm.fallback_patience": 1,
                    "llm.budget.per_day": 1000,
                    "llm.providers.fake.circuit_breaker.rest": 0.2, "llm.providers.fake.circuit_breaker.max_rest": 0.4,
                    "llm.providers.fake.limits.concurrent_requests": 20,
                    "llm.providers.spare.limits.concurrent_requests": 5,
                    "llm.providers.spare.base_url": good.base_url, "llm.providers.spare.model": "other",
                    "llm.providers.spare.api_key": "sk-spare-key-000000"}
        for name in ("fake", "spare"):
            settings |= {f"llm.providers.{name}.prices.{kind}": price for kind, price in self.PRICE.items()}
            settings |= {f"llm.providers.{name}.limits.queue_timeout": 60,
                         f"llm.providers.{name}.limits.per_client.max_waiting": 1000}
        self.bad = bad
        self.server = await self.serve_with(bad, settings)

    async def test_every_turn_ends_and_every_cent_is_accounted_for(self):
        clients = [await self.connect(self.server) for _ in range(self.CLIENTS)]

        async def talk(client):
            return [await client.ask(f"question {number}") for number in range(self.QUESTIONS)]

        turns = [turn for of_one in await asyncio.gather(*map(talk, clients)) for turn in of_one]

        self.assertEqual(len(turns), self.CLIENTS * self.QUESTIONS)
        for turn in turns:
            self.assertIn(turn.last["status"], ("complete", "error"))
            if turn.last["status"] == "error":
                self.assertTrue(turn.error["message"])
        answered = [turn for turn in turns if turn.last["status"] == "complete"]
        self.assertGreater(len(answered), 0.9 * len(turns))
        self.assertEqual({turn.text for turn in answered}, {"one two three four five six"})
        self.assertTrue(any(turn.activities("fallback") for turn in turns), "the other provider was asked")
        self.assertEqual({turn.metadata["provider"] for turn in answered}, {"fake", "spare"}, "the first one came back")
        await self.check_breaker_opened()
        await self.check_money(answered if len(answered) == len(turns) else None)

    async def check_breaker_opened(self):
        opened = 'convoke_llm_breaker_opened{provider="fake",model="scripted"}'
        self.assertGreaterEqual(await self.server.metric(opened), 1)

    async def check_money(self, turns):
        """What the budget has is what the calls cost, to the picodollar, and nothing is reserved any more."""
        (budget,) = (await self.server.health())["budgets"]
        self.assertEqual(budget["reserved"], "0")
        await self.server.terminate()
        calls = self.query_database("SELECT input_tokens, output_tokens, cost FROM model_calls")
        for input_tokens, output_tokens, cost in calls:
            self.assertEqual(cost, (input_tokens * self.PRICE["input"] + output_tokens * self.PRICE["output"]) * 10**6)
        spent = sum(cost for _, _, cost in calls)
        self.assertEqual(Decimal(budget["day"]["spent"]) * 10**12, spent)
        if turns is not None:  # what a turn that failed has cost is told nowhere but in the ledger
            self.assertEqual(sum(Decimal(turn.metadata["cost"]) for turn in turns) * 10**12, spent)
        self.assertEqual(self.query_database("SELECT count(*) FROM open_calls"), [(0,)])


class Budgets(EndToEnd):
    SETTINGS = {"llm.providers.fake.prices.input": 1, "llm.providers.fake.prices.output": 1_000,
                "llm.providers.fake.max_tokens": 100, "llm.providers.fake.budget.per_day": 0.5,
                "llm.providers.fake.http_client.max_retries": 0}

    async def test_what_was_spent_survives_a_kill_in_the_middle_of_spending(self):
        model = await self.fake_llm()
        server = await self.serve_with(model, self.SETTINGS)
        chat = await self.connect(server)
        for _ in range(3):
            await chat.chat(fake(text="never", stall_after=0))  # each may cost 10 cents, and is under way
        await eventually(lambda: self.open_calls() == 3, "three calls are under way")
        server.expected_exit = None
        await server.kill()

        server = await self.serve_with(model, self.SETTINGS)

        (budget,) = (await server.health())["budgets"]
        self.assertGreaterEqual(float(budget["day"]["spent"]), 0.3)
        chat = await self.connect(server)
        held = [await chat.chat(fake(text="more", stall_after=0)) for _ in range(3)]
        await eventually(lambda: any(request.activities("queued") for request in held), "one waits for the money")

    async def test_killed_again_and_again_it_forgets_no_call_that_was_made(self):
        model = await self.fake_llm(otherwise={"text": "one two three four five six", "chunk_delay_ms": 10})
        settings = self.SETTINGS | {"llm.providers.fake.budget.per_day": 1000, "llm.budget.per_day": 1000}
        server = await self.serve_with(model, settings)
        for answers in (1, 20, 35):
            talking = await self.talk_until(server, answers)
            server.expected_exit = None
            await server.kill()
            for task in talking:
                task.cancel()
            await asyncio.gather(*talking, return_exceptions=True)
            recorded = self.query_database("SELECT (SELECT count(*) FROM model_calls) + (SELECT count(*) FROM open_calls)")[0][0]
            asked = (await get(model.port, "/requests")).json()["count"]

            server = await self.serve_with(model, settings)

            self.assertGreaterEqual(recorded, asked)
            self.assertEqual(self.open_calls(), 0)
            calls = self.query_database("SELECT input_tokens, output_tokens, cost, cost_source FROM model_calls")
            for input_tokens, output_tokens, cost, source in calls:
                if source != "reserved":
                    self.assertEqual(cost, (input_tokens + 1_000 * output_tokens) * 10**6)
            spent = {Decimal(budget["day"]["spent"]) * 10**12 for budget in (await server.health())["budgets"]}
            self.assertEqual(spent, {sum(cost for _, _, cost, _ in calls)})

    async def talk_until(self, server, answers: int) -> list[asyncio.Task]:
        """Lets ten people ask one question after the other, until so many answers have come."""
        done = 0

        async def talk(chat):
            nonlocal done
            while True:
                await chat.ask("hello")
                done += 1

        talking = [asyncio.create_task(talk(await self.connect(server))) for _ in range(10)]
        await eventually(lambda: done >= answers, f"{answers} answers have come")
        return talking

    async def test_the_budget_of_a_provider_without_a_key_survives_a_restart(self):
        model = await self.fake_llm()
        settings = self.SETTINGS | {"llm.active": "fake", "llm.providers.fake.base_url": model.base_url,
                                    "llm.providers.fake.model": "scripted",
                                    "llm.providers.fake.budget.per_key.per_day": 0.5}
        server = await self.serve(settings, servers={})
        await (await self.connect(server)).ask("hello")
        before = (await server.health())["budgets"]
        await server.terminate()

        after = (await (await self.serve(settings, servers={})).health())["budgets"]

        self.assertEqual({(budget["scope"], budget["name"]) for budget in after}, {("provider", "fake"), ("key", "fake")})
        self.assertEqual(after, before)

    def open_calls(self) -> int:
        return self.query_database("SELECT COUNT(*) FROM open_calls")[0][0]

    async def test_a_budget_that_is_used_up_is_said_to_be(self):
        server = await self.serve_with(await self.fake_llm(), self.SETTINGS | {"llm.providers.fake.budget.per_day": 0.1005})
        chat = await self.connect(server)
        await chat.ask(fake(text=" ".join(["word"] * 50)))

        refused = await chat.ask("hello")

        self.assertEqual(refused.error["type"], "exhausted")
        self.assertIn("budget of this provider for this day is used up", refused.error["message"])
        told = await server.logged("budget.used_up")
        self.assertEqual((told["budget"], told["period"], told["limit"]), ("provider fake", "day", "0.1005"))

    async def test_a_provider_that_ignores_max_tokens_is_stopped(self):
        server = await self.serve_with(await self.fake_llm(), self.SETTINGS | {"llm.providers.fake.max_tokens": 20})
        chat = await self.connect(server)

        answer = await chat.ask(fake(text=" ".join(["word"] * 20_000)))

        self.assertEqual(answer.metadata["finish_reason"], "length")
        self.assertLess(answer.metadata["usage"]["output_tokens"], 1_000)
        self.assertLess(len(answer.text), 5_000)
        told = await server.logged("llm.max_tokens_ignored")
        self.assertEqual((told["provider"], told["model"], told["max_tokens"]), ("fake", "scripted", 20))
        (budget,) = (await server.health())["budgets"]
        self.assertEqual(Decimal(budget["day"]["spent"]), Decimal(answer.metadata["cost"]))

    async def test_failed_calls_that_used_nothing_make_no_unknown_cost_known(self):
        failing = await self.fake_llm(otherwise={"status": 503})
        answering = await self.fake_llm(otherwise={"text": "here"})
        server = await self.serve_with(failing, {"llm.fallbacks": ["other"], "llm.providers.other.model": "scripted",
                                                 "llm.providers.other.base_url": answering.base_url})
        chat = await self.connect(server)

        answer = await chat.ask("hello")

        self.assertEqual(answer.text, "here")
        self.assertEqual((answer.metadata["cost"], answer.metadata["cost_known"]), (None, False))
        self.assertEqual(self.query_database("SELECT DISTINCT cost_source FROM model_calls WHERE status = 'failed'"),
                         [("nothing",)])
