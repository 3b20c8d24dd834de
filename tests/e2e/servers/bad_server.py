"""An MCP server that keeps to the protocol until its tool `act` is told how to break it. Arguments: `http PORT` for Streamable
HTTP; `endless` for a list of tools without an end; `silent` for one that never answers."""
import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MEGABYTE = b"x" * (1 << 20)
mode = sys.argv[1] if len(sys.argv) > 1 else ""


def result(message: dict, body: dict) -> dict:
    return {"jsonrpc": "2.0", "id": message["id"], "result": body}


def ordinary_answer(message: dict) -> dict | None:
    method = message["method"]
    if "id" not in message or mode == "silent":
        return None
    if method == "initialize":
        capabilities = {"tools": {}}
        return result(message, {"protocolVersion": "2025-06-18", "capabilities": capabilities, "serverInfo": {"name": "bad", "version": "1"}})
    if method == "tools/list":
        more = {"nextCursor": str(time.monotonic_ns())} if mode == "endless" else {}
        return result(message, {"tools": [{"name": "act", "inputSchema": {"type": "object"}}]} | more)
    if method == "tools/call":
        return result(message, {"content": [{"type": "text", "text": "acted well"}]})
    if method == "ping":
        return result(message, {})
    return {"jsonrpc": "2.0", "id": message["id"], "error": {"code": -32601, "message": "no such method"}}


def bad_bytes(how: str, message: dict):
    """What is sent in place of the answer, in pieces."""
    answer = json.dumps(ordinary_answer(message)).encode()
    if how == "garbage":
        yield b"\x00\xff\xfe{]" * 100 + b"\nHello!\n{\"jsonrpc\": \"2.0\"}\n"
    elif how == "half":
        yield answer[: len(answer) // 2]
    elif how == "wrong id":
        yield json.dumps(ordinary_answer(message) | {"id": message["id"] + 1000}).encode() + b"\n"
    elif how == "wrong shape":
        yield json.dumps(result(message, {"content": "acted"})).encode() + b"\n"
    elif how == "gigabyte":
        for _ in range(1024):
            yield MEGABYTE


def how_to_act(message: dict) -> str:
    return message.get("params", {}).get("arguments", {}).get("how", "") if message.get("method") == "tools/call" else ""


def serve_stdio():
    for line in sys.stdin:
        message = json.loads(line)
        if how := how_to_act(message):
            for piece in bad_bytes(how, message):
                sys.stdout.buffer.write(piece)
                sys.stdout.buffer.flush()
        elif answer := ordinary_answer(message):
            print(json.dumps(answer), flush=True)


class Http(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.send_error(405)

    def do_POST(self):
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        how = how_to_act(message)
        if how == "nothing":
            time.sleep(3600)
        if how == "early end":
            return self.reply(b": no event\n\n", "text/event-stream")
        if how == "wrong type":
            return self.reply(json.dumps(ordinary_answer(message)).encode(), "text/html; charset=latin-1")
        if how:
            return self.reply_badly(how, message)
        answer = ordinary_answer(message)
        self.reply(json.dumps(answer).encode() if answer else b"", "application/json")

    def reply(self, body: bytes, kind: str):
        self.send_response(200 if body else 202)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def reply_badly(self, how: str, message: dict):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Connection", "close")
        self.close_connection = True
        if how == "half":
            self.send_header("Content-Length", "100000")
        self.end_headers()
        try:
            for piece in bad_bytes(how, message):
                self.wfile.write(piece)
        except OSError:
            pass  # the client has had enough


if mode == "http":
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[2])), Http)
    print("listening", flush=True)
    server.serve_forever()
else:
    serve_stdio()
