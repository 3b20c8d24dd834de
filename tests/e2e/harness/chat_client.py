"""A client of /ws/chat that holds the server to its promises: frames as the schema says, numbered without a gap."""
import asyncio
import json
import uuid

import websockets
from websockets.asyncio.client import connect

from harness.frames import is_last, violation
from harness.waiting import Changes


class Request:
    """What has come for one request."""

    def __init__(self, request_id: str, changes: Changes, after: int):
        self.id = request_id
        self.frames: list[dict] = []  # the numbered ones
        self.remarks: list[dict] = []  # those with seq 0
        self._changes = changes
        self._after = after

    def take(self, frame: dict):
        if frame["seq"] == 0:
            self.remarks.append(frame)
            return
        assert not self.has_ended, f"a frame after the last: {frame}"
        expected = self._after + len(self.frames) + 1
        assert frame["seq"] == expected, f"frame {expected} was expected: {frame}"
        self.frames.append(frame)

    @property
    def has_ended(self) -> bool:
        last = (self.frames or self.remarks)[-1:]
        return bool(last) and is_last(last[0])

    async def until(self, condition, what: str):
        """Waits until `condition(self)` is true."""
        await self._changes.until(lambda: condition(self), what)
        return self

    async def end(self):
        return await self.until(lambda request: request.has_ended, f"the last frame of {self.id}, after {self.frames}")

    async def words(self, count: int):
        """Waits until so many words of the answer have come."""
        return await self.until(lambda request: len(request.text.split()) >= count, f"{count} words of {self.id}")

    @property
    def last(self) -> dict:
        return (self.frames or self.remarks)[-1]

    @property
    def seq(self) -> int:
        """The number of the newest frame."""
        return self._after + len(self.frames)

    @property
    def text(self) -> str:
        return self._joined("text")

    @property
    def reasoning(self) -> str:
        return self._joined("reasoning")

    def _joined(self, kind: str) -> str:
        return "".join(chunk["data"] for chunk in self.chunks if chunk["type"] == kind)

    @property
    def chunks(self) -> list[dict]:
        return [frame["chunk"] for frame in self.frames if frame["status"] == "chunk"]

    def activities(self, kind: str) -> list[dict]:
        """The `processing` frames that tell about tools and retries."""
        chunks = [frame.get("chunk") for frame in self.frames if frame["status"] == "processing"]
        return [chunk for chunk in chunks if chunk and chunk["type"] == kind]

    @property
    def inputs(self) -> list[dict]:
        """The questions to the user, open or not."""
        return [frame["input"] for frame in self.frames if frame["status"] == "input_required"]

    async def next_input(self, number: int = 1) -> dict:
        """Waits for the question with this number, counted from 1."""
        await self.until(lambda request: len(request.inputs) >= number, f"question {number} of {self.id}")
        return self.inputs[number - 1]

    @property
    def outcomes(self) -> list[str]:
        return [closed["metadata"]["outcome"] for closed in self.activities("input_closed")]

    @property
    def metadata(self) -> dict:
        """Of `complete`."""
        assert self.last["status"] == "complete", self.last
        return self.last["metadata"]

    @property
    def error(self) -> dict:
        assert self.last["status"] == "error", self.last
        return self.last["error"]

    @property
    def conversation_id(self) -> str:
        return self.frames[0]["metadata"]["conversation_id"]


class ChatClient:
    """One connection."""

    def __init__(self, socket: websockets.ClientConnection):
        self.socket = socket
        self.frames: list[dict] = []
        self.notices: list[dict] = []
        self.broken_promise: str | None = None
        self._requests: dict[str, Request] = {}
        self._changes = Changes()
        self._reader = asyncio.create_task(self._read())

    @classmethod
    async def connect(cls, url: str, **headers: str):
        named = {name.replace("_", "-").title(): value for name, value in headers.items()}
        socket = await connect(
            url, additional_headers=named, compression=None, ping_interval=None, max_size=None, proxy=None
        )
        return cls(socket)

    async def _read(self):
        try:
            async for message in self.socket:
                self._take(json.loads(message))
                self._changes.notify()
        except websockets.ConnectionClosed:
            pass
        except Exception as problem:  # told by the test case, which looks at every client it has made
            self.broken_promise = str(problem) or repr(problem)
        self._changes.notify()

    def _take(self, frame: dict):
        self.frames.append(frame)
        problem = violation(frame)
        assert not problem, problem
        if frame["status"] == "notice":
            self.notices.append(frame)
        elif request := self._requests.get(frame["request_id"]):
            request.take(frame)

    async def send(self, frame: dict | str | bytes):
        await self.socket.send(json.dumps(frame) if isinstance(frame, dict) else frame)

    def _expect(self, request_id: str, after: int = 0) -> Request:
        self._requests[request_id] = Request(request_id, self._changes, after)
        return self._requests[request_id]

    async def chat(self, text: str, request_id: str | None = None, **payload) -> Request:
        """Sends a question and does not wait for the answer."""
        request = self._expect(request_id or str(uuid.uuid4()))
        await self.send({"action": "chat", "request_id": request.id, "payload": {"text": text} | payload})
        return request

    async def ask(self, text: str, request_id: str | None = None, **payload) -> Request:
        """Sends a question and waits for the end of the answer."""
        request = await self.chat(text, request_id, **payload)
        return await request.end()

    async def resume(self, request_id: str, after: int = 0, begins_anew: bool = False, **payload) -> Request:
        """Asks for the frames after number `after`; `begins_anew`: that number means nothing there."""
        request = self._expect(request_id, 0 if begins_anew else after)
        await self.send({"action": "resume", "request_id": request_id, "payload": {"after": after} | payload})
        return request

    async def cancel(self, request_id: str, **payload):
        await self.send({"action": "cancel", "request_id": request_id, "payload": payload})

    async def answer(self, request: Request, decision: str, number: int = 1, **payload):
        """Answers a question of a turn, which may run on another connection."""
        asked = await request.next_input(number)
        payload = {"input_id": asked["input_id"], "decision": decision} | payload
        await self.send({"action": "answer", "request_id": request.id, "payload": payload})

    async def request(self, action: str, **payload) -> Request:
        """Any action that is answered with one frame."""
        request = self._expect(str(uuid.uuid4()))
        await self.send({"action": action, "request_id": request.id, "payload": payload})
        return await request.end()

    async def query(self, action: str, **payload) -> dict:
        return (await self.request(action, **payload)).last["data"]

    async def frame_where(self, condition, what: str) -> dict:
        """The first frame that `condition` holds for, now or later."""
        return await self._changes.until(lambda: next(filter(condition, self.frames), None), what)

    @property
    def is_closed(self) -> bool:
        return self._reader.done()

    async def closed(self) -> tuple[int, str]:
        """Waits until the server has closed the connection."""
        await self._changes.until(lambda: self.is_closed, "the connection is closed")
        return self.socket.close_code, self.socket.close_reason

    async def close(self):
        await self.socket.close()
        await self._reader

    def abort(self):
        """Leaves as a client does whose network is gone: without a word."""
        self.socket.transport.abort()
