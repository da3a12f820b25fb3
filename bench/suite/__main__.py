"""Measures callstream on this machine; see bench/run."""

import argparse
import os
import pathlib
import sys
import time
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from machine import ROOT, facts  # noqa: E402

parser = argparse.ArgumentParser(prog="bench/run", description=__doc__)
parser.add_argument("--quick", action="store_true", help="less of each: two minutes, and wider spreads")
parser.add_argument("--only", metavar="NAME", action="append",
                    help="one measurement, such as redis; may repeat")
parser.add_argument("--soak", metavar="MINUTES", nargs="?", type=int, const=30,
                    help="nothing but one load for so long, default 30; later runs show it")
parser.add_argument("--output", metavar="DIRECTORY", default=ROOT / "bench", type=pathlib.Path,
                    help="where RESULTS.md, results.json and charts go; default: bench")
parser.add_argument("--build", default=ROOT / "build/release", type=pathlib.Path, help=argparse.SUPPRESS)
chosen = parser.parse_args()
chosen.output.mkdir(parents=True, exist_ok=True)
os.environ["CALLSTREAM_BUILD"] = str(chosen.build.resolve())  # for the tests' processes

import brokers  # noqa: E402
import fanout_sse  # noqa: E402
import latency  # noqa: E402
import polling  # noqa: E402
import programs  # noqa: E402
import push  # noqa: E402
import quiet  # noqa: E402
import report  # noqa: E402
import rivals  # noqa: E402

build = chosen.build.resolve()
work = ROOT / "build/bench"
work.mkdir(parents=True, exist_ok=True)
rounds = 1 if chosen.quick else 3
scale = 1 if chosen.quick else 5
payload_size = 700  # bytes of a typical call event

measurements = {
    "framing": lambda: programs.framing(build, 1 + rounds),
    "yeastar": lambda: programs.yeastar(build, 1 + rounds),
    "pipeline": lambda: programs.pipeline(build, programs.capture(work), 1 + rounds),
    "redis": lambda: brokers.to_redis(100_000 * scale, rounds + 2),
    "kafka": lambda: brokers.to_kafka(build, 60_000 * scale, rounds, payload_size),
    "push": lambda: push.durable_200s(1 + rounds, 2 if chosen.quick else 5),
    "cdr": lambda: polling.parsing(build, 1 + rounds),
    "backfill": lambda: polling.back_fill(20_000 if chosen.quick else 50_000, rounds),
    "latency": lambda: latency.latencies(build, (20_000,) if chosen.quick else (5_000, 20_000),
                                         5 if chosen.quick else 12, payload_size),
    "fsync": lambda: brokers.fsync_modes(100_000 if chosen.quick else 200_000, rounds),
    "rivals": lambda: rivals.to_redis(work, 20_000 if chosen.quick else 60_000, rounds),
    "rivals-kafka": lambda: rivals.to_kafka(build, work, 20_000 if chosen.quick else 60_000, rounds),
    "connections": lambda: brokers.connections((1, 10, 100, 1000), 60_000 if chosen.quick else 120_000),
    "sinks": lambda: brokers.fan_out((1, 2, 4), 40_000 * scale),
    "clients": lambda: fanout_sse.clients((1, 100, 1000), 5_000, 4 if chosen.quick else 20),
    "quiet": lambda: quiet.idle(1000, 10 if chosen.quick else 30),
}
if chosen.soak:
    measurements = {"soak": lambda: latency.soak(chosen.soak, 5_000)}
unknown = set(chosen.only or ()) - set(measurements)
if unknown:
    parser.error(f"no measurement {', '.join(sorted(unknown))}; there are: {', '.join(measurements)}")

command = "bench/run" + (" --quick" if chosen.quick else f" --soak {chosen.soak}" if chosen.soak else "")
facts = {"command": command, **facts()}
soak_file = chosen.output / "soak.json"  # of the last --soak, which other runs show


def report_all(tables):
    shown = list(tables)
    if not chosen.soak and (soak := report.load(soak_file)):
        shown.append(soak)
    report.write(chosen.output, facts, shown, "Results")


tables = []
problems = []
for name, measure in measurements.items():
    if chosen.only and name not in chosen.only:
        continue
    began = time.monotonic()
    print(f"{name} ...", file=sys.stderr, flush=True)
    try:
        tables.append(measure())
        tables[-1].name = name
        said = tables[-1].verdict or "done"
    except Exception as problem:  # the others are measured all the same
        traceback.print_exc()
        tables.append(report.failed(name, problem))
        problems.append(name)
        said = "FAILED"
    print(f"{name}: {said} ({time.monotonic() - began:.0f} s)", file=sys.stderr, flush=True)
    if chosen.soak and not problems:
        report.store(tables[-1], facts, soak_file)
    elif not chosen.soak:
        report_all(tables)  # so that what ends early leaves what it has
print(soak_file if chosen.soak else chosen.output / "RESULTS.md", file=sys.stderr)
if problems:
    sys.exit(f"not measured: {', '.join(problems)}")
