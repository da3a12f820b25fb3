"""Measures callstream on this machine; see bench/run."""

import argparse
import os
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from machine import ROOT, facts  # noqa: E402

parser = argparse.ArgumentParser(prog="bench/run", description=__doc__)
parser.add_argument("--quick", action="store_true", help="less of each: two minutes, and wider spreads")
parser.add_argument("--only", metavar="NAME", action="append",
                    help="one measurement, such as redis; may repeat")
parser.add_argument("--output", metavar="DIRECTORY", default=ROOT / "bench", type=pathlib.Path,
                    help="where RESULTS.md, results.json and charts go; default: bench")
parser.add_argument("--build", default=ROOT / "build/release", type=pathlib.Path, help=argparse.SUPPRESS)
chosen = parser.parse_args()
os.environ["CALLSTREAM_BUILD"] = str(chosen.build.resolve())  # for the tests' processes

import brokers  # noqa: E402
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
    "pipeline": lambda: programs.pipeline(build, programs.capture(work), 1 + rounds),
    "redis": lambda: brokers.to_redis(100_000 * scale, rounds),
    "kafka": lambda: brokers.to_kafka(build, 60_000 * scale, rounds, payload_size),
    "push": lambda: push.durable_200s(1 + rounds, 2 if chosen.quick else 5),
    "rivals": lambda: rivals.to_redis(work, 20_000 * scale, rounds),
    "rivals-kafka": lambda: rivals.to_kafka(build, work, 20_000 * scale, rounds),
    "connections": lambda: brokers.connections((1, 10, 100, 1000), 60_000 * scale),
    "sinks": lambda: brokers.fan_out((1, 2, 4), 40_000 * scale),
    "quiet": lambda: quiet.idle(1000, 10 if chosen.quick else 30),
}
unknown = set(chosen.only or ()) - set(measurements)
if unknown:
    parser.error(f"no measurement {', '.join(sorted(unknown))}; there are: {', '.join(measurements)}")

tables = []
for name, measure in measurements.items():
    if chosen.only and name not in chosen.only:
        continue
    began = time.monotonic()
    print(f"{name} ...", file=sys.stderr, flush=True)
    tables.append(measure())
    print(f"{name}: {tables[-1].verdict or 'done'} ({time.monotonic() - began:.0f} s)", file=sys.stderr)
command = "bench/run" + (" --quick" if chosen.quick else "")
report.write(chosen.output, {"command": command, **facts()}, tables, "Results")
print(f"{chosen.output / 'RESULTS.md'}", file=sys.stderr)
