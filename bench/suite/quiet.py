"""What callstream costs when nothing happens."""

import time

import harness
import pipeline as tests
from measure import cpu_seconds, resident_bytes
from report import Row, Table
from stage import stage


def idle(count, seconds):
    with stage() as scene:
        sim = scene.sim("--rate", 0.0001, "--calls", 1, "--time-scale", 20, "--pbx-per-connection")
        ours = scene.callstream([sim.port] * count, {"file": tests.file_sink(scene.directory / "events")})
        pid = ours.popen.pid
        log = ours.stderr_path
        harness.wait_until("all PBXes are known",
                           lambda: log.read_text().count("the state of the PBX is known") >= count)
        harness.wait_until("the one call of each is over", sim.done)
        time.sleep(5)
        before = cpu_seconds(pid)
        time.sleep(seconds)
        share = (cpu_seconds(pid) - before) / seconds
        memory = resident_bytes(pid) / 2**20
    return Table(
        "Quiet PBXes",
        f"{count:,} connected PBXes whose one call is over and that say nothing, for {seconds} s; keep-alive pings go on.",
        ["CPU, share of a core", "memory, MiB, without the journal's pages"],
        [Row("callstream", [f"{100 * share:.2f} %", memory], True)],
        bar="1,000 quiet PBXes: below 1 % of a core, below 100 MiB",
        verdict=f"Measured: {100 * share:.2f} %, {memory:.0f} MiB.", reached=share < 0.01 and memory < 100)
