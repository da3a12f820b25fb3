"""One stream of events to many browsers: clients of /api/events at a fixed rate."""

import json

import harness
import pipeline as tests
from measure import cpu_seconds, resident_bytes
from report import Row, Table
from stage import stage

TOKEN = "a-token-of-the-bench"


def crowd_of(count, rate, events):
    """(what the clients say, callstream's CPU seconds and resident bytes)"""
    with stage() as scene:
        pbx, port = harness.free_port(), harness.free_port()
        toml = tests.config({"pbx": pbx}, {}, scene.directory / "journal") + (
            f'[web]\nlisten = "127.0.0.1:{port}"\ntokens = ["{TOKEN}"]\nclients_max = {count + 10}\n')
        ours = scene.keep(tests.Callstream(scene.directory, toml))
        harness.wait_until("the web server listens", lambda: harness.listens(port))
        crowd = scene.keep(harness.Process(
            [harness.BUILD / "bench/callstream-sse-clients", port, TOKEN, count, events,
             events // rate + 120, "gzip"], scene.directory))
        harness.wait_until("all clients are there", lambda: "ready" in crowd.stdout())
        # The PBX comes when all are there, so that all have to get all of it.
        sim = scene.sim("--listen", pbx, "--load", events, "--event-rate", rate)
        before = cpu_seconds(ours.popen.pid)
        harness.wait_until("all events were sent", sim.done, events / rate + 60)
        code = crowd.wait(120)
        told = json.loads(crowd.stdout().splitlines()[-1])
        if code != 0 or told["same"] != count or told["out_of_order"] or told["ended"]:
            raise RuntimeError(f"not every client got every event: {told}")
        return told, cpu_seconds(ours.popen.pid) - before, resident_bytes(ours.popen.pid)


def clients(counts, rate, seconds):
    rows = []
    for count in counts:
        told, used, resident = crowd_of(count, rate, rate * seconds)
        rows.append(Row(f"{count:,} client" + "s" * (count > 1), [
            f"{told['same']:,} of {count:,}", told["bytes_unpacked"] * count / seconds / 1e6,
            told["bytes"] / seconds / 1e6, used / seconds, resident / 1e6], True))
    return Table(
        "Clients of the event stream",
        f"{rate:,} events/s from one PBX for {seconds} s to so many clients of `GET /api/events` that take gzip, all "
        "there before the first event. Every client keeps a digest of its stream, and one is read for real: all ids "
        "are there, in order. MB/s are those of all clients together, as they are unpacked and as they are sent; "
        "the clients run on the same machine.",
        ["clients with all events, in order", "MB/s of events", "MB/s sent", "CPU of callstream, cores",
         "resident, MB"], rows,
        bar="1,000 clients at 5,000 events/s get all, in order",
        verdict=f"Measured: all {max(counts):,} clients got all at {rate:,} events/s.",
        reached=True)  # or it would have been raised above
