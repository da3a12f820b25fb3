#!/usr/bin/env python3
"""A real Apache Kafka for tests: one broker in KRaft mode on loopback, its data in a directory.

    kafka.py fetch                               the jars, once, into the cache
    kafka.py start DIR                           prints the port; again with the same DIR: same data
    kafka.py stop DIR | kill DIR                 SIGTERM and wait | SIGKILL
    kafka.py create-topic DIR TOPIC PARTITIONS
    kafka.py consume DIR TOPIC FILE              all records so far, by Kafka's own consumer;
                                                 a line each: partition, offset, key, value

DIR keeps server.properties, port, pid, broker.log and data/. The jars come from Maven Central
through Debian's maven into ${CALLSTREAM_CACHE:-~/.cache/callstream}/kafka-VERSION.
"""

import argparse
import os
import pathlib
import random
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

VERSION = os.environ.get("CALLSTREAM_KAFKA_VERSION", "4.3.1")
HERE = pathlib.Path(__file__).resolve().parent
CACHE = pathlib.Path(os.environ.get("CALLSTREAM_CACHE", "~/.cache/callstream")).expanduser()
JARS = CACHE / f"kafka-{VERSION}"
START_TIMEOUT_S = 120
STOP_TIMEOUT_S = 60

PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller_port}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
controller.listener.names=CONTROLLER
log.dirs={data}
num.partitions=4
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
# After SIGKILL the controller lets the broker register again when its session is over.
broker.heartbeat.interval.ms=500
broker.session.timeout.ms=2000
"""


def fetch():
    if JARS.is_dir():
        return
    CACHE.mkdir(parents=True, exist_ok=True)
    # Into a directory beside, then renamed: a fetch that was cut off leaves nothing half done.
    with tempfile.TemporaryDirectory(dir=CACHE) as work:
        shutil.copy(HERE / "pom.xml", work)
        subprocess.run(
            ["mvn", "--quiet", "--batch-mode", "--no-transfer-progress",
             f"-Dkafka.version={VERSION}", "-DincludeScope=runtime",
             f"-DoutputDirectory={work}/jars", "dependency:copy-dependencies"],
            cwd=work, check=True, stdout=sys.stderr)
        try:
            os.rename(f"{work}/jars", JARS)
        except OSError:
            if not JARS.is_dir():  # otherwise someone else was faster
                raise


def java(main_class, *arguments, jvm=("-XX:TieredStopAtLevel=1", "-Xmx256m")):
    """The command line; tools live too briefly to be worth optimising."""
    return ["java", *jvm, "-XX:+UseSerialGC", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
            "-Dlog4j2.level=ERROR", "-cp", f"{JARS}/*", main_class, *map(str, arguments)]


def free_port():
    # Below the ports that the kernel gives to outgoing connections: a client that dials a dead
    # broker again and again would at last be given that very port, talk to itself and hold it.
    while True:
        port = random.randrange(20000, 32000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


def answers(port):
    """Whether a broker answers an ApiVersions request (key 18, version 0) without error."""
    request = struct.pack(">hhih", 18, 0, 1, -1)
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as peer:
            peer.sendall(struct.pack(">i", len(request)) + request)
            answer = peer.recv(10, socket.MSG_WAITALL)
    except OSError:
        return False
    return len(answer) == 10 and struct.unpack(">iih", answer)[1:] == (1, 0)


def running(directory):
    """The broker's pid, if that process is still the one that start() made."""
    try:
        pid = int((directory / "pid").read_text())
        command = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
    except (OSError, ValueError):
        return None
    return pid if bytes(directory / "server.properties") in command else None


