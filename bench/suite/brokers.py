"""AMI socket to acknowledged by a real Redis or Kafka, beside the brokers' own load tools."""

import re

import redis
from stage import output_of, stage

import pipeline as tests
from measure import Figure, Growth, cpu_seconds, interleaved, ratios, resident_bytes
from report import Row, Table

STREAM = "calls.events"
LENGTH_MAX = 100_000  # of the stream, for both


def entries_added(client, stream=STREAM):
    try:
        return client.xinfo_stream(stream)["entries-added"]
    except redis.ResponseError:  # no stream yet
        return 0


def redis_sink(server, stream=STREAM):
    return f'redis = {{ url = "{server.url()}", stream = "{stream}", max_length = {LENGTH_MAX} }}'


def redis_of_callstream(events):
    with stage() as scene:
        server = scene.redis()
        sim = scene.sim("--load", events, "--exit-when-done")
        ours = scene.callstream([sim.port], {"live": redis_sink(server)})
        client = server.client()
        growth = Growth().watch(lambda: entries_added(client), events)
        used = cpu_seconds(ours.popen.pid)
        added = entries_added(client)
        entry = client.xrevrange(STREAM, count=1)[0][1]
        return {"per_second": growth.per_second(), "cpu_us": used / added * 1e6, "entry": entry}


def redis_of_its_own_tool(events, entry):
    """redis-benchmark with the fields of one of our entries: 50 connections, 64 commands in flight each."""
    with stage() as scene:
        server = scene.redis()
        fields = [word for pair in entry.items() for word in pair]
        said = output_of("redis-benchmark", "-p", server.port, "-c", 50, "-P", 64, "-n", events, "-q",
                         "XADD", STREAM, "MAXLEN", "~", LENGTH_MAX, "*", *fields)
        return {"per_second": float(re.findall(r"([\d.]+) requests per second", said)[-1])}


def to_redis(events, rounds):
    first = redis_of_callstream(events // 4)  # also the entry for the rival
    results = interleaved({
        "callstream": lambda: redis_of_callstream(events),
        "redis-benchmark": lambda: redis_of_its_own_tool(events, first["entry"]),
    }, rounds)
    speed = {name: [each["per_second"] for each in runs] for name, runs in results.items()}
    ratio = ratios(speed["callstream"], speed["redis-benchmark"])
    size = sum(len(key) + len(value) for key, value in first["entry"].items())
    return Table(
        "AMI socket to Redis, acknowledged",
        f"{events:,} events of made-up calls, as fast as they are read, into a stream of a real redis-server; "
        f"beside it `redis-benchmark -P 64`, which adds one entry of ours ({size} bytes) again and again. On "
        "two cores the PBX, callstream's two threads and Redis share what redis-benchmark and Redis have for "
        "themselves.",
        ["events/s", "CPU of callstream, µs an event", "ratio"],
        [Row("callstream", [Figure(speed["callstream"]),
                            Figure(each["cpu_us"] for each in results["callstream"]), ratio], True),
         Row("redis-benchmark -P 64", [Figure(speed["redis-benchmark"]), "", "1"])],
        bar="at least 0.9x of `redis-benchmark -P 64` XADD with the same payload, same server",
        verdict=f"Measured: {ratio.median:.2f}x.", chart=(0, "events a second", "more"), file="redis")


def kafka_growth(build, kafka, goal):
    """How a topic grows up to `goal` records, as a Growth."""
    said = output_of(build / "bench/bench_kafka", "watch", f"127.0.0.1:{kafka.port}", kafka.topic, goal)
    growth = Growth()
    growth.points = [(float(at), int(count)) for at, count in
                     (line.split() for line in said.splitlines())]
    return growth


def kafka_of_callstream(build, events):
    with stage() as scene:
        kafka = scene.kafka()
        sim = scene.sim("--load", events, "--exit-when-done")
        ours = scene.callstream([sim.port], {"live": tests.kafka_sink(kafka)})
        growth = kafka_growth(build, kafka, events)
        used = cpu_seconds(ours.popen.pid)
        return {"per_second": growth.per_second(), "cpu_us": used / growth.points[-1][1] * 1e6}


def kafka_of_its_own_library(build, events, size):
    with stage() as scene:
        kafka = scene.kafka()
        said = output_of(build / "bench/bench_kafka", "produce", f"127.0.0.1:{kafka.port}", kafka.topic,
                         events, size)
        return {"per_second": float(said.split()[0])}


def to_kafka(build, events, rounds, size):
    results = interleaved({
        "callstream": lambda: kafka_of_callstream(build, events),
        "librdkafka": lambda: kafka_of_its_own_library(build, events, size),
    }, rounds)
    speed = {name: [each["per_second"] for each in runs] for name, runs in results.items()}
    ratio = ratios(speed["callstream"], speed["librdkafka"])
    return Table(
        "AMI socket to Kafka, acknowledged",
        f"{events:,} events of made-up calls into a real Apache Kafka (KRaft, one node, four partitions, "
        f"idempotent, acks=all, lz4); beside it `bench_kafka produce`: librdkafka alone with the same options "
        f"and values of {size} bytes.",
        ["events/s", "CPU of callstream, µs an event", "ratio"],
        [Row("callstream", [Figure(speed["callstream"]),
                            Figure(each["cpu_us"] for each in results["callstream"]), ratio], True),
         Row("librdkafka alone", [Figure(speed["librdkafka"]), "", "1"])],
        bar="at least 0.9x of `rdkafka_performance` with the same payload, same broker",
        verdict=f"Measured: {ratio.median:.2f}x.", chart=(0, "events a second", "more"), file="kafka")


def connections(counts, events):
    """The same load from more and more PBXes at once."""
    rows = []
    for count in counts:
        with stage() as scene:
            server = scene.redis()
            sim = scene.sim("--load", events, "--connections", count)
            ours = scene.callstream([sim.port] * count, {"live": redis_sink(server)})
            client = server.client()
            growth = Growth().watch(lambda: entries_added(client), events)
            pid = ours.popen.pid
            added = entries_added(client)
            rows.append(Row(f"{count} PBXes", [
                growth.per_second(), cpu_seconds(pid) / added * 1e6, resident_bytes(pid) / 2**20]))
    return Table(
        "More PBXes",
        f"{events:,} events in all, to Redis, from so many connections at once.",
        ["events/s", "CPU of callstream, µs an event", "memory, MiB, without the journal's pages"], rows)


def fan_out(counts, events):
    """One PBX into more and more Redis streams, each with a cursor and a thread of its own."""
    rows = []
    for count in counts:
        with stage() as scene:
            server = scene.redis()
            sim = scene.sim("--load", events, "--exit-when-done")
            sinks = {f"live{index}": redis_sink(server, f"{STREAM}{index}") for index in range(count)}
            ours = scene.callstream([sim.port], sinks)
            client = server.client()
            growth = Growth().watch(
                lambda: min(entries_added(client, f"{STREAM}{index}") for index in range(count)), events)
            used = cpu_seconds(ours.popen.pid)
            rows.append(Row(f"{count} sinks", [growth.per_second(),
                                               used / growth.points[-1][1] * 1e6]))
    return Table(
        "More sinks",
        f"{events:,} events to one Redis, into so many streams: events are written once, and read by each sink "
        "from the journal's pages.",
        ["events/s to each", "CPU of callstream, µs an event"], rows)
