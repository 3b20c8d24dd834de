"""One HTTP request, with exactly the headers the test wants."""
import asyncio
import json
from dataclasses import dataclass

from harness.waiting import PATIENCE


@dataclass
class Response:
    status: int
    headers: dict[str, str]  # names in lower case
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    def json(self):
        return json.loads(self.body)


async def get(port: int, path: str, method: str = "GET", **headers: str) -> Response:
    """Header names are written as Python can: `if_none_match`."""
    lines = {"Host": f"localhost:{port}", "Connection": "close"}
    lines |= {name.replace("_", "-").title(): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return await send(port, f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode())


async def send(port: int, request: bytes) -> Response:
    """Sends bytes as they are, and reads one response up to the end of the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        answer = await asyncio.wait_for(reader.read(), PATIENCE)
    finally:
        writer.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    return Response(int(status.split()[1]), headers, body)
