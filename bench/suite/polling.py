"""CDRs: how fast they are read, and filled in from a PBX's table, beside a loop of curl and jq."""

import re
import resource
import subprocess
import time

import pipeline as tests
from measure import Figure, cpu_seconds, interleaved, ratios
from pbx_api import PbxApi
from report import Row, Table
from stage import lines_of, stage

DAYS = 5
# What a person would write: a login, then each hour's rows, as lines of JSON.
LOOP = """
set -e
ask() {{ curl -s --compressed --cacert {certificate} -b {jar} -c {jar} -X POST "$1"; }}
ask "{url}/cgi/webserve/8404?&UserName=admin&Password={digest}" > /dev/null
for ((from = {begin}; from < {end}; from += 3600)); do
    printf -v first '%(%Y-%m-%d%%20%H:%M)T' $from
    printf -v last '%(%Y-%m-%d%%20%H:%M)T' $((from + 3600))
    ask "{url}/cgi/webserve/9006?&startdate=$first&enddate=$last&src=&dst=&disposition=All\
&userfield=All&minbillsec=&maxbillsec=&cidname=&in_route=&IVR=&port=-1" |
        jq -c '.json_array_astcdrs[] | {{type: "cdr.created", call_id: .UniqueID,
            calling: .src, called: .dst, started_at: .calldate, duration: (.duration | tonumber),
            billable: (.billsec | tonumber), disposition: .disposition,
            recording: .["Recording filename"]}}' >> {out}
done
"""
CONFIG = """
[journal]
path = "{directory}/journal"
[log]
level = "error"
[pbx.hq]
family = "nexo"
timezone = "UTC"
[pbx.hq.cdr_poll]
url = "{url}"
username = "admin"
password = "secret"
tls = {{ ca_file = "{certificate}" }}
since = "2020-01-01"
requests_per_minute = 6000
window = "{window}"
[sink.out]
{sink}
"""
SECRET_MD5 = "5ebe2294ecd0e0f08eab7690d2a6ee69"  # as the PBX wants the word that is its password


def parsing(build, rounds):
    """Answers of 1,000 CDRs to rows."""
    samples = {}
    for _ in range(rounds):
        for line in lines_of(build / "bench/bench_cdr"):
            name, _, rest = line.partition(" ")
            size, ns, speed, floor_ns = map(float, re.findall(r"\d+(?:\.\d+)?", rest)[:4])
            samples.setdefault(name, []).append((1e9 / ns, ns, speed, size / floor_ns * 1000))
    rows = [Row(name, [Figure(values) for values in zip(*each)], True)
            for name, each in samples.items()]
    slowest = min(row.cells[0].median for row in rows)
    return Table(
        "CDRs read",
        "`bench_cdr`: answers of 1,000 CDRs of a UCM become rows: names, times in the PBX's zone, numbers, UTF-8. "
        "The floor only looks for the ends of lines in the same bytes.",
        ["rows/s", "ns a row", "MB/s", "floor, MB/s"], rows,
        verdict=f"Measured: at least {slowest:,.0f} rows/s on one core.")


def ours(count):
    """Rows a second and CPU seconds per 1,000 CDRs, until all of them are in the file sink."""
    with stage() as scene:
        pbx = scene.keep(PbxApi(scene.directory, "nexo", "--cdrs", count, "--days", DAYS))
        out = scene.directory / "events.ndjson"
        out.touch()
        begin = time.monotonic()
        process = scene.keep(tests.Callstream(scene.directory, CONFIG.format(
            directory=scene.directory, url=pbx.url(), certificate=pbx.certificate, window="1h",
            sink=tests.file_sink(out))))
        seen = 0
        with open(out, "rb") as lines:
            while seen < count:
                seen += lines.read().count(b'"type":"cdr.created"')
                if time.monotonic() - begin > 120:
                    raise RuntimeError(f"{seen} of {count} CDRs; {process.stderr()[-1000:]}")
                time.sleep(0.02)
        took = time.monotonic() - begin
        return count / took, 1e6 * cpu_seconds(process.popen.pid) / count


def theirs(count):
    with stage() as scene:
        pbx = scene.keep(PbxApi(scene.directory, "nexo", "--cdrs", count, "--days", DAYS))
        out = scene.directory / "rows.ndjson"
        now = int(time.time()) // 3600 * 3600
        script = LOOP.format(certificate=pbx.certificate, jar=scene.directory / "jar", url=pbx.url(),
                             digest=SECRET_MD5, begin=now - (DAYS * 24 + 1) * 3600, end=now + 3600,
                             out=out)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        begin = time.monotonic()
        subprocess.run(["bash", "-c", script], check=True, env={"TZ": "UTC", "PATH": "/usr/bin:/bin"})
        took = time.monotonic() - begin
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        seen = out.read_bytes().count(b"\n")
        if seen < count:
            raise RuntimeError(f"the loop saw {seen} of {count} CDRs")
        return count / took, 1e6 * cpu / count


def back_fill(count, rounds):
    measured = interleaved({"callstream": lambda: ours(count), "curl, jq": lambda: theirs(count)}, rounds)
    speeds = {name: [speed for speed, _ in each] for name, each in measured.items()}
    costs = {name: [cost for _, cost in each] for name, each in measured.items()}
    faster = ratios(speeds["callstream"], speeds["curl, jq"])
    cheaper = ratios(costs["curl, jq"], costs["callstream"])
    rows = [Row(name, [Figure(speeds[name]), Figure(costs[name])], name == "callstream")
            for name in measured]
    return Table(
        "Back-fill of a PBX's CDRs",
        f"`callstream-sim pbx-api --family nexo` with {count:,} CDRs of {DAYS} days, over HTTPS. callstream logs "
        "in, reads windows that grow, puts the rows in order, remembers them against repeats, writes them to the "
        "journal with fsync, and from there to a file; the loop asks for each hour with curl and writes nine "
        "fields of each row with jq. Both until the last row is in its file.",
        ["CDRs/s", "CPU, ms per 1,000 CDRs"], rows,
        verdict=f"Measured: {faster.median:.2f}x the speed of the loop, {cheaper.median:.2f}x less CPU.",
        chart=(1, "CPU, ms per 1,000 CDRs", "less"), file="backfill")
