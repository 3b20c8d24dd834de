#!/usr/bin/env python3
"""Asks Convoke one question and prints the answer as it comes, whatever happens to the connection meanwhile.

    pip install websockets
    python3 chat_client.py "add 2 and 3"
"""
import asyncio
import json
import os
import sys
import uuid

import websockets

URL = os.environ.get("CONVOKE_URL", "ws://localhost:8000/ws/chat")


async def ask(text: str) -> None:
    request_id = str(uuid.uuid4())  # what is sent again under the same id is not asked again
    question = {"action": "chat", "request_id": request_id, "payload": {"text": text}}
    last = 0  # the number of the newest frame
    async for socket in websockets.connect(URL):  # connects anew when the connection is lost
        try:
            resume = {"action": "resume", "request_id": request_id, "payload": {"after": last}}
            await socket.send(json.dumps(resume if last else question))
            async for message in socket:
                frame = json.loads(message)
                last = frame.get("seq") or last
                if frame["status"] == "chunk" and frame["chunk"]["type"] == "text":
                    print(frame["chunk"]["data"], end="", flush=True)
                elif frame["status"] == "complete":
                    return print()
                elif frame["status"] == "error":
                    sys.exit(frame["error"]["message"])
        except websockets.ConnectionClosed:
            continue


asyncio.run(ask(" ".join(sys.argv[1:]) or "What can you do?"))
