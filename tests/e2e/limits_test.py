"""Limits, breakers, fallbacks and budgets, while many chat with providers that misbehave."""
import asyncio
import json

from harness.case import EndToEnd, fake
from harness.waiting import eventually


class Limits(EndToEnd):
    async def test_what_does_not_fit_waits_and_is_told_its_place(self):
        model = await self.fake_llm()
        server = await self.serve_with(model, {"llm.providers.fake.limits.concurrent_requests": 1})
        chat = await self.connect(server)

        requests = [await chat.chat(fake(text="done", first_delay_ms=100)) for _ in range(4)]
        for request in requests:
            await request.end()

        self.assertEqual([request.text for request in requests], ["done"] * 4)
        places = [notice["metadata"]["place"] for request in requests for notice in request.activities("queued")]
        self.assertEqual(places[:3], [1, 2, 3])
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

    def open_calls(self) -> int:
        return self.query_database("SELECT COUNT(*) FROM open_calls")[0][0]

    async def test_a_budget_that_is_used_up_is_said_to_be(self):
        server = await self.serve_with(await self.fake_llm(), self.SETTINGS | {"llm.providers.fake.budget.per_day": 0.1005})
        chat = await self.connect(server)
        await chat.ask(fake(text=" ".join(["word"] * 50)))

        refused = await chat.ask("hello")

        self.assertEqual(refused.error["type"], "exhausted")
        self.assertIn("budget of this provider for this day is used up", refused.error["message"])
