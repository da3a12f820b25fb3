#!/usr/bin/env python3
"""A wallboard's feed from Redis Streams: each caller who waits too long, and what became of each call.

    redis_feed.py [REDIS_URL [STREAM]]          Debian: python3-redis

A consumer group keeps the place: started again, it goes on where it was, and what it had taken but
not finished comes first. callstream writes every event once and in order; `sequence` proves that
nothing is missing.
"""

import json
import signal
import sys

import redis

GROUP, CONSUMER, BLOCK_MS = "wallboard", "screen-1", 1000


def entries(server, stream):
    """Each entry once: first those that were taken before a crash, then new ones as they come."""
    try:
        server.xgroup_create(stream, GROUP, id="0", mkstream=True)
    except redis.ResponseError as error:
        if "BUSYGROUP" not in str(error):
            raise
    place = "0"
    while running:
        answer = server.xreadgroup(GROUP, CONSUMER, {stream: place}, count=100, block=BLOCK_MS)
        batch = answer[0][1] if answer else []
        yield from batch
        if place != ">":
            place = batch[-1][0] if batch else ">"


def show(event, data):
    if event["type"] == "queue.caller_joined":
        print(f"{event['time']} queue {data['queue']}: {data.get('waiting')} waiting", flush=True)
    elif event["type"] == "call.ended":
        print(f"{event['time']} call {data['call_id']}: {data['disposition']}, "
              f"{data['talk_seconds'] or 0:.0f} s", flush=True)


def main():
    url = sys.argv[1] if len(sys.argv) > 1 else "redis://127.0.0.1:6379"
    stream = sys.argv[2] if len(sys.argv) > 2 else "calls.events"
    server = redis.Redis.from_url(url, decode_responses=True)
    last = {}  # source -> sequence
    for entry_id, event in entries(server, stream):
        number = int(event["sequence"])
        before = last.get(event["source"])
        if before is not None and number > before + 1:
            print(f"{event['source']}: {number - before - 1} events are missing", file=sys.stderr)
        last[event["source"]] = number
        show(event, json.loads(event["data"]))
        server.xack(stream, GROUP, entry_id)


running = True


def stop(*_):
    global running
    running = False


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    main()
