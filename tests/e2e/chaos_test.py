"""Tool servers and the server itself are killed at random while many people ask. What is killed when comes from a seed.

    CONVOKE_CHAOS_KILLS=100 CONVOKE_CHAOS_SEED=7 ... -m unittest -v chaos_test     for longer
"""
import asyncio
import os
import random
import signal
from collections import Counter

from websockets import ConnectionClosed

from harness.chat_client import ChatClient, Request
from harness.program import BINARIES, KEEPER, Convoke, Program, age_of, descendants, name_of
from harness.waiting import eventually
from mcp_test import EVERYTHING, NODE, PYTHON, QUICK_RESTARTS, SDK_SERVER, SERVERS, Mcp, call, free_port

KILLS = int(os.environ.get("CONVOKE_CHAOS_KILLS", 8))
HOST_KILLS = max(2, KILLS // 10)
SEED = int(os.environ.get("CONVOKE_CHAOS_SEED", 1))
CLIENTS = 20

SETTINGS = QUICK_RESTARTS | {
    "mcp.connection.max_reconnect_attempts": 0,
    "mcp.connection.connection_timeout": 120,  # a machine that is busy otherwise takes long to start an interpreter
    "mcp.connection.ping_interval": 5,
}
PATIENCE = 150
# One tool of each server, by its own name, and what it answers.
TOOLS = {
    "demo": ("sum", {"a": 2, "b": 3}, "5"),
    "everything": ("echo", {"message": "hello"}, "Echo: hello"),
    "sdk": ("greet", {"name": "Ada"}, "Hello, Ada!"),
    "web": ("greet", {"name": "Ada"}, "Hello, Ada!"),
}


class Chaos(Mcp):
    """Whatever is killed, every turn ends, everything comes back, and nothing is left over."""

    async def asyncSetUp(self):
        await super().asyncSetUp()
        self.random = random.Random(SEED)
        self.port = free_port()
        self.seen: dict[int, str] = {}
        await self.start_web()

    async def start_web(self):
        self.web = await self.start_peer(PYTHON, str(SERVERS / "sdk_server.py"), "http", str(self.port))

    def servers(self) -> dict:
        # With a process that its server would leave behind.
        runaway = f"(setsid sleep 3600 &) ; exec {SDK_SERVER['command']} {SDK_SERVER['args'][0]}"
        return {
            "demo": {"command": str(BINARIES / "convoke-demo-server")},
            "everything": {"command": NODE, "args": [EVERYTHING, "stdio"]},
            "sdk": {"command": "sh", "args": ["-c", runaway]},
            "web": {"url": f"http://127.0.0.1:{self.port}/mcp"},
        }

    async def serve_all(self) -> Convoke:
        server = await self.serve_with(await self.fake_llm(), SETTINGS, servers=self.servers())
        server.expected_exit = None
        await self.all_ready(server)
        return server

    async def all_ready(self, server: Convoke):
        async def is_so():
            states = (await server.health())["mcp_servers"]
            return all(one["state"] == "ready" for one in states) and len(states) == len(TOOLS)

        await eventually(is_so, "every server is ready", PATIENCE)

    async def names(self, chat: ChatClient) -> dict[str, str]:
        """What the model calls each tool."""
        offered = (await chat.query("status"))["tools"]
        return {server: next(one["name"] for one in offered if one["server"] == server and own in one["name"])
                for server, (own, _, _) in TOOLS.items()}

    async def ask_until(self, chat: ChatClient, names: dict[str, str], is_over: asyncio.Event, dice: random.Random) -> Counter:
        """Asks one question after the other; how their turns ended."""
        ends = Counter()
        while not is_over.is_set():
            server = dice.choice(list(TOOLS))
            _, arguments, expected = TOOLS[server]
            try:
                request = await chat.chat(call(names[server], **arguments))
            except ConnectionClosed:
                break
            await request.until(lambda one: one.has_ended or chat.is_closed, "the end of a turn")
            if chat.is_closed:
                break
            ends[self.kind_of_end(request, expected)] += 1
        return ends

    def kind_of_end(self, request: Request, expected: str) -> str:
        if request.last["status"] == "error":
            self.assertTrue(request.error["message"])
            return "error"
        result = request.activities("tool_result")[0]
        if not result["metadata"]["is_error"]:
            self.assertEqual(request.text, expected)
            return "answer"
        self.assertTrue(result["data"], "a failed call says why")
        return "failed call"

    def look(self, server: Convoke):
        self.seen |= {pid: age_of(pid) for pid in descendants(server.pid)}

    async def kill_one(self, server: Convoke):
        """A tool server, what it has started, or one of those that keep it."""
        self.look(server)
        victims = sorted(server.children()) + sorted(server.keepers()) + [self.web.pid]
        victim = self.random.choice(victims)
        if victim == self.web.pid:
            await self.web.kill()
            await self.start_web()
        else:
            os.kill(victim, signal.SIGKILL)

    async def nothing_is_left(self, server: Convoke):
        def left():
            # A keeper whose watch was killed is no descendant of the server any more, and goes on.
            keepers = [pid for pid in self.seen if server.is_running and name_of(pid) == KEEPER]
            ours = set(keepers).union(descendants(server.pid), *map(descendants, keepers))
            return [pid for pid, age in self.seen.items() if age and age_of(pid) == age and pid not in ours]

        await eventually(lambda: not left(), "no process is left behind")

    def keepers(self) -> list[int]:
        return [pid for pid, age in self.seen.items() if age and age_of(pid) == age and name_of(pid) == KEEPER]

    @staticmethod
    def has_no_more_open(server: Convoke, before: Counter) -> bool:
        """Of what serves the tool servers. The store opens its file once more for each of its readers that gets work."""
        now = server.open_files()
        pooled = 3 * CLIENTS  # connections to the model and to the server over HTTP, kept for a while
        return now["socket"] <= before["socket"] + pooled and all(now[kind] <= before[kind] for kind in ("pipe", "anon_inode"))

    def check_log(self, server: Convoke):
        """A line for a change, and no line twice."""
        for name in TOOLS:
            told = [(line["event"], line.get("reason")) for event in ("server.ready", "server.down")
                    for line in server.log(event, server=name)]
            lines = [line for line in map(str, server.stderr) if f'"server":"{name}"' in line and '"server.' in line]
            self.assertLess(len(lines), 10 * (KILLS + 2), f"a storm about {name}: {told}")
        self.assertEqual(server.log("bug"), [])

    async def test_tool_servers_killed_at_random_come_back(self):
        server = await self.serve_all()
        clients = [await self.connect(server) for _ in range(CLIENTS)]
        names = await self.names(clients[0])
        await asyncio.gather(*(chat.ask(call(names["demo"], a=2, b=3)) for chat in clients))
        files = server.open_files()
        is_over = asyncio.Event()
        asking = [asyncio.create_task(self.ask_until(chat, names, is_over, random.Random(SEED + number)))
                  for number, chat in enumerate(clients)]

        for _ in range(KILLS):
            await asyncio.sleep(self.random.uniform(0, 0.5))
            await self.kill_one(server)
        is_over.set()
        ends = sum(await asyncio.gather(*asking), Counter())

        self.assertGreater(ends["answer"], 0, ends)
        self.assertEqual(ends["error"], 0, "a tool that fails is no reason for a turn to fail")
        await self.all_ready(server)
        for name, (_, arguments, expected) in TOOLS.items():
            self.assertEqual((await clients[0].ask(call(names[name], **arguments))).text, expected)
        self.look(server)
        await self.nothing_is_left(server)
        await eventually(lambda: len(self.keepers()) <= 4, "one watch, and a keeper for each of three servers")
        await eventually(lambda: self.has_no_more_open(server, files), f"no more open files than {files}")
        self.check_log(server)
        server.expected_exit = 0
        await server.terminate()
        await self.nothing_is_left(server)

    async def test_the_server_killed_at_random_leaves_nothing_and_forgets_nothing(self):
        server = await self.serve_all()
        for number in range(HOST_KILLS):
            clients = [await self.connect(server) for _ in range(CLIENTS)]
            names = await self.names(clients[0])
            first = await clients[0].ask(call(names["sdk"], name="Ada"), f"first-{number}")
            never = asyncio.Event()
            asking = [asyncio.create_task(self.ask_until(chat, names, never, random.Random(SEED + number)))
                      for chat in clients]
            await asyncio.sleep(self.random.uniform(0, 1))
            self.look(server)

            await server.kill()
            await asyncio.gather(*asking)

            await self.nothing_is_left(server)
            server = await self.start_again()
            await self.all_ready(server)
            chat = await self.connect(server)
            again = await (await chat.resume(first.id, conversation_id=first.metadata["conversation_id"])).end()
            self.assertEqual(again.text, first.text)

    async def start_again(self) -> Convoke:
        program: Program = await self.start_convoke("serve", "--port", "0")
        return await program.ready()
