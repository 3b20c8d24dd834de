"""Configuration files that change while the server runs, as docs/operations.md tells it."""
import json

from harness.case import EndToEnd, fake, nested
from harness.program import Convoke
from harness.waiting import eventually
from mcp_test import SDK_SERVER, call


class Reload(EndToEnd):
    async def change(self, **settings):
        """Writes config.yaml anew, as an editor does: a file beside it that takes its place."""
        beside = self.folder / "config.yaml.new"
        beside.write_text(json.dumps(nested(self.settings | settings)))
        beside.rename(self.folder / "config.yaml")

    async def serve_model(self, **settings) -> Convoke:
        self.model = await self.fake_llm()
        self.settings = {
            "llm.active": "fake",
            "llm.providers.fake.base_url": self.model.base_url,
            "llm.providers.fake.model": "echo",
            "mcp.approvals.default": "allow",  # nobody is there to ask
        }
        return await self.serve(self.settings | settings, servers={})

    async def test_new_questions_use_a_changed_model_on_the_same_connection(self):
        server = await self.serve_model()
        chat = await self.connect(server)
        self.assertEqual((await chat.ask("hello")).metadata["model"], "echo")

        await self.change(**{"llm.providers.fake.model": "fixed:3"})
        await server.logged("configuration.applied")

        answer = await chat.ask("hello again")
        self.assertEqual((answer.text, answer.metadata["model"]), ("word1 word2 word3", "fixed:3"))

    async def test_a_running_answer_ends_as_it_began(self):
        server = await self.serve_model(**{"llm.providers.fake.model": "scripted"})
        chat = await self.connect(server)
        request = await chat.chat(fake(text="one two three four five", chunk_delay_ms=100))
        await request.words(1)

        await self.change(**{"llm.providers.fake.model": "fixed:3"})
        await server.logged("configuration.applied")

        self.assertEqual((await request.end()).text, "one two three four five")

    async def test_a_change_with_a_problem_is_refused_as_a_whole(self):
        server = await self.serve_model()
        chat = await self.connect(server)

        await self.change(**{"llm.providers.fake.model": "fixed:3", "chat.service.max_tool_hops": "many"})
        refused = await server.logged("configuration.refused")

        self.assertIn("chat.service.max_tool_hops", refused["problem"])
        self.assertEqual((await chat.ask("hello")).metadata["model"], "echo")

    async def test_what_needs_a_restart_is_named(self):
        server = await self.serve_model()

        await self.change(**{"server.threads": 1, "chat.service.repository.path": "other.db"})
        await server.logged("configuration.applied")

        named = [line["setting"] for line in server.log("configuration.needs_restart")]
        self.assertIn("server.threads", named)
        self.assertIn("chat.service.repository", " ".join(named))
        self.assertFalse((self.folder / "other.db").exists())

    async def test_servers_come_and_go_with_their_file(self):
        server = await self.serve_model(**{"llm.providers.fake.model": "scripted"})
        chat = await self.connect(server)
        file = self.folder / "servers_config.json"

        file.write_text(json.dumps({"mcpServers": {"sdk": SDK_SERVER}}))
        await server.logged("server.ready", server="sdk")
        self.assertEqual((await chat.ask(call("greet", name="Ada"))).text, "Hello, Ada!")

        file.write_text(json.dumps({"mcpServers": {}}))
        await eventually(lambda: len(server.log("configuration.applied")) == 2, "both changes are applied")
        self.assertIn("there is no tool", (await chat.ask(call("greet", name="Ada"))).text)
