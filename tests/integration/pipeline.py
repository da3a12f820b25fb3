"""callstream as the tests run it, and what they read from its sinks."""

import collections
import json
import subprocess

from harness import CALLSTREAM, Process


def config(pbxes, sinks, journal, extra="", family="asterisk"):
    """A callstream.toml: `pbxes` name -> AMI port, `sinks` name -> its TOML value."""
    lines = ["[journal]", f'path = "{journal}"', extra]
    for name, port in pbxes.items():
        lines += [f"[pbx.{name}]", f'family = "{family}"',
                  f'ami = {{ address = "127.0.0.1:{port}", username = "callstream", '
                  'secret = "callstream", backoff_first = "100ms", backoff_longest = "500ms" }']
    for name, value in sinks.items():
        lines += [f"[sink.{name}]", value]
    return "\n".join(lines) + "\n"


def redis_sink(redis, stream="calls.events"):
    return (f'redis = {{ url = "{redis.url()}", stream = "{stream}", backoff_first = "50ms", '
            'backoff_longest = "500ms" }')


def kafka_sink(kafka):
    # A short reconnect wait, so that a test does not sit through librdkafka's ten seconds.
    return (f'kafka = {{ brokers = "127.0.0.1:{kafka.port}", topic = "{kafka.topic}", '
            'librdkafka = { "reconnect.backoff.max.ms" = "500" } }')


def file_sink(path):
    return f'file = {{ path = "{path}" }}'


class Callstream(Process):
    """`callstream run` with a configuration."""

    count = 0

    def __init__(self, directory, toml):
        Callstream.count += 1
        path = directory / "callstream.toml"
        path.write_text(toml)
        super().__init__([CALLSTREAM, "run", "--config", path], directory,
                         f"callstream{Callstream.count}")


def run_callstream(*words):
    """A command that ends by itself: its exit code, stdout and stderr."""
    done = subprocess.run([CALLSTREAM, *map(str, words)], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True)
    return done.returncode, done.stdout, done.stderr


def replayed(capture, pbx):
    """The events `callstream replay` makes of a capture."""
    code, out, errors = run_callstream("replay", "--format", "ami", "--pbx", pbx, "--output",
                                       "ndjson", capture)
    assert code == 0, errors
    return [json.loads(line) for line in out.splitlines()]


def from_redis_fields(fields):
    """One stream entry as the event it carries."""
    event = dict(fields)
    event["data"] = json.loads(event["data"])
    return event


def events_in_redis(redis, stream="calls.events"):
    events, last = [], "-"
    client = redis.client()
    while entries := client.xrange(stream, last, "+", 5000):
        events += [from_redis_fields(fields) for _, fields in entries]
        last = "(" + entries[-1][0]
    return events


def events_in_kafka(kafka):
    """In the order of each partition; the record's key must be the event's partition key."""
    events = []
    for _, _, key, value in kafka.records():
        event = json.loads(value)
        assert key == (event["partitionkey"] or ""), (key, event)
        events.append(event)
    return events


def events_in_file(path):
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def pbx_of(event):
    return event["source"].removeprefix("/pbx/")


def sequences(events):
    """The sequence numbers of each PBX, in the order of the events."""
    numbers = collections.defaultdict(list)
    for event in events:
        numbers[pbx_of(event)].append(int(event["sequence"]))
    return numbers


def key_of(event):
    """What consumers deduplicate by."""
    return event["source"], event["id"]


def without_repeats(events):
    """The first of each event; a repeat must be the same event to the letter."""
    first = {}
    for event in events:
        known = first.setdefault(key_of(event), event)
        assert known == event, (known, event)
    return list(first.values())


def by_call(events):
    """The events of each partition key, in order."""
    calls = collections.defaultdict(list)
    for event in events:
        calls[event["partitionkey"]].append(event)
    return calls


def without_times(event):
    """What an event says, apart from what depends on when its bytes arrived."""
    def strip(value):
        if isinstance(value, dict):
            return {key: strip(inner) for key, inner in value.items()
                    if not key.endswith(("_at", "_seconds"))}
        if isinstance(value, list):
            return [strip(inner) for inner in value]
        return value

    kept = {key: event[key] or "" for key in ("source", "type", "subject", "partitionkey",
                                              "dataschema", "datacontenttype", "specversion")}
    kept["data"] = strip(event["data"])
    return kept
