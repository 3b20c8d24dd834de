"""Somebody between two programs who keeps the bytes of every request."""
import asyncio


class Recorder:
    """Listens on a port of its own and hands everything on to the server of `base_url`."""

    def __init__(self, base_url: str):
        self.bodies: list[bytes] = []
        self._host, _, path = base_url.removeprefix("http://").partition("/")
        self._path = path

    async def start(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/{self._path}"

    def close(self):
        self._server.close()

    async def _serve(self, reader, writer):
        host, port = self._host.split(":")
        there, back = await asyncio.open_connection(host, int(port))
        try:
            await asyncio.gather(self._requests(reader, back), self._copy(there, writer))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()
            back.close()

    async def _requests(self, reader, writer):
        while True:
            try:
                head = await reader.readuntil(b"\r\n\r\n")
            except asyncio.IncompleteReadError:
                return writer.write_eof()
            length = head.lower().split(b"content-length:")[1].split(b"\r\n")[0]
            body = await reader.readexactly(int(length))
            self.bodies.append(body)
            writer.write(head + body)
            await writer.drain()

    async def _copy(self, reader, writer):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.close()
