"""Each consumer of docs/examples against a real broker and a played PBX."""

import collections
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import unittest

import harness
import pipeline

EXAMPLES = harness.ROOT / "docs/examples"
CALLS = ("--listen", "127.0.0.1:0", "--rate", "20", "--duration", "6", "--time-scale", "5",
         "--seed", "7")


def needs(program):
    """Skips where a program is missing; with CI=true that is a failure."""
    if shutil.which(program) is None:
        if os.environ.get("CI") == "true":
            raise AssertionError(f"there is no {program}")
        raise unittest.SkipTest(f"there is no {program}")


class Examples(harness.TestCase):
    def run_example(self, command, name):
        return self.start(harness.Process(command, self.directory, name))

    def play(self, sinks, extra=""):
        """callstream over a simulated PBX, until all calls were played; the events of its file."""
        path = self.directory / "events.ndjson"
        sim = self.sim(*CALLS)
        toml = pipeline.config({"hq": sim.port}, {"all": pipeline.file_sink(path), **sinks},
                               self.directory / "journal") + extra
        toml += '[shutdown]\ndeadline = "60s"\n'
        callstream = self.start(pipeline.Callstream(self.directory, toml))
        harness.wait_until("all was played", sim.done)
        self.assertEqual(callstream.terminate(), 0, callstream.stderr()[-3000:])
        return pipeline.events_in_file(path)

    def test_the_node_feed_follows_kafka(self):
        needs("npm")
        broker = self.kafka()
        events = self.play({"bus": pipeline.kafka_sink(broker)})
        feed = self.directory / "kafka-node"
        shutil.copytree(EXAMPLES / "kafka-node", feed)
        subprocess.run(["npm", "ci", "--silent", "--no-fund", "--no-audit"], cwd=feed, check=True)
        process = self.run_example(["node", feed / "feed.mjs", f"127.0.0.1:{broker.port}"], "feed")
        # At the end nothing is ahead of what is missing, and the calls are those that did not end.
        live = {event["data"]["call_id"] for event in events
                if event["type"].startswith("call.") and event["data"].get("state")}
        live -= {event["data"]["call_id"] for event in events if event["type"] == "call.ended"}
        waiting = [event["data"]["waiting"] for event in events
                   if event["type"].startswith("queue.caller_")
                   and isinstance(event["data"].get("waiting"), int)]

        def lines():
            return [json.loads(line) for line in process.stdout().splitlines(keepends=True)
                    if line.endswith("\n")]
        harness.wait_until("the feed has all", lambda: lines() and {
            key: lines()[-1][key] for key in ("calls", "ahead", "waiting")} == {
            "calls": len(live), "ahead": 0, "waiting": {"support": waiting[-1]}})
        self.assertEqual(process.terminate(), 0)
        self.assertGreater(len(lines()), 100)

    def test_the_python_feed_goes_on_where_it_was(self):
        server = self.redis()
        events = self.play({"live": pipeline.redis_sink(server)})
        shown = [event["type"] for event in events
                 if event["type"] in ("queue.caller_joined", "call.ended")]
        command = ["/usr/bin/python3", EXAMPLES / "redis_feed.py", server.url()]
        first = self.run_example(command, "redis_feed_first")
        harness.wait_until("some are shown", lambda: len(first.stdout().splitlines()) > 5)
        first.kill()  # in the midst of a batch: what it had taken comes again
        second = self.run_example(command, "redis_feed_second")
        group = lambda: server.client().xinfo_groups("calls.events")[0]
        harness.wait_until("all is acknowledged", lambda: (
            group()["pending"] == 0 and server.client().xinfo_stream("calls.events")
            ["last-generated-id"] == group()["last-delivered-id"]))
        self.assertEqual(second.terminate(), 0)
        lines = first.stdout().splitlines() + second.stdout().splitlines()
        self.assertGreaterEqual(len(lines), len(shown))
        self.assertEqual(sum(" call " in line for line in set(lines)), shown.count("call.ended"))
        self.assertNotIn("missing", first.stderr() + second.stderr())

    def test_the_shell_lines_do_what_they_say(self):
        server = self.redis()
        events = self.play({"live": pipeline.redis_sink(server)})
        blocks = re.findall(r"```sh\n(.*?)```", (EXAMPLES / "redis-cli.md").read_text(), re.S)
        printed = []
        for block in blocks:
            done = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", block], text=True, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env=dict(os.environ, R=f"redis-cli -u {server.url()}"))
            self.assertEqual(done.returncode, 0, block + done.stdout)
            self.assertNotIn("ERR", done.stdout)
            printed.append(done.stdout)
        self.assertEqual(len(printed), 5)
        self.assertEqual(int(printed[0].split()[0]), len(events))
        counted = [int(line.split()[0]) for line in printed[1].splitlines()]
        self.assertEqual(sum(counted), 100)
        self.assertEqual(counted, sorted(counted, reverse=True))
        self.assertEqual(printed[2].count("partitionkey"), 10)
        self.assertEqual(printed[3].split()[0], "10")
        self.assertEqual(int(printed[4]), len(events))

    def test_the_streams_application_counts_every_call_once(self):
        needs("mvn")
        needs("javac")
        broker = self.kafka()
        events = self.play({"bus": pipeline.kafka_sink(broker)})
        broker.topic = "calls.per-minute"
        broker.create_topic(1)
        jars = self.directory / "jars"
        subprocess.run(["mvn", "--quiet", "--batch-mode", "--no-transfer-progress",
                        "-DincludeScope=runtime", f"-DoutputDirectory={jars}",
                        "-f", EXAMPLES / "kafka-streams/pom.xml", "dependency:copy-dependencies"],
                       check=True, stdout=subprocess.DEVNULL)
        process = self.run_example(
            ["java", "-XX:TieredStopAtLevel=1", "-Xmx256m",
             f"-Dstate.dir={self.directory}/state", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
             "-cp", f"{jars}/*", EXAMPLES / "kafka-streams/CallCount.java",
             f"127.0.0.1:{broker.port}"], "call_count")
        wanted = collections.Counter(
            f"{event['time'][:17]}00Z {event['data']['direction']} {event['data']['disposition']}"
            for event in events if event["type"] == "call.ended")
        self.assertGreater(sum(wanted.values()), 50)

        def counts():  # the last number of each key
            self.assertTrue(process.running(), process.stderr()[-2000:])
            return {key: int(value) for _, _, key, value in broker.records()} == wanted
        harness.wait_until("the counts are those of the events", counts)
        process.terminate()

    def test_the_screen_pops_for_one_extension(self):
        port = harness.free_port()
        customers = self.directory / "customers.csv"
        customers.write_text("number,name,account\n+49 30 1234567,Acme,1\n")
        process = self.run_example(
            ["/usr/bin/python3", EXAMPLES / "screen_pop.py", "111", customers,
             f"http://127.0.0.1:{port}"], "screen_pop")
        events = self.play({}, f'[web]\nlisten = "127.0.0.1:{port}"\n')
        calls = [event["data"] for event in events if event["type"] == "leg.ringing"
                 and event["data"]["leg"]["number"] == "111"]
        self.assertGreater(len(calls), 1)
        lines = process.stdout().splitlines()
        wanted = [f"{data['calling']['number']} calls: not known" for data in calls]
        self.assertTrue(lines, process.stderr())
        # It may have begun after the first rang; then nothing is missing.
        self.assertEqual(lines, wanted[len(wanted) - len(lines):])
        process.popen.send_signal(signal.SIGINT)
        process.wait()


class ScreenPop(unittest.TestCase):
    def test_a_customer_is_found_however_the_number_is_written(self):
        space = {"__name__": "screen_pop"}
        exec(pathlib.Path(EXAMPLES / "screen_pop.py").read_text(), space)
        self.assertEqual(space["digits"]("+49 30 1234567"), space["digits"]("0301234567"))
        self.assertEqual(space["digits"](None), "")


if __name__ == "__main__":
    harness.main()
