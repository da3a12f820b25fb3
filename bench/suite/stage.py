"""A PBX, callstream and brokers on loopback, for as long as one measurement."""

import contextlib
import pathlib
import shutil
import subprocess
import sys
import tempfile

from machine import ROOT

sys.path.append(str(ROOT / "tests/integration"))
import harness  # noqa: E402  the tests' processes: started, awaited, ended by pid
import pipeline  # noqa: E402


@contextlib.contextmanager
def stage():
    """Gives a Stage and ends what it started, last first."""
    with contextlib.ExitStack() as ends:
        directory = pathlib.Path(tempfile.mkdtemp(prefix="callstream-bench-"))
        ends.callback(shutil.rmtree, directory, True)
        yield Stage(directory, ends)


class Stage:
    def __init__(self, directory, ends):
        self.directory = directory
        self._ends = ends

    def keep(self, process):
        self._ends.callback(process.kill)
        return process

    def sim(self, *options):
        return self.keep(harness.Sim(self.directory, *options))

    def redis(self):
        server = self.keep(harness.Redis(self.directory, durable=False))
        server.start()
        return server

    def kafka(self, partitions=4):
        broker = self.keep(harness.Kafka(self.directory))
        broker.start()
        broker.create_topic(partitions)
        return broker

    def mock_kafka(self, build, partitions=4):
        """librdkafka's own cluster, for as long as the stage."""
        return MockKafka(self.keep(harness.Process([build / "bench/bench_kafka", "mock", MockKafka.topic, partitions],
                                                   self.directory, "mock")))

    def callstream(self, ports, sinks, journal=None, extra=""):
        """`extra`: more lines of [journal]."""
        toml = pipeline.config({f"pbx{index}": port for index, port in enumerate(ports)}, sinks,
                               journal or self.directory / "journal", extra)
        return self.keep(pipeline.Callstream(self.directory, toml))

    def run(self, command, name, directory=None, **environment):
        """A program of somebody else's; `environment` is added to ours."""
        return self.keep(harness.Process(
            ["env", *(f"{key}={value}" for key, value in environment.items()), *command],
            self.directory, name))


class MockKafka:
    topic = "calls.events"

    def __init__(self, process):
        harness.wait_until("the mock cluster listens", process.stdout)
        self.port = int(process.stdout().rpartition(":")[2])


def lines_of(*command):
    """What a program says, a line as it comes."""
    with subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, text=True) as asked:
        yield from (line.rstrip("\n") for line in asked.stdout)
    if asked.returncode != 0:
        raise RuntimeError(f"{command[0]} ended with {asked.returncode}")


def output_of(*command):
    done = subprocess.run(list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]}: {done.stdout[-1000:]}{done.stderr[-1000:]}")
    return done.stdout
