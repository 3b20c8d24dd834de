"""Uses an MCP server with the official Python SDK and prints what it saw as JSON. Arguments: `legacy` or `auto`, then a
URL or a command."""
import asyncio
import json
import sys

import mcp_types as types
from mcp import Client, StdioServerParameters


async def elicit(context, parameters):
    return types.ElicitResult(action="accept", content={"name": "Ada"})


async def main(mode: str, target: str, *arguments: str):
    server = target if target.startswith("http") else StdioServerParameters(command=target, args=list(arguments))
    changed = asyncio.Event()

    async def on_message(message):
        if isinstance(message, types.ToolListChangedNotification):
            changed.set()

    async with Client(server, mode=mode, elicitation_callback=elicit, message_handler=on_message) as client:

        async def call(name: str, on_progress=None, **given) -> str:
            return (await client.call_tool(name, given, progress_callback=on_progress)).content[0].text

        progress = []

        async def on_progress(done, total, message):
            progress.append(done)

        prompt = await client.get_prompt("one__greet", {"person": "Bob"})
        completion = await client.complete(types.PromptReference(name="one__greet"), {"name": "person", "value": "A"})
        seen = {
            "tools": [tool.name for tool in (await client.list_tools()).tools],
            "prompts": [prompt.name for prompt in (await client.list_prompts()).prompts],
            "resources": [str(resource.uri) for resource in (await client.list_resources()).resources],
            "templates": [one.uri_template for one in (await client.list_resource_templates()).resource_templates],
            "who": await call("two__who"),
            "counted": await call("two__count", on_progress, to=3),
            "progress": progress,
            "asked": await call("one__ask"),
            "prompt": prompt.messages[0].content.text,
            "motto": (await client.read_resource("convoke://two/shared://motto")).contents[0].text,
            "item": (await client.read_resource("one://items/x")).contents[0].text,
            "completion": completion.completion.values,
        }
        hanging = asyncio.create_task(call("two__hang"))
        await asyncio.sleep(0.2)
        hanging.cancel()
        await asyncio.gather(hanging, return_exceptions=True)
        seen["cancelled"] = await call("two__cancelled")
        if mode == "legacy":
            await call("two__die")
            await asyncio.wait_for(changed.wait(), 20)
        else:
            async with client.listen(tools_list_changed=True) as changes:
                await call("two__die")
                await asyncio.wait_for(anext(aiter(changes)), 20)
    print(json.dumps(seen))


asyncio.run(main(*sys.argv[1:]))
