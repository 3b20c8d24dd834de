"""An MCP server of the official Python SDK whose tools ask before they answer: as results of the new era that need input,
or as requests of the old one, whichever the client speaks."""
import sys
from typing import Annotated, Literal

from mcp.server import MCPServer
from mcp.server.mcpserver import (
    AcceptedElicitation,
    CancelledElicitation,
    DeclinedElicitation,
    Elicit,
    ElicitationResult,
    ListRoots,
    Resolve,
    Sample,
)
from mcp.types import CreateMessageResult, ListRootsResult, ModelHint, ModelPreferences, SamplingMessage, TextContent
from pydantic import BaseModel, Field

server = MCPServer("asking-server")


class Trip(BaseModel):
    city: str = Field(title="City", description="Where to?", min_length=2)
    nights: int = Field(default=2, ge=1, le=14, title="Nights")
    view: Literal["sea", "yard"] = Field(default="sea", title="View")
    quiet: bool = Field(default=False, title="A quiet room")


async def ask_for_trip() -> Elicit[Trip]:
    return Elicit("Where shall we go?", Trip)


async def ask_model() -> Sample:
    words = SamplingMessage(role="user", content=TextContent(type="text", text="a haiku about the sea"))
    hints = ModelPreferences(hints=[ModelHint(name="no-such-model")])
    return Sample([words], max_tokens=50, model_preferences=hints)


async def ask_for_roots() -> ListRoots:
    return ListRoots()


@server.tool()
async def book(trip: Annotated[ElicitationResult[Trip], Resolve(ask_for_trip)]) -> str:
    """Books a trip. Asks where to."""
    if isinstance(trip, AcceptedElicitation):
        chosen = trip.data
        return f"booked {chosen.city} for {chosen.nights} nights, {chosen.view} view, quiet: {chosen.quiet}"
    assert isinstance(trip, DeclinedElicitation | CancelledElicitation)
    return f"not booked: {trip.action}"


@server.tool()
async def write_poem(poem: Annotated[CreateMessageResult, Resolve(ask_model)]) -> str:
    """Has the model write a poem."""
    return f"{poem.model} ({poem.stop_reason}): {poem.content.text}"


@server.tool()
async def where(roots: Annotated[ListRootsResult, Resolve(ask_for_roots)]) -> str:
    """Tells where it may work."""
    return " ".join(f"{root.name}={root.uri}" for root in roots.roots)


if __name__ == "__main__":
    if sys.argv[1:2] == ["http"]:
        server.run("streamable-http", host="127.0.0.1", port=int(sys.argv[2]))
    else:
        server.run()
