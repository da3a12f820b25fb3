"""AMI socket to acknowledged by a real Redis or Kafka, beside the brokers' own load tools."""

import re

import redis
from stage import lines_of, output_of, stage

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


def redis_sink(server, stream=STREAM, length_max=LENGTH_MAX):
    return f'redis = {{ url = "{server.url()}", stream = "{stream}", max_length = {length_max} }}'


def redis_of_callstream(events, journal=None, extra=""):
    with stage() as scene:
        server = scene.redis()
        sim = scene.sim("--load", events, "--exit-when-done")
        ours = scene.callstream([sim.port], {"live": redis_sink(server)}, journal, extra)
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
        verdict=f"Measured: {ratio.median:.2f}x.", chart=(0, "events a second", "more"), file="redis",
        reached=ratio.median >= 0.9)


def fsync_modes(events, rounds):
    """What a journal on disk costs AMI, which does not wait for it."""
    cases = {"fsync = batch, the default": (None, ""), "fsync = interval": (None, 'fsync = "interval"'),
             "fsync = never": (None, 'fsync = "never"'), "a journal in memory": (":memory:", "")}
    results = interleaved({name: lambda case=case: redis_of_callstream(events, *case)
                           for name, case in cases.items()}, rounds)
    memory = [each["per_second"] for each in results["a journal in memory"]]
    rows = []
    for name, runs in results.items():
        speed = [each["per_second"] for each in runs]
        rows.append(Row(name, [Figure(speed), Figure(each["cpu_us"] for each in runs), ratios(speed, memory)],
                        name.endswith("default")))
    return Table(
        "Journal on disk, journal in memory",
        f"{events:,} AMI events into Redis, as fast as they are read, with each way to keep the journal.",
        ["events/s", "CPU of callstream, µs an event", "times in memory"], rows,
        chart=(0, "events a second", "more"), file="fsync")


def kafka_growth(build, kafka, goal, *patience, on_count=lambda count: None):
    """How a topic grows up to `goal` records, as a Growth; with `patience`, in seconds, to where it stays."""
    growth = Growth()
    for line in lines_of(build / "bench/bench_kafka", "watch", f"127.0.0.1:{kafka.port}", kafka.topic, goal, *patience):
        at, count = line.split()
        on_count(int(count))
        growth.points.append((float(at), int(count)))
    return growth


def kafka_of(scene, build, mock):
    return scene.mock_kafka(build) if mock else scene.kafka()


def kafka_of_callstream(build, events, mock=False):
    with stage() as scene:
        kafka = kafka_of(scene, build, mock)
        sim = scene.sim("--load", events, "--exit-when-done")
        ours = scene.callstream([sim.port], {"live": tests.kafka_sink(kafka)})
        growth = kafka_growth(build, kafka, events)
        used = cpu_seconds(ours.popen.pid)
        return {"per_second": growth.per_second(), "cpu_us": used / growth.points[-1][1] * 1e6}


def kafka_of_its_own_library(build, events, size, mock=False):
    with stage() as scene:
        kafka = kafka_of(scene, build, mock)
        said = output_of(build / "bench/bench_kafka", "produce", f"127.0.0.1:{kafka.port}", kafka.topic,
                         events, size)
        return {"per_second": float(said.split()[0])}


def to_kafka(build, events, rounds, size):
    results = interleaved({
        "callstream": lambda: kafka_of_callstream(build, events),
        "librdkafka": lambda: kafka_of_its_own_library(build, events, size),
        "callstream, mock": lambda: kafka_of_callstream(build, events, mock=True),
        "librdkafka, mock": lambda: kafka_of_its_own_library(build, events, size, mock=True),
    }, rounds)
    speed = {name: [each["per_second"] for each in runs] for name, runs in results.items()}
    cost = {name: Figure(each["cpu_us"] for each in results[name]) for name in ("callstream", "callstream, mock")}
    ratio = ratios(speed["callstream"], speed["librdkafka"])
    return Table(
        "AMI socket to Kafka, acknowledged",
        f"{events:,} events of made-up calls into a real Apache Kafka (KRaft, one node, four partitions, "
        f"idempotent, acks=all, lz4); beside it `bench_kafka produce`: librdkafka alone with the same options "
        f"and values of {size} bytes. Librdkafka's mock cluster takes the same without a disk or a JVM, in one thread.",
        ["events/s", "CPU of callstream, µs an event", "ratio"],
        [Row("callstream", [Figure(speed["callstream"]), cost["callstream"], ratio], True),
         Row("librdkafka alone", [Figure(speed["librdkafka"]), "", "1"]),
         Row("callstream, mock cluster", [Figure(speed["callstream, mock"]), cost["callstream, mock"],
                                          ratios(speed["callstream, mock"], speed["librdkafka, mock"])], True),
         Row("librdkafka alone, mock cluster", [Figure(speed["librdkafka, mock"]), "", "1"])],
        bar="at least 0.9x of `rdkafka_performance` with the same payload, same broker",
        verdict=f"Measured: {ratio.median:.2f}x.", chart=(0, "events a second", "more"), file="kafka",
        reached=ratio.median >= 0.9)


def connections(counts, events):
    """The same load from more and more PBXes at once, and ten times as much."""
    rows, costs, memories = [], [], []
    for count, events in [*((count, events) for count in counts), (counts[0], 10 * events)]:
        with stage() as scene:
            server = scene.redis()
            sim = scene.sim("--load", events, "--connections", count)
            ours = scene.callstream([sim.port] * count, {"live": redis_sink(server)})
            client = server.client()
            growth = Growth().watch(lambda: entries_added(client), events)
            pid = ours.popen.pid
            costs.append(cpu_seconds(pid) / entries_added(client) * 1e6)
            memories.append(resident_bytes(pid) / 2**20)
            rows.append(Row(f"{count:,} PBXes, {events:,} events",
                            [growth.per_second(), costs[-1], memories[-1]]))
    *by_count, more_events = costs
    worst = max(later / before for before, later in zip(by_count, by_count[1:]))
    each = 1024 * (memories[-2] - memories[0]) / (counts[-1] - counts[0])
    return Table(
        "More PBXes, more events",
        "To Redis, all connections at once, each event counted as often as it came. CPU includes logging in, which is "
        "most of it where each of 1,000 PBXes tells a few dozen events.",
        ["events/s", "CPU of callstream, µs an event", "memory, MiB, without the journal's pages"], rows,
        bar="ten times the connections or the events cost at most ten times the CPU, and constant memory a "
            "connection",
        verdict=f"Measured: an event costs at most {worst:.2f} times as much with ten times the connections, "
                f"{more_events / costs[0]:.2f} times with ten times the events; {each:.0f} KiB a connection.",
        reached=worst <= 10 and more_events / costs[0] <= 1.5)


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
