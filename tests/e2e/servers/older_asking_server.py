"""An MCP server of the official Python SDK whose tool asks by a request of its own, as the older revisions have it."""
from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from pydantic import BaseModel

server = MCPServer("older-asking-server")


class Trip(BaseModel):
    city: str


@server.tool()
async def book(context: Context) -> str:
    """Books a trip."""
    print("about to ask", flush=True)  # the SDK sends it to stderr: stdout is for messages
    answer = await context.elicit("Where to?", Trip)
    return f"{answer.action}: {answer.data.city}" if answer.action == "accept" else answer.action


if __name__ == "__main__":
    server.run()
