"""What the same work costs with what a person would use instead; see ../rivals/README.md."""

import shutil
import subprocess

import brokers
import pipeline as tests
from machine import ROOT
from measure import Figure, Growth, cpu_seconds, interleaved
from report import Row, Table
from stage import stage

RIVALS = ROOT / "bench/rivals"
GO_MINOR_MIN = 26  # of Go 1, what benthos needs


def build_panoramisk(work):
    directory = work / "panoramisk"
    if not (directory / "bin/python").exists():
        subprocess.run(["python3", "-m", "venv", directory], check=True)
        subprocess.run([directory / "bin/pip", "install", "--quiet", "--disable-pip-version-check", "-r",
                        RIVALS / "panoramisk/requirements.txt"], check=True)
    return [directory / "bin/python", RIVALS / "panoramisk/main.py"]


def build_asterisk_manager(work):
    directory = work / "asterisk_manager"
    shutil.copytree(RIVALS / "asterisk_manager", directory, dirs_exist_ok=True)
    if not (directory / "node_modules").exists():
        subprocess.run(["npm", "ci", "--silent", "--no-fund", "--no-audit"], cwd=directory, check=True)
    return ["node", directory / "main.js"]


def build_benthos(work):
    said = subprocess.run(["go", "version"], stdout=subprocess.PIPE, text=True).stdout
    minor = int(said.split("go1.")[1].split(".")[0].split()[0]) if "go1." in said else 0
    if minor < GO_MINOR_MIN:
        raise RuntimeError(f"benthos needs Go 1.{GO_MINOR_MIN}, here is: {said.strip() or 'no Go'}")
    program = work / "benthos"
    subprocess.run(["go", "build", "-o", program, "."], cwd=RIVALS / "benthos", check=True)
    return [program]


def build_asterisk_java(work):
    directory = work / "asterisk_java"
    shutil.copytree(RIVALS / "asterisk_java", directory, dirs_exist_ok=True)
    subprocess.run(["mvn", "--quiet", "--batch-mode", "--no-transfer-progress", "package",
                    "dependency:copy-dependencies", "-DoutputDirectory=target/jars"],
                   cwd=directory, check=True)
    return ["java", "-Xmx512m", "-cp", f"{directory}/target/classes:{directory}/target/jars/*", "rival.Main"]


# Name -> how to build it, where it sends to.
REDIS_RIVALS = {
    "benthos + go-redis": build_benthos,
    "asterisk-manager + ioredis": build_asterisk_manager,
    "panoramisk + redis-py": build_panoramisk,
}
GENERIC = ("benthos + go-redis",)  # pipelines; the others are clients in a script
PATIENCE_S = 10  # asterisk-java drops what its queue of 20,000 events has no room for
KAFKA_RIVALS = {"asterisk-java + kafka-clients": build_asterisk_java}


class Cost:
    """The CPU of a process, that of its start-up apart from that of its events."""

    def __init__(self, pid):
        self.pid = pid
        self.begun = None  # seconds of CPU and events when the first of these were acknowledged
        self.last = (0, 0)

    def look(self, acknowledged):
        try:
            self.last = (cpu_seconds(self.pid), acknowledged)
        except OSError:
            return  # it has done its work and ended
        if acknowledged > 0 and self.begun is None:
            self.begun = self.last

    def result(self, growth, events):
        if self.begun is None or self.begun[1] == self.last[1]:
            raise RuntimeError(f"all of {events} events were there before the first look")
        (started, first), (ended, last) = self.begun, self.last
        return {"per_second": growth.per_second(), "cpu_us": (ended - started) / (last - first) * 1e6,
                "start_up_ms": started * 1e3, "acknowledged": min(1.0, growth.points[-1][1] / events)}


def redis_of(start, events):
    """`start(scene, ami_port, redis)` -> a process; what it took to get all events acknowledged."""
    with stage() as scene:
        server = scene.redis()
        sim = scene.sim("--load", events)
        cost = Cost(start(scene, sim.port, server).popen.pid)
        client = server.client()

        def read():
            acknowledged = brokers.entries_added(client)
            cost.look(acknowledged)
            return acknowledged

        return cost.result(Growth().watch(read, events), events)


def kafka_of(build, start, events):
    with stage() as scene:
        kafka = scene.kafka()
        sim = scene.sim("--load", events)
        cost = Cost(start(scene, sim.port, kafka).popen.pid)
        patience = () if start is ours else (PATIENCE_S,)
        growth = brokers.kafka_growth(build, kafka, events, *patience, on_count=cost.look)
        return cost.result(growth, events)


def rival(command, events):
    def start(scene, port, server):
        target = server.port if hasattr(server, "url") else f"127.0.0.1:{server.port}"
        return scene.run(command, "rival", AMI_PORT=port, TARGET=target, STREAM=brokers.STREAM,
                         EVENTS=events)
    return start


def ours(scene, port, server):
    sink = tests.redis_sink(server) if hasattr(server, "url") else tests.kafka_sink(server)
    return scene.callstream([port], {"live": sink})


def compared(title, file, cases, events, rounds):
    """`cases`: name -> a run. Rows for those, and for the builders that failed, the reason."""
    results = interleaved({name: run for name, run in cases.items() if not isinstance(run, str)}, rounds)
    cost = Figure(each["cpu_us"] for each in results["callstream"]).median
    rows = []
    for name, runs in results.items():
        spent = Figure(each["cpu_us"] for each in runs)
        rows.append(Row(name, [spent, Figure(value / cost for value in spent.samples),
                               Figure(each["start_up_ms"] for each in runs),
                               Figure(each["per_second"] for each in runs),
                               f"{100 * min(each['acknowledged'] for each in runs):.1f} %"], name == "callstream"))
    rows += [Row(name, [f"not measured: {run}", "", "", "", ""]) for name, run in cases.items()
             if isinstance(run, str)]
    times = {row.name: row.cells[1].median for row in rows if isinstance(row.cells[1], Figure)}
    enough = {name: ratio >= (3 if name in GENERIC else 10) for name, ratio in times.items() if name != "callstream"}
    return Table(
        title,
        f"{events:,} AMI events from the same socket to the same server, as fast as they are read, with "
        "acknowledgements; what is lost on the way is not counted. Start-up is what was used when the first event was "
        "acknowledged. What each rival does is in [rivals](rivals/README.md).",
        ["CPU, µs an event", "times callstream's", "CPU of start-up, ms", "events/s", "acknowledged, at worst"], rows,
        bar="at least 10x less CPU than a scripting client, 3x less than a generic pipeline",
        verdict="Measured: " + ", ".join(f"{times[name]:.1f}x {name}" for name in enough) + ".",
        reached=bool(enough) and all(enough.values()),
        chart=(0, "µs of CPU an event", "less"), file=file)


def cases_of(builders, work, events, measure):
    cases = {"callstream": lambda: measure(ours, events)}
    for name, build in builders.items():
        try:
            command = [str(word) for word in build(work)]
        except (RuntimeError, OSError, subprocess.CalledProcessError) as problem:
            cases[name] = str(problem)
            continue
        cases[name] = lambda command=command: measure(rival(command, events), events)
    return cases


def to_redis(work, events, rounds):
    return compared("Beside what people write: to Redis", "rivals-redis",
                    cases_of(REDIS_RIVALS, work, events, redis_of), events, rounds)


def to_kafka(build, work, events, rounds):
    cases = cases_of(KAFKA_RIVALS, work, events, lambda start, count: kafka_of(build, start, count))
    return compared("Beside what people write: to Kafka", "rivals-kafka", cases, events, rounds)
