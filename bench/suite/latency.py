"""From the read of a socket to the broker's acknowledgement, at fixed rates."""

import pathlib
import re
import time
import urllib.error
import urllib.request

import brokers
import harness
import pipeline as tests
from measure import cpu_seconds, resident_bytes
from report import Row, Table
from stage import output_of, stage

SHARES = (0.5, 0.99, 0.999)
DRAWN = (0, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995, 0.9999)
# Until the stream has its full length and no server asks for more memory, and the journal uses its files again.
WARM_SECONDS = 10
LENGTH_MAX = 20_000


def settled(port):
    """The sink's histogram: [(upper bound in seconds, events up to it)], the last bound infinite."""
    try:
        text = urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10).read().decode()
    except urllib.error.HTTPError:  # in its first second it has nothing to tell
        return []
    found = re.findall(r'callstream_sink_settled_seconds_bucket\{[^}]*sink="live"[^}]*le="([^"]+)"\} (\d+)', text)
    return [(float(bound), int(count)) for bound, count in found]


def since(before, after):
    return [(bound, count - earlier) for (bound, count), (_, earlier) in zip(after, before)]


def percentile(buckets, share):
    """Seconds; between the bounds of a bucket in proportion, as Prometheus does."""
    wanted, low, below = share * buckets[-1][1], 0.0, 0
    for bound, count in buckets:
        if count >= wanted:
            return low if bound == float("inf") else low + (bound - low) * (wanted - below) / max(1, count - below)
        low, below = bound, count
    return low


def longest(buckets):
    """The bound below which all were."""
    return next(bound for bound, count in buckets if count == buckets[-1][1])


def at_rate(rate, seconds, kafka=False):
    """The PBX sends on its own clock, whatever callstream does: nothing waits to be measured."""
    with stage() as scene:
        broker = scene.kafka() if kafka else scene.redis()
        sink = tests.kafka_sink(broker) if kafka else brokers.redis_sink(broker, length_max=LENGTH_MAX)
        sim = scene.sim("--load", rate * (WARM_SECONDS + seconds + 3), "--event-rate", rate)
        port = harness.free_port()
        toml = tests.config({"pbx": sim.port}, {"live": sink}, scene.directory / "journal")
        ours = scene.keep(tests.Callstream(scene.directory, toml + f'[web]\nlisten = "127.0.0.1:{port}"\n'))
        harness.wait_until("the web server listens", lambda: harness.listens(port))
        harness.wait_until("events flow", lambda: (settled(port) or [(0, 0)])[-1][1] > 0)
        time.sleep(WARM_SECONDS)
        before = settled(port)
        time.sleep(seconds)
        counted = since(before, settled(port))
        assert ours.popen.poll() is None
        return counted


def hiccups(seconds):
    """How late a thread wakes that sleeps for a millisecond, sorted, in ms: the host's pauses, and the clock's grain.

    A pause is counted for each millisecond that it takes, as events would meet it.
    """
    late, end = [], time.monotonic() + seconds
    while (now := time.monotonic()) < end:
        time.sleep(0.001)
        over = 1000 * (time.monotonic() - now) - 1
        while over > 0:
            late.append(over)
            over -= 1
    return sorted(late)


def kafka_alone(build, rate, seconds, size):
    """librdkafka by itself at that rate: ms at SHARES, and the longest."""
    with stage() as scene:
        broker = scene.kafka()
        said = output_of(build / "bench/bench_kafka", "pace", f"127.0.0.1:{broker.port}", broker.topic, rate,
                         seconds, size)
        return [float(word) for word in said.split()]


def latencies(build, rates, seconds, size):
    rows, verdict, curves, reached = [], "", [], False
    late = hiccups(seconds)
    at = lambda share: late[min(len(late) - 1, int(share * len(late)))]  # noqa: E731
    rows.append(Row("the idle machine: how late a thread wakes",
                    [*(f"{at(share):.2f}" for share in SHARES), f"{late[-1]:.1f}", ""]))
    for kafka in (False, True):
        for rate in rates:
            counted = at_rate(rate, seconds, kafka)
            found = [1000 * percentile(counted, share) for share in SHARES]
            name = f"{'Kafka' if kafka else 'Redis'}, {rate:,} events/s"
            rows.append(Row(name, [*(f"{each:.2f}" for each in found), f"{1000 * longest(counted):.1f}",
                                   f"{counted[-1][1] / seconds:,.0f}"], not kafka))
            curves.append((name, [(share, 1000 * percentile(counted, share)) for share in DRAWN], not kafka))
            if rate == 20_000 and not kafka:
                verdict = f"Measured: p99 {found[1]:.2f} ms, p99.9 {found[2]:.2f} ms."
                reached = found[1] < 2 and found[2] < 10
    found = kafka_alone(build, rates[-1], seconds, size)
    rows.append(Row(f"librdkafka alone to Kafka, {rates[-1]:,} records/s",
                    [*(f"{each:.2f}" for each in found[:3]), f"{found[3]:.1f}", f"{rates[-1]:,}"]))
    return Table(
        "Latency",
        "From the read of the PBX's socket to the acknowledgement of Redis or Kafka, in ms, as callstream's own "
        "histogram (`callstream_sink_settled_seconds`) tells it, with the live state of `[web]` beside the sink; the PBX "
        "sends on its own clock, ten seconds before it counts. Kafka waits "
        "`linger.ms` for a batch, and the broker, a JVM of a minute's age, compiles itself on the same two cores: the last "
        "row is what librdkafka gets of it without callstream (`bench_kafka pace`).",
        ["p50", "p99", "p99.9", "longest, below", "events/s"], rows,
        bar="at 20,000 events/s to Redis p99 below 2 ms, p99.9 below 10 ms", verdict=verdict, file="latency",
        reached=reached,
        curves=(*curves, "ms from the read of the socket to the acknowledgement"))


def soak(minutes, rate):
    """One load for long: memory and descriptors each minute."""
    rows = []
    with stage() as scene:
        server = scene.redis()
        sim = scene.sim("--load", rate * 60 * (minutes + 1), "--event-rate", rate)
        ours = scene.callstream([sim.port], {"live": brokers.redis_sink(server)})
        pid = ours.popen.pid
        client = server.client()
        harness.wait_until("events flow", lambda: brokers.entries_added(client) > 0)
        for minute in range(minutes + 1):
            began, events, used = time.monotonic(), brokers.entries_added(client), cpu_seconds(pid)
            memory = resident_bytes(pid) / 2**20
            descriptors = len(list(pathlib.Path(f"/proc/{pid}/fd").iterdir()))
            time.sleep(max(0.0, 60 - (time.monotonic() - began)))
            passed = brokers.entries_added(client) - events
            rows.append(Row(f"minute {minute}", [f"{memory:.1f}", str(descriptors), f"{passed / 60:,.0f}",
                                                 f"{(cpu_seconds(pid) - used) / max(1, passed) * 1e6:.1f}"]))
    first, last = float(rows[1].cells[0]), float(rows[-1].cells[0])
    return Table(
        "Soak",
        f"{rate:,} events a second into Redis for {minutes} minutes.",
        ["memory, MiB, without the journal's pages", "descriptors", "events/s", "CPU, µs an event"], rows,
        bar="memory after the first minute and at the end is the same within 5 %, and descriptors do not grow",
        verdict=f"Measured: {first:.1f} MiB, then {last:.1f} MiB; {rows[1].cells[1]} descriptors, then "
                f"{rows[-1].cells[1]}.",
        reached=last <= 1.05 * first and int(rows[-1].cells[1]) <= int(rows[1].cells[1]))
