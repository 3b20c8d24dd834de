"""Approvals: tools that are called only once their user agrees."""
import json

from harness.program import Convoke
from harness.waiting import eventually
from mcp_test import PYTHON, SDK_SERVER, SERVERS, Mcp, call

ASK = {"mcp.approvals.default": "hints"}


class Approvals(Mcp):
    async def serve_asking(self, settings: dict | None = None, **server: str) -> Convoke:
        return await self.serve_tools(ASK | (settings or {}), sdk=SDK_SERVER | server)

    async def test_a_call_waits_until_it_is_approved(self):
        chat = await self.connect(await self.serve_asking())
        request = await chat.chat(call("greet", name="Ada"))

        asked = await request.next_input()
        await chat.answer(request, "accept")

        self.assertEqual((asked["kind"], asked["server"], asked["tool"]), ("approval", "sdk", "greet"))
        self.assertEqual(asked["arguments"], {"name": "Ada"})
        self.assertEqual((await request.end()).text, "Hello, Ada!")
        self.assertEqual(request.outcomes, ["accepted"])

    async def test_arguments_can_be_changed(self):
        chat = await self.connect(await self.serve_asking())
        request = await chat.chat(call("greet", name="Ada"))

        await chat.answer(request, "accept", arguments={"name": "Grace"})

        self.assertIn("Hello, Grace!", (await request.end()).text)
        self.assertIn('The user changed the arguments to {"name":"Grace"}', request.text)
        event = next(one for one in (await chat.query("conversations.get", conversation_id=request.metadata["conversation_id"]))["events"]
                     if one["type"] == "tool_call")
        self.assertEqual((event["parts"][0]["arguments"], event["details"]["approved_by"]), ('{"name":"Grace"}', "user"))

    async def test_a_declined_call_is_not_made_and_the_model_is_told(self):
        chat = await self.connect(await self.serve_asking())
        request = await chat.chat(call("die"))

        await chat.answer(request, "decline")

        self.assertIn("The user declined this call.", (await request.end()).text)
        self.assertEqual(request.activities("tool_execution"), [])
        self.assertTrue(request.activities("tool_result")[0]["metadata"]["is_error"])

    async def test_silence_is_a_no(self):
        chat = await self.connect(await self.serve_asking({"mcp.approvals.timeout": 0.2}))

        request = await chat.ask(call("greet", name="Ada"))

        self.assertEqual((request.outcomes, request.inputs[0]["expires_in_ms"]), (["expired"], 200))
        self.assertIn("nobody answered in time", request.text)

    async def test_an_approval_can_hold_for_the_conversation(self):
        server = await self.serve_asking()
        chat, other = await self.connect(server), await self.connect(server)
        first = await chat.chat(call("greet", name="Ada"))
        await chat.answer(first, "accept", remember=True)
        await first.end()

        again = await chat.ask(call("greet", name="Grace"))
        elsewhere = await other.chat(call("greet", name="Eve"))

        self.assertEqual((again.inputs, again.text), ([], "Hello, Grace!"))
        await other.answer(elsewhere, "decline")
        await elsewhere.end()

    async def test_what_was_allowed_is_listed_and_can_be_taken_back(self):
        chat = await self.connect(await self.serve_asking())
        first = await chat.chat(call("greet", name="Ada"))
        await chat.answer(first, "accept", remember=True)
        conversation = (await first.end()).metadata["conversation_id"]

        allowed = (await chat.query("approvals.list"))["approvals"]
        self.assertEqual(allowed, [{"server": "sdk", "tool": "greet", "conversation_id": conversation}])
        elsewhere = await chat.query("approvals.forget", server="sdk", tool="greet", conversation_id="c_elsewhere")
        self.assertEqual(elsewhere["forgotten"], 0)
        self.assertEqual((await chat.query("approvals.forget", server="s*"))["forgotten"], 1)

        self.assertEqual((await chat.query("approvals.list"))["approvals"], [])
        self.assertEqual(json.loads((self.folder / "approvals.json").read_text()), [])
        again = await chat.chat(call("greet", name="Grace"))
        await chat.answer(again, "decline")
        await again.end()

    async def test_a_changed_definition_is_asked_about_again(self):
        changing = {"command": PYTHON, "args": [str(SERVERS / "changing_server.py")]}
        chat = await self.connect(await self.serve_tools(ASK, changing=changing))
        first = await chat.chat(call("act"))
        await chat.answer(first, "accept", remember=True)
        await first.end()

        async def has_changed():
            return "1 times" in (await chat.query("status"))["tools"][0]["description"]

        await eventually(has_changed, "the new definition is known")
        second = await chat.chat(call("act"))
        asked = await second.next_input()
        await chat.answer(second, "decline")
        await second.end()

        self.assertTrue(asked["changed"])
        self.assertIn("has changed since you approved it", asked["message"])

    async def test_a_question_survives_a_lost_connection_and_anyone_may_answer(self):
        server = await self.serve_asking({"server.threads": 2})
        lost = await self.connect(server)
        conversation = "a-conversation-of-two"
        request = await lost.chat(call("greet", name="Ada"), "q1", conversation_id=conversation)
        await request.next_input()
        lost.abort()

        chat, other = await self.connect(server), await self.connect(server)
        resumed = await chat.resume("q1", conversation_id=conversation)
        await resumed.next_input()
        await other.answer(resumed, "accept", conversation_id=conversation)

        self.assertEqual((await resumed.end()).text, "Hello, Ada!")
        shown_later = await (await other.resume("q1", conversation_id=conversation)).end()
        self.assertEqual(shown_later.outcomes, ["accepted"])

    async def test_cancelling_the_turn_withdraws_its_questions(self):
        chat = await self.connect(await self.serve_asking())
        request = await chat.chat(call("greet", name="Ada"), "q1")
        await request.next_input()

        await chat.cancel("q1")

        self.assertEqual((await request.end()).metadata["finish_reason"], "cancelled")
        self.assertEqual(request.outcomes, ["withdrawn"])
        await chat.answer(request, "accept")
        refused = await chat.frame_where(lambda frame: frame["status"] == "error", "the refusal")
        self.assertEqual(refused["error"]["type"], "not_found")
        self.assertEqual(refused["metadata"]["input_id"], request.inputs[0]["input_id"])

    async def test_an_answer_that_makes_no_sense_leaves_the_question_open(self):
        chat = await self.connect(await self.serve_asking())
        request = await chat.chat(call("greet", name="Ada"), "q1")
        asked = await request.next_input()

        for payload in ({}, {"input_id": asked["input_id"], "decision": "perhaps"}, {"input_id": "i_x", "decision": "accept"},
                        {"input_id": asked["input_id"], "decision": "accept", "arguments": [1]}):
            await chat.send({"action": "answer", "request_id": "q1", "payload": payload})
        await request.until(lambda one: len(one.remarks) == 4, "four refusals")
        await chat.answer(request, "accept")

        self.assertEqual((await request.end()).text, "Hello, Ada!")

    async def test_rules_and_auto_approve_decide_without_a_question(self):
        settings = {"mcp.approvals.default": "ask", "mcp.approvals.rules": ["deny */comp*", "ask sdk/die"]}
        server = await self.serve_tools(settings, sdk=SDK_SERVER | {"autoApprove": ["gr*", "die", "complain"]})
        chat = await self.connect(server)

        allowed = await chat.ask(call("greet", name="Ada"))
        denied = await chat.ask(call("complain"))
        asked = await chat.chat(call("die"))
        await chat.answer(asked, "decline")
        await asked.end()

        self.assertEqual((allowed.inputs, allowed.text), ([], "Hello, Ada!"))
        self.assertIn("The configuration does not allow the tool complain", denied.text)

    async def test_a_read_only_tool_runs_unasked(self):
        server = await self.serve()  # the demo server and model
        await server.logged("server.ready", server="demo")

        answer = await (await self.connect(server)).ask("add 2 and 3")

        self.assertEqual(answer.inputs, [])
        self.assertIn("5", answer.text)

    async def test_a_rule_that_is_none_is_reported_with_its_line(self):
        (self.folder / "config.yaml").write_text(json.dumps({"mcp": {"approvals": {"rules": ["perhaps files"]}}}))

        checked = await self.run_convoke("serve", "--validate-only")

        self.assertEqual(checked.process.returncode, 2)
        self.assertIn("mcp.approvals.rules is \"perhaps files\"", "\n".join(checked.stderr))
