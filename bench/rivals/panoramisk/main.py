"""AMI events to a Redis Stream with panoramisk and redis-py; see ../README.md."""

import asyncio
import json
import os
import sys

import redis.asyncio
from panoramisk import Manager

EVENTS = int(os.environ["EVENTS"])
STREAM = os.environ["STREAM"]
BATCH = 500


async def deliver(waiting):
    client = redis.asyncio.Redis(port=int(os.environ["TARGET"]))
    acknowledged = 0
    while acknowledged < EVENTS:
        batch = [await waiting.get()]
        while len(batch) < BATCH and not waiting.empty():
            batch.append(waiting.get_nowait())
        pipeline = client.pipeline(transaction=False)
        for event in batch:
            pipeline.xadd(STREAM, {"type": event["Event"], "data": json.dumps(event)})
        acknowledged += len(await pipeline.execute())
    await client.aclose()


async def main():
    waiting = asyncio.Queue()
    manager = Manager(host="127.0.0.1", port=int(os.environ["AMI_PORT"]), username="callstream",
                      secret="callstream", ping_delay=3600)

    def on_event(_, message):
        waiting.put_nowait(dict(message))

    manager.register_event("*", on_event)
    await manager.connect()
    await deliver(waiting)


asyncio.run(main())
sys.stdout.flush()
os._exit(0)  # panoramisk would dial again
