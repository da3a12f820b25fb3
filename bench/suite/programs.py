"""The parsers and the way into the journal, measured by programs of their own."""

import re
import subprocess

from machine import ROOT
from measure import Figure, ratios
from report import Row, Table
from stage import lines_of


def framing(build, rounds):
    """AMI framing and header index beside a two-memchr scanner and a copy."""
    samples = {}
    instructions = ""
    for _ in range(rounds):
        head, _, *rows = lines_of(build / "bench/bench_ami_parse")
        instructions = head.rsplit(", ", 1)[1]
        for row in rows:
            found = re.match(r"(\S.*?)\s{2,}([\d.]+)\s+(\d+)\s+([\d.]+)x\s+(\d+)", row)
            samples.setdefault(found[1], []).append(
                (float(found[2]), float(found[4]), int(found[5])))
    rows = [Row(name, [Figure(ns for ns, _, _ in each), Figure(ratio for _, ratio, _ in each),
                       Figure(count for _, _, count in each)], name == "callstream")
            for name, each in samples.items()]
    ratio = Figure(ratio for _, ratio, _ in samples["two memchr"]).median
    return Table(
        "AMI framing and header index",
        f"`bench_ami_parse`: messages of a recorded Asterisk, in the cache. Instructions used: "
        f"{instructions}. \"And views\" also looks up the headers that the call tracker needs.",
        ["ns a message", "ours is faster by", "allocations"], rows,
        bar="at least 1.5x a scanner built on two memchr calls per line; no allocation",
        verdict=f"Measured: {ratio:.2f}x.", chart=(0, "ns a message", "less"), file="framing", reached=ratio >= 1.5)


def pipeline(build, capture, rounds):
    """AMI bytes to events in the journal, on one core."""
    measured = []
    for row in lines_of(build / "bench/bench_pipeline", capture, "--rounds", rounds, "--seconds", 1.5):
        measured.append([float(word) for word in re.findall(r"[\d.]+", row)])
    column = [Figure(values) for values in zip(*measured)]
    speed = column[0].median
    return Table(
        "AMI bytes to journalled events, one core",
        "`bench_pipeline`: a capture of a real Asterisk with every class of events switched on; framing, "
        "header index, call tracker, JSON, checksum, journal. The floor is a copy of the same bytes.",
        ["AMI messages/s", "ns each", "events each", "MB/s in", "MB/s journalled", "allocations each",
         "times the floor"], [Row("callstream", column, True)],
        bar="at least 1,000,000 AMI events/s on one core; no allocation for an event",
        verdict=f"Measured: {speed:,.0f}/s, {column[5].median:.4f} allocations.",
        reached=speed >= 1_000_000 and column[5].median == 0)


def yeastar(build, rounds):
    """Pushed reports beside simdjson walking over them."""
    ours, floor, allocations = [], [], []
    for _ in range(rounds):
        head, first, second = lines_of(build / "bench/bench_yeastar", ROOT / "tests/data/yeastar/shapes.in")
        ns, count = re.search(r"([\d.]+) ns a report\s+([\d.]+)", first).groups()
        ours.append(float(ns))
        allocations.append(float(count))
        floor.append(float(re.search(r"([\d.]+) ns", second)[1]))
    return Table(
        "Pushed reports, parsed",
        f"`bench_yeastar`: recorded reports of Yeastar-style PBXes in every shape ({head.rsplit(' (', 1)[0]}): sizes "
        "and charset checked, names compared without case, members and fields kept in order with their paths. The "
        "floor is simdjson walking over the same bytes and keeping nothing.",
        ["ns a report", "times the floor", "allocations"],
        [Row("callstream", [Figure(ours), ratios(ours, floor), Figure(allocations)], True),
         Row("simdjson, a walk", [Figure(floor), "1", ""])],
        chart=(0, "ns a report", "less"), file="yeastar")


def capture(work):
    """The load capture of the tests, unpacked."""
    unpacked = work / "m_mixed.ami"
    if not unpacked.exists():
        subprocess.run(["zstd", "--quiet", "-d", "-f", "-o", unpacked,
                        ROOT / "tests/data/asterisk/m_mixed.ami.zst"], check=True)
    return unpacked
