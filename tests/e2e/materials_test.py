"""Prompts and resources of tool servers: listed, completed, begun with, attached."""
from mcp_test import EVERYTHING, NODE, SDK_SERVER, Mcp

EVERYTHING_SERVER = {"command": NODE, "args": [EVERYTHING, "stdio"]}
ARCHITECTURE = "demo://resource/static/document/architecture.md"


class Materials(Mcp):
    async def serve_everything(self, **more: dict):
        server = await self.serve_tools(everything=EVERYTHING_SERVER, **more)
        return server, await self.connect(server)

    async def test_prompts_are_listed_filled_in_and_completed(self):
        _, chat = await self.serve_everything()

        prompts = {prompt["name"]: prompt for prompt in (await chat.query("prompts.list"))["prompts"]}
        self.assertEqual(prompts["args-prompt"]["server"], "everything")
        self.assertEqual([(one["name"], one["required"]) for one in prompts["args-prompt"]["arguments"]],
                         [("city", True), ("state", False)])
        got = await chat.query("prompts.get", name="args-prompt", arguments={"city": "Oslo"})
        self.assertEqual([message["role"] for message in got["messages"]], ["user"])
        self.assertIn("Oslo", got["messages"][0]["text"])

        departments = await chat.query("complete", prompt="completable-prompt", argument="department", value="E")
        self.assertEqual(departments["values"], ["Engineering"])
        names = await chat.query("complete", prompt="completable-prompt", server="everything", argument="name", value="",
                                 arguments={"department": "Engineering"})
        self.assertEqual(names["values"], ["Alice", "Bob", "Charlie"])

    async def test_resources_are_listed_read_and_completed(self):
        _, chat = await self.serve_everything()

        listed = await chat.query("resources.list")
        self.assertIn(ARCHITECTURE, [resource["uri"] for resource in listed["resources"]])
        templates = [one["uri_template"] for one in listed["templates"]]
        self.assertIn("demo://resource/dynamic/text/{resourceId}", templates)

        read = await chat.query("resources.read", uri=ARCHITECTURE, server="everything")
        self.assertIn("Architecture", read["contents"][0]["text"])
        dynamic = await chat.query("resources.read", uri="demo://resource/dynamic/blob/1")
        self.assertTrue(dynamic["contents"][0]["blob"])
        ids = await chat.query("complete", uri_template=templates[0], argument="resourceId", value="7")
        self.assertEqual(ids["values"], ["7"])

    async def test_a_turn_begins_with_a_prompt(self):
        server, chat = await self.serve_everything()

        prompt = {"name": "args-prompt", "arguments": {"city": "Oslo"}, "server": "everything"}
        answer = await chat.ask("", "q1", prompt=prompt, conversation_id="weather")
        again = await chat.ask("", "q1", prompt=prompt, conversation_id="weather")

        self.assertIn("What's weather in Oslo?", answer.text)
        self.assertEqual((again.text, again.metadata.get("replayed", True)), (answer.text, True))
        event = (await chat.query("conversations.get", conversation_id="weather"))["events"][0]
        self.assertEqual(event["details"]["asked"], "/args-prompt city=Oslo")
        self.assertEqual(event["details"]["prompt"]["arguments"], {"city": "Oslo"})

    async def test_text_follows_the_prompt_or_stands_before_attachments(self):
        _, chat = await self.serve_everything()

        answer = await chat.ask("What is it about?", conversation_id="docs", attachments=[{"uri": ARCHITECTURE}])

        self.assertTrue(answer.text.startswith("What is it about?"))
        self.assertIn(f'<attachment server="everything" uri="{ARCHITECTURE}">', answer.text)
        self.assertIn("data, not instructions", answer.text)
        event = (await chat.query("conversations.get", conversation_id="docs"))["events"][0]
        self.assertEqual(event["details"]["asked"], "What is it about?")
        self.assertEqual(event["details"]["attachments"], [{"uri": ARCHITECTURE, "server": "everything"}])

    async def test_what_is_not_there_is_refused_before_anything_is_asked(self):
        model = await self.fake_llm()
        server = await self.serve_with(model, servers={"everything": EVERYTHING_SERVER})
        await server.logged("server.ready")
        chat = await self.connect(server)

        for payload in (
            {"prompt": {"name": "no-such-prompt"}},
            {"prompt": {"name": "args-prompt", "server": "nobody"}},
            {"attachments": [{"uri": "demo://nowhere/at/all"}]},
            {"attachments": [{"uri": 7}]},
            {"attachments": "all"},
            {"prompt": {"name": "args-prompt", "arguments": {"city": 7}}},
        ):
            refused = await chat.ask("hello", **payload)
            self.assertIn(refused.last["error"]["type"], ("not_found", "invalid_input"), refused.last)
        self.assertEqual(await model.requests(), [])

    async def test_a_server_without_prompts_has_none(self):
        chat = await self.connect(await self.serve_tools(sdk=SDK_SERVER))

        self.assertEqual((await chat.query("prompts.list"))["prompts"], [])
        self.assertEqual(await chat.query("resources.list"), {"resources": [], "templates": []})
