"""What the integration tests stand on: processes that always end, real brokers, and waiting.

Everything listens on 127.0.0.1 and a free port, lives in a temporary directory, and is ended by
the pid it was started with.
"""

import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

import redis

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("CALLSTREAM_BUILD", ROOT / "build/debug")).resolve()
CALLSTREAM = BUILD / "app/callstream"
SIM = BUILD / "bench/callstream-sim"
KAFKA = ROOT / "tests/support/kafka/kafka.py"
sys.path.append(str(KAFKA.parent))
from kafka import free_port  # noqa: E402  it stands beside the broker that needs it most
FULL = os.environ.get("CALLSTREAM_FULL") == "1"  # the long forms of the tests
PATIENCE_S = float(os.environ.get("CALLSTREAM_PATIENCE", "60"))


def wait_until(what, condition, patience_s=PATIENCE_S):
    """Returns the first true value of condition(); fails, naming `what`, after `patience_s`."""
    deadline = time.monotonic() + patience_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"after {patience_s:.0f} s still waiting: {what}")
        time.sleep(0.02)


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Process:
    """A program of ours or a broker; stdout and stderr go to files."""

    def __init__(self, command, directory, name=None):
        self.name = name or pathlib.Path(command[0]).name
        self.command = [str(part) for part in command]
        self.stdout_path = pathlib.Path(directory) / f"{self.name}.out"
        self.stderr_path = pathlib.Path(directory) / f"{self.name}.err"
        with open(self.stdout_path, "ab") as out, open(self.stderr_path, "ab") as err:
            self.popen = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=out,
                                          stderr=err)

    def stdout(self):
        return self.stdout_path.read_text(errors="replace")

    def stderr(self):
        return self.stderr_path.read_text(errors="replace")

    def running(self):
        return self.popen.poll() is None

    def wait(self, patience_s=PATIENCE_S):
        try:
            return self.popen.wait(patience_s)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.name} did not end; its last words:\n"
                                 + self.stderr()[-2000:]) from None

    def terminate(self, patience_s=PATIENCE_S):
        if self.running():
            self.popen.send_signal(signal.SIGTERM)
        return self.wait(patience_s)

    def kill(self):
        if self.running():
            self.popen.kill()
        return self.popen.wait()


class Sim(Process):
    """callstream-sim with the given options, listening."""

    count = 0

    def __init__(self, directory, *options):
        Sim.count += 1
        self.summary_path = pathlib.Path(directory) / f"sim{Sim.count}.json"
        super().__init__([SIM, *options, "--summary", self.summary_path], directory,
                         f"sim{Sim.count}")
        wanted = max(1, list(options).count("--listen"), list(options).count("--replay"))
        wait_until("callstream-sim listens",
                   lambda: not self.running() or len(self._lines()) >= wanted)
        if len(self._lines()) < wanted:
            raise AssertionError("callstream-sim ended: " + self.stderr())
        self.ports = [int(line.rsplit(":", 1)[1]) for line in self._lines()]
        self.port = self.ports[0]

    def _lines(self):
        return [line for line in self.stdout().splitlines() if line.startswith("listening ")]

    def done(self):
        """Whether all was played."""
        try:
            return json.loads(self.summary_path.read_text())["finished"]
        except (FileNotFoundError, json.JSONDecodeError):
            return False

    def summary(self):
        return json.loads(self.summary_path.read_text())


class Redis:
    """A real redis-server; what it holds survives stop() and start()."""

    def __init__(self, directory, durable=True):
        self.directory = pathlib.Path(directory) / "redis"
        self.directory.mkdir()
        self.durable = durable
        self.port = free_port()
        self.process = None

    def start(self):
        self.process = Process(
            ["redis-server", "--port", self.port, "--bind", "127.0.0.1", "--dir", self.directory,
             "--save", "", "--appendonly", "yes" if self.durable else "no"], self.directory, "redis")
        wait_until("redis answers", self._answers)

    def _answers(self):
        try:
            return self.client().ping()
        except redis.ConnectionError:  # refused, or still loading what it holds
            return False

    def client(self):
        return redis.Redis(port=self.port, decode_responses=True)

    def url(self):
        return f"redis://127.0.0.1:{self.port}"

    def stop(self):
        self.process.terminate()

    def kill(self):
        if self.process is not None:
            self.process.kill()

    def cli(self, *words):
        """What redis-cli prints, as JSON."""
        printed = subprocess.run(["redis-cli", "-3", "--json", "-p", str(self.port), *words],
                                 stdout=subprocess.PIPE, check=True)
        return json.loads(printed.stdout)


class Kafka:
    """A real broker (tests/support/kafka); what it holds survives stop() and start()."""

    def __init__(self, directory, topic="calls.events"):
        self.directory = pathlib.Path(directory) / "kafka"
        self.topic = topic
        self.port = None

    def create_topic(self, partitions=4):
        self._run("create-topic", self.directory, self.topic, partitions)

    def _run(self, *words):
        done = subprocess.run([sys.executable, str(KAFKA), *map(str, words)], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if done.returncode != 0:
            raise AssertionError(f"kafka.py {words[0]}: {done.stderr[-2000:]}")
        return done.stdout

    def start(self):
        self.port = int(self._run("start", self.directory).split()[-1])

    def stop(self):
        self._run("stop", self.directory)

    def kill(self):
        self._run("kill", self.directory)

    def records(self):
        """All of the topic, read by Kafka's own consumer: (partition, offset, key, value)."""
        out = self.directory / "records.tsv"
        self._run("consume", self.directory, self.topic, out)
        with open(out, encoding="utf-8") as lines:
            return [line.rstrip("\n").split("\t", 3) for line in lines]


class TestCase(unittest.TestCase):
    """Gives each test a directory, and ends what it started, last first."""

    def setUp(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="callstream-test-"))
        self.addCleanup(shutil.rmtree, self.directory, True)

    def start(self, process):
        self.addCleanup(process.kill)
        return process

    def sim(self, *options):
        return self.start(Sim(self.directory, *options))

    def redis(self):
        server = Redis(self.directory)
        self.addCleanup(server.kill)
        server.start()
        return server

    def kafka(self):
        broker = Kafka(self.directory)
        self.addCleanup(broker.kill)
        broker.start()
        broker.create_topic()
        return broker


def main():
    """Runs the tests of the calling file; failures show what was left in the log files."""
    unittest.main(verbosity=2, argv=[sys.argv[0], *sys.argv[1:]])
