"""The official `openai` client for Python. Asks each address that is given once, all at the same time, and prints for each
what came: the words, or the name of the error."""
import asyncio
import json
import sys

import openai


async def ask(address: str) -> str:
    client = openai.AsyncOpenAI(base_url=address, api_key="none", timeout=openai.Timeout(60, read=float(sys.argv[1])))
    messages = [{"role": "user", "content": "hello"}]
    try:
        stream = await client.chat.completions.create(model="m", messages=messages, stream=True)
        return "".join([chunk.choices[0].delta.content async for chunk in stream])
    except Exception as problem:  # of the client or of what lies under it
        return type(problem).__name__


async def main():
    print(json.dumps(await asyncio.gather(*map(ask, sys.argv[2:]))))


asyncio.run(main())
