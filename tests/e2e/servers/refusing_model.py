"""A model server with one script for each path: what it answers to the first request there, the second, and so on. The
last is repeated. When requests came is kept."""
import asyncio
import json
import time

ANSWER = (
    'data: {"id":"x","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":'
    '{"role":"assistant","content":"here"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
)
CUT, HANG, CUT_STREAM = "cut", "hang", "cut after the head"
FINE = (200, {}, None)


class RefusingModel:
    """`scripts`: {name: [(status, headers, body), …]}; a body may be CUT, HANG or CUT_STREAM instead, and what a header says
    a function."""

    def __init__(self, scripts: dict[str, list]):
        self.scripts = scripts
        self.times: dict[str, list[float]] = {}
        self._over = asyncio.Event()

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=1000)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_):
        self._over.set()
        self._server.close()

    def address(self, who: str, name: str) -> str:
        """Where `who` is answered after the script `name`."""
        return f"http://127.0.0.1:{self.port}/{who}/{name}/v1"

    def attempts(self, who: str, name: str) -> int:
        return len(self.times.get(f"{who}/{name}", []))

    def waits(self, who: str, name: str) -> list[float]:
        """Seconds between one attempt and the next."""
        times = self.times[f"{who}/{name}"]
        return [later - earlier for earlier, later in zip(times, times[1:])]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter):
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            length = next((int(line.split(":")[1]) for line in head.lower().split("\r\n") if line.startswith("content-length:")), 0)
            await reader.readexactly(length)
            _, who, name, *_ = head.split()[1].split("/")
            times = self.times.setdefault(f"{who}/{name}", [])
            times.append(time.monotonic())
            script = self.scripts[name]
            await self._answer(writer, *script[min(len(times), len(script)) - 1])
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answer(self, writer, status: int, headers: dict, body):
        if body == CUT:
            return
        if body == HANG:
            await self._over.wait()
            return
        is_stream = status == 200
        if body is None:
            body = ANSWER if is_stream else json.dumps({"error": {"message": f"no, {status}", "type": "x", "code": None}})
        if body == CUT_STREAM:
            body = ""
        elif is_stream:
            headers = headers | {"Content-Length": str(len(body))}
        headers = {"Content-Type": "text/event-stream" if is_stream else "application/json", "Connection": "close"} | headers
        if not is_stream:
            headers["Content-Length"] = str(len(body.encode()))
        elif "Content-Length" not in headers:
            headers["Content-Length"] = "1000"  # more than will come
        headers = {name: value() if callable(value) else value for name, value in headers.items()}
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        writer.write(f"HTTP/1.1 {status} Because\r\n{lines}\r\n{body}".encode())
        await writer.drain()
