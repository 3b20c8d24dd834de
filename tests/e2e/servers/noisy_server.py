"""An MCP server that writes to its standard output what does not belong there, between the messages that do."""
import json
import sys


def say(text: str):
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def result_of(request: dict):
    if request["method"] == "initialize":
        return {
            "protocolVersion": "2025-06-18",
            "capabilities": {"tools": {}},
            "serverInfo": {"name": "noisy", "version": "1"},
        }
    if request["method"] == "tools/list":
        return {"tools": [{"name": "greet", "inputSchema": {"type": "object"}}]}
    if request["method"] == "tools/call":
        return {"content": [{"type": "text", "text": "Hello!"}]}
    return None


for line in sys.stdin:
    request = json.loads(line)
    for noise in "Loading model...", "", "{", "[1, 2]", '{"jsonrpc": "2.0", "id": 999, "result": {}}', "\u2603 \x1b[31m":
        say(noise)
    print("this belongs here", file=sys.stderr, flush=True)
    if "id" not in request:
        continue
    answer = {"jsonrpc": "2.0", "id": request["id"]}
    if (result := result_of(request)) is not None:
        say(json.dumps(answer | {"result": result}))
    else:
        say(json.dumps(answer | {"error": {"code": -32601, "message": "no such method"}}))
