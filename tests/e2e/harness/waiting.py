"""Waiting without sleeping longer than needed."""
import asyncio
import time

PATIENCE = 15.0  # seconds anything may take before a test gives up; far more than it takes


async def eventually(condition, what: str, seconds: float = PATIENCE):
    """Asks `condition` (plain or async) until it returns something true, and returns that."""
    deadline = time.monotonic() + seconds
    while True:
        found = condition()
        if asyncio.iscoroutine(found):
            found = await found
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"after {seconds} s still not: {what}")
        await asyncio.sleep(0.01)


class Changes:
    """Something that changes, and tasks that wait until it is as they want it."""

    def __init__(self):
        self._changed = asyncio.Event()

    def notify(self):
        self._changed.set()
        self._changed = asyncio.Event()

    async def until(self, condition, what: str, seconds: float = PATIENCE):
        deadline = time.monotonic() + seconds
        while True:
            found = condition()
            if found:
                return found
            try:
                await asyncio.wait_for(self._changed.wait(), deadline - time.monotonic())
            except asyncio.TimeoutError:
                raise AssertionError(f"after {seconds} s still not: {what}") from None
