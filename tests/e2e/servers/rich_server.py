"""An MCP server with everything a host can show, written with the official Python SDK. Its argument is its name, which
appears in what it answers."""
import asyncio
import os
import sys

from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp_types import Completion
from pydantic import BaseModel

name = sys.argv[1]
server = MCPServer(name)


class Name(BaseModel):
    name: str


@server.tool()
def who() -> str:
    """Says which server this is."""
    return name


@server.tool(name=f"only-{name}")
def only() -> str:
    """A name no other server has."""
    return f"only {name}"


@server.tool()
async def ask(context: Context) -> str:
    """Asks the person for their name."""
    answer = await context.elicit("What is your name?", Name)
    return f"{answer.action}: {answer.data.name if answer.action == 'accept' else 'nobody'}"


@server.tool()
async def count(to: int, context: Context) -> str:
    """Counts, and tells how far it is."""
    for number in range(1, to + 1):
        await context.report_progress(number, to, f"{number} of {to}")
        await asyncio.sleep(0.05)
    return f"counted to {to}"


cancellations = 0


@server.tool()
async def hang() -> str:
    """Never answers."""
    global cancellations
    try:
        await asyncio.sleep(3600)
    finally:
        cancellations += 1


@server.tool()
async def cancelled() -> str:
    """Waits until a call of `hang` was cancelled."""
    while not cancellations:
        await asyncio.sleep(0.01)
    return "cancelled"


@server.tool()
def die() -> str:
    """Ends the process in the middle of the call."""
    os._exit(1)


@server.prompt()
def greet(person: str) -> str:
    """Greets somebody."""
    return f"{name} says hello to {person}"


@server.resource("shared://motto")
def motto() -> str:
    """A URI that every server of this kind has."""
    return f"the motto of {name}"


@server.resource(f"{name}://items/{{item}}")
def item(item: str) -> str:
    """An item of this server."""
    return f"{item} of {name}"


@server.completion()
async def complete(ref, argument, context) -> Completion:
    return Completion(values=[f"{argument.value}{ending}" for ending in ("da", "lan")])


if __name__ == "__main__":
    server.run()
