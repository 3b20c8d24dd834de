"""An MCP server whose one tool becomes another each time it is called."""
import json
import sys

calls = 0


def say(message: dict):
    print(json.dumps({"jsonrpc": "2.0"} | message), flush=True)


def result_of(method: str) -> dict | None:
    global calls
    if method == "initialize":
        return {
            "protocolVersion": "2025-06-18",
            "capabilities": {"tools": {"listChanged": True}},
            "serverInfo": {"name": "changing", "version": "1"},
        }
    if method == "tools/list":
        tool = {"name": "act", "description": f"Acts. Has acted {calls} times.", "inputSchema": {"type": "object"}}
        return {"tools": [tool]}
    if method == "tools/call":
        calls += 1
        say({"method": "notifications/tools/list_changed"})
        return {"content": [{"type": "text", "text": "acted"}]}
    return {} if method == "ping" else None


for line in sys.stdin:
    request = json.loads(line)
    if "id" not in request:
        continue
    result = result_of(request["method"])
    if result is None:
        say({"id": request["id"], "error": {"code": -32601, "message": "no such method"}})
    else:
        say({"id": request["id"], "result": result})
