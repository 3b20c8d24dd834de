"""When a provider refuses, Convoke asks again as the official `openai` clients do: as often, and as late."""
import asyncio
import email.utils
import json
import time

from harness.case import EndToEnd
from harness.program import SOURCE, TEST_TOOLS, Program, clean_environment
from servers.refusing_model import CUT, CUT_STREAM, FINE, HANG, RefusingModel

CLIENTS = SOURCE / "tests/e2e/clients"


def refusal(status: int, **headers):
    return status, {name.replace("_", "-"): value for name, value in headers.items()}, None


def said(status: int, **error):
    return status, {}, json.dumps({"error": {"message": "no", "type": None, "code": None} | error})


class Retries(EndToEnd):
    """Each subject is a script of refusals, and how often it is asked: by the official clients, and by Convoke."""

    ALIKE = {  # by all three the same
        **{f"status-{status}": ([refusal(status)], 3) for status in (408, 409, 429, 500, 502, 503, 504, 529)},
        **{f"status-{status}": ([refusal(status)], 1) for status in (400, 401, 403, 404, 413, 422)},
        "told-to-retry": ([refusal(400, x_should_retry="true")], 3),
        "told-not-to-retry-500": ([refusal(500, x_should_retry="false")], 1),
        "told-not-to-retry-429": ([refusal(429, x_should_retry="false", retry_after="0.1")], 1),
        "told-nonsense": ([refusal(500, x_should_retry="maybe")], 3),
        "cut-before-the-head": ([(0, {}, CUT)], 3),
        "comes-back": ([refusal(503), FINE], 2),
        "comes-back-after-a-cut": ([(0, {}, CUT), FINE], 2),
        "wait-in-ms": ([refusal(429, retry_after_ms="300.5"), FINE], 2),
        "wait-in-seconds": ([refusal(503, retry_after="0.3"), FINE], 2),
        "ms-before-seconds": ([refusal(429, retry_after_ms="300", retry_after="30"), FINE], 2),
        "nonsense-to-wait": ([refusal(429, retry_after="-3"), FINE], 2),
    }
    OURS = {  # (of the official clients, of ours); docs/providers.md says why
        "no-money": ([said(429, type="insufficient_quota", code="insufficient_quota")], 3, 1),
        "larger-than-a-minute": ([said(429, message="Request too large for m on tokens per min (TPM): Limit 100, Requested 200.")], 3, 1),
        "too-early": ([refusal(425), FINE], 1, 2),
        "no-capacity": ([refusal(498), FINE], 1, 2),
        "cut-before-the-first-word": ([(200, {}, CUT_STREAM), FINE], 1, 2),
        "error-before-the-first-word": ([(200, {}, 'data: {"error":{"message":"overloaded","code":503}}\n\n'), FINE], 1, 2),
    }
    READ_TIMEOUT = 3600

    async def compare(self, scripts: dict, settings: dict | None = None, read_timeout: float = READ_TIMEOUT) -> RefusingModel:
        """Lets all three ask after all scripts."""
        async with RefusingModel(scripts) as model:
            providers = {}
            for name in scripts:
                entry = {"base_url": model.address("ours", name), "model": "m", "api_key": "none"}
                providers |= {f"llm.providers.{name}.{key}": value for key, value in entry.items()}
                providers |= {f"llm.providers.{name}.{key}": value for key, value in (settings or {}).items()}
            server = await self.serve({"llm.active": next(iter(scripts))} | providers, servers={})
            self.answers = {}

            async def ask(name):
                self.answers[name] = await (await self.connect(server)).ask("hello", model=name)

            await asyncio.gather(
                *map(ask, scripts),
                self.official(model, "python", [TEST_TOOLS / "python/bin/python", CLIENTS / "openai_client.py"], read_timeout),
                self.official(model, "node", [TEST_TOOLS / "python/bin/node", CLIENTS / "openai_client.mjs"], read_timeout))
        return model

    async def official(self, model: RefusingModel, who: str, command: list, read_timeout: float):
        addresses = [model.address(who, name) for name in model.scripts]
        environment = clean_environment(self.folder, NODE_MODULES=str(TEST_TOOLS / "node_modules"))
        client = self.keep(await Program.start(*command, read_timeout, *addresses, cwd=self.folder, environment=environment))
        self.assertEqual(await client.ended(), 0, client.stderr)

    async def test_as_often_as_the_official_clients(self):
        model = await self.compare({name: script for name, (script, _) in self.ALIKE.items()})

        for name, (_, expected) in self.ALIKE.items():
            with self.subTest(name):
                attempts = {who: model.attempts(who, name) for who in ("python", "node", "ours")}
                self.assertEqual(attempts, {"python": expected, "node": expected, "ours": expected})

    async def test_what_is_done_otherwise_on_purpose(self):
        model = await self.compare({name: script for name, (script, _, _) in self.OURS.items()})

        for name, (_, theirs, ours) in self.OURS.items():
            with self.subTest(name):
                attempts = {who: model.attempts(who, name) for who in ("python", "node", "ours")}
                self.assertEqual(attempts, {"python": theirs, "node": theirs, "ours": ours})

    async def test_as_late_as_the_official_clients(self):
        """What a wait is at least is the same for all; what it is at most is in what Convoke says it waits."""
        def date():
            return email.utils.formatdate(time.time() + 3, usegmt=True)

        scripts = {"unsaid": [refusal(503)], "unsaid-limit": [refusal(429)], "ms": [refusal(429, retry_after_ms="700")],
                   "seconds": [refusal(503, retry_after="0.8")], "date": [refusal(429, retry_after=date), FINE],
                   "zero": [refusal(503, retry_after="0"), FINE]}
        expected = {"unsaid": [(375, 500), (750, 1000)], "unsaid-limit": [(375, 500), (750, 1000)], "ms": [(700, 700)] * 2,
                    "seconds": [(800, 800)] * 2, "date": [(1, 3_000)], "zero": [(375, 500)]}

        model = await self.compare(scripts)

        for name, ranges in expected.items():
            told = [notice["metadata"]["wait_ms"] for notice in self.answers[name].activities("retrying")]
            with self.subTest(name, told=told):
                self.assertEqual([low <= wait <= high for wait, (low, high) in zip(told, ranges, strict=True)], [True] * len(told))
                theirs = ("python",) if name == "zero" else ("python", "node")  # node asks again at once
                for who in (*theirs, "ours"):
                    waited = model.waits(who, name)
                    least = [low / 1000 - 0.01 for low, _ in ranges]
                    self.assertEqual([wait >= low for wait, low in zip(waited, least, strict=True)], [True] * len(waited), waited)

    async def test_a_server_that_says_nothing_is_asked_again_as_often(self):
        model = await self.compare({"silent": [(0, {}, HANG)]}, {"http_client.read_timeout": 1}, read_timeout=1)

        self.assertEqual({who: model.attempts(who, "silent") for who in ("python", "node", "ours")},
                         {"python": 3, "node": 3, "ours": 3})

    async def test_a_wait_of_more_than_two_minutes_is_not_waited_for(self):
        async with RefusingModel({"long": [refusal(429, retry_after="121"), FINE]}) as model:
            server = await self.serve_with(model.address("ours", "long"))

            answer = await (await self.connect(server)).ask("hello")
            await self.official(model, "python", [TEST_TOOLS / "python/bin/python", CLIENTS / "openai_client.py"], 60)

            self.assertEqual((answer.error["type"], model.attempts("ours", "long")), ("rate_limited", 1))
            self.assertEqual(model.attempts("python", "long"), 1)