def start(directory):
    fetch()
    directory.mkdir(parents=True, exist_ok=True)
    properties = directory / "server.properties"
    if not properties.exists():
        port = free_port()
        (directory / "port").write_text(str(port))
        properties.write_text(PROPERTIES.format(
            port=port, controller_port=free_port(), data=directory / "data"))
        subprocess.run(java("kafka.tools.StorageTool", "format", "-t", "Y2FsbHN0cmVhbS10ZXN0cw",
                            "-c", properties), check=True, stdout=sys.stderr)
    broker = None
    if running(directory) is None:
        with open(directory / "broker.log", "ab") as log:
            broker = subprocess.Popen(
                java("kafka.Kafka", properties, jvm=("-Xms256m", "-Xmx512m")),
                cwd=directory, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True)
        (directory / "pid").write_text(str(broker.pid))
    port = port_of(directory)
    deadline = time.monotonic() + START_TIMEOUT_S
    while not answers(port):
        if (broker and broker.poll() is not None) or time.monotonic() > deadline:
            sys.exit(f"kafka: the broker does not answer, see {directory}/broker.log")
        time.sleep(0.1)
    print(port)


def end(directory, how):
    pid = running(directory)
    if pid is None:
        return
    os.kill(pid, how)
    deadline = time.monotonic() + STOP_TIMEOUT_S
    while running(directory) == pid:
        if time.monotonic() > deadline:
            sys.exit("kafka: the broker does not end")
        time.sleep(0.05)


def port_of(directory):
    return int((directory / "port").read_text())


def create_topic(directory, topic, partitions):
    subprocess.run(java("org.apache.kafka.tools.TopicCommand", "--create", "--topic", topic,
                        "--partitions", partitions, "--replication-factor", 1,
                        "--bootstrap-server", f"127.0.0.1:{port_of(directory)}"),
                   check=True, stdout=sys.stderr)


def record_count(server, topic):
    shell = subprocess.run(
        java("org.apache.kafka.tools.GetOffsetShell", "--bootstrap-server", server,
             "--topic", topic, "--time", "latest"), check=True, stdout=subprocess.PIPE, text=True)
    return sum(int(line.rsplit(":", 1)[1]) for line in shell.stdout.split())


def consume(directory, topic, path):
    server = f"127.0.0.1:{port_of(directory)}"
    count = record_count(server, topic)
    if count == 0:
        path.write_text("")
        return
    settings = ["print.key=true", "print.partition=true", "print.offset=true"]
    with open(path, "w", encoding="utf-8") as out:
        consumer = subprocess.Popen(
            java("org.apache.kafka.tools.consumer.ConsoleConsumer", "--bootstrap-server", server,
                 "--topic", topic, "--from-beginning", "--max-messages", count,
                 "--timeout-ms", 60000, *(part for name in settings
                                          for part in ("--property", name))),
            stdout=subprocess.PIPE, text=True, encoding="utf-8")
        for line in consumer.stdout:
            if not line.startswith("Partition:"):
                continue  # a hint to the person at the console
            partition, offset, rest = line.split("\t", 2)
            out.write(f"{partition.removeprefix('Partition:')}\t"
                      f"{offset.removeprefix('Offset:')}\t{rest}")
        if consumer.wait() != 0:
            sys.exit("kafka: the console consumer failed")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("fetch")
    for name in ("start", "stop", "kill", "create-topic", "consume"):
        command = commands.add_parser(name)
        command.add_argument("directory", type=lambda path: pathlib.Path(path).resolve())
        if name in ("create-topic", "consume"):
            command.add_argument("topic")
        if name == "create-topic":
            command.add_argument("partitions", type=int)
        if name == "consume":
            command.add_argument("file", type=pathlib.Path)
    given = parser.parse_args()
    match given.command:
        case "fetch":
            fetch()
        case "start":
            start(given.directory)
        case "stop":
            end(given.directory, signal.SIGTERM)
        case "kill":
            end(given.directory, signal.SIGKILL)
        case "create-topic":
            create_topic(given.directory, given.topic, given.partitions)
        case "consume":
            consume(given.directory, given.topic, given.file)


if __name__ == "__main__":
    main()
