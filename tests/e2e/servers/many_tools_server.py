"""An MCP server with as many tools as its argument says, and one that returns a long text."""
import json
import sys

COUNT = int(sys.argv[1])
LONG_TEXT = "".join(f"line {i}: nothing to see here\n" for i in range(3000)) + "the treasure is under the oak\n"


def tool(number: int) -> dict:
    return {
        "name": f"tool_{number}",
        "description": f"Looks after the thing number {number}, in a way that takes a whole sentence to tell",
        "inputSchema": {"type": "object", "properties": {"city": {"type": "string", "description": "Where"}}},
    }


TOOLS = [tool(number) for number in range(COUNT)] + [{"name": "read_map", "inputSchema": {"type": "object"}}]


def result_of(method: str, params: dict) -> dict | None:
    if method == "initialize":
        return {
            "protocolVersion": "2025-06-18",
            "capabilities": {"tools": {}},
            "serverInfo": {"name": "many", "version": "1"},
        }
    if method == "tools/list":
        return {"tools": TOOLS}
    if method == "tools/call":
        text = LONG_TEXT if params["name"] == "read_map" else f"{params['name']} was called with {params['arguments']}"
        return {"content": [{"type": "text", "text": text}]}
    return {} if method == "ping" else None


for line in sys.stdin:
    request = json.loads(line)
    if "id" not in request:
        continue
    result = result_of(request["method"], request.get("params", {}))
    answer = {"error": {"code": -32601, "message": "no such method"}} if result is None else {"result": result}
    print(json.dumps({"jsonrpc": "2.0", "id": request["id"]} | answer), flush=True)
