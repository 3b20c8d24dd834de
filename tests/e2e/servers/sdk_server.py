"""An MCP server written with the official Python SDK. With the argument `http PORT` it speaks Streamable HTTP."""
import asyncio
import os
import sys

from mcp.server import MCPServer
from mcp.server.mcpserver import Context

server = MCPServer("sdk-server")


@server.tool()
def greet(name: str) -> str:
    """Greets somebody."""
    return f"Hello, {name}!"


@server.tool()
def complain() -> str:
    """Always fails."""
    raise ValueError("the moon is in the wrong phase")


@server.tool()
def recite(length: int) -> str:
    """Says a lot."""
    return "x" * length


@server.tool()
async def count(to: int, context: Context) -> str:
    """Counts, and tells how far it is."""
    for number in range(1, to + 1):
        await context.report_progress(number, to)
    return f"counted to {to}"


@server.tool()
async def hang() -> str:
    """Never answers."""
    await asyncio.sleep(3600)
    return "late"


@server.tool()
def die() -> str:
    """Ends the process in the middle of the call."""
    os._exit(1)


if __name__ == "__main__":
    if sys.argv[1:2] == ["http"]:
        server.run("streamable-http", host="127.0.0.1", port=int(sys.argv[2]))
    else:
        server.run()
