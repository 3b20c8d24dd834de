"""What is remembered across conversations, because the user asked for it."""
import json

from harness.case import EndToEnd
from harness.waiting import eventually


def call(tool: str, **arguments) -> dict:
    return {"tool_calls": [{"name": tool, "arguments": arguments}]}


class Remembering(EndToEnd):
    async def serve_memory(self, *answers: dict):
        self.model = await self.fake_llm(*answers)
        server = await self.serve_with(self.model, {"memory.enabled": True})

        async def is_ready():
            return "remember" in [tool["name"] for tool in (await (await self.connect(server)).query("status"))["tools"]]

        await eventually(is_ready, "the tools are there")
        return server

    async def test_a_fact_is_there_in_another_conversation_after_a_restart(self):
        server = await self.serve_memory(call("remember", fact="The user's daughter is called Ada."), {"text": "I will."})
        await (await self.connect(server)).ask("remember that my daughter is called Ada", conversation_id="one")
        await server.terminate()

        server = await self.serve_memory(call("recall", query="daughter"), {"text": "Ada."})
        answer = await (await self.connect(server)).ask("what is my daughter's name?", conversation_id="two")

        self.assertEqual(answer.text, "Ada.")
        seen = (await self.model.requests())[-1]["messages"][-1]["content"]
        self.assertIn("The user's daughter is called Ada.", seen)

    async def test_the_user_lists_edits_and_deletes_what_is_remembered(self):
        server = await self.serve_memory(call("remember", fact="Likes tea.", _conversation="forged"), {"text": "ok"})
        chat = await self.connect(server)
        await chat.ask("remember that I like tea", conversation_id="one")

        fact = (await chat.query("memory.list"))["facts"][0]
        edited = await chat.query("memory.edit", id=fact["id"], text="Likes coffee.")
        await chat.query("memory.add", text="Lives in Oslo.")
        found = (await chat.query("memory.list", query="oslo"))["facts"]
        await chat.query("memory.delete", id=fact["id"])
        gone = await chat.request("memory.delete", id=fact["id"])

        self.assertEqual((fact["text"], fact["conversation_id"]), ("Likes tea.", "one"))
        self.assertEqual(edited["text"], "Likes coffee.")
        self.assertEqual([one["text"] for one in found], ["Lives in Oslo."])
        self.assertEqual(gone.error["type"], "not_found")
        kept = json.loads((self.folder / "memory.json").read_text())
        self.assertEqual([one["text"] for one in kept], ["Lives in Oslo."])
        self.assertEqual((self.folder / "memory.json").stat().st_mode & 0o077, 0)

    async def test_nothing_is_remembered_unless_it_is_switched_on(self):
        server = await self.serve_with(await self.fake_llm())
        chat = await self.connect(server)

        refused = await chat.request("memory.list")

        self.assertEqual(refused.error["type"], "denied")
        self.assertIn("memory.enabled", refused.error["message"])
        self.assertNotIn("remember", [tool["name"] for tool in (await chat.query("status"))["tools"]])
