"""Pushed reports: what was answered 200 is published, once, whatever happens to callstream.

CALLSTREAM_FULL=1 kills a hundred times.
"""

import collections
import os
import random
import re
import shutil
import subprocess
import time
import unittest

import harness
import pipeline
import push

KILLS = int(os.environ.get("CALLSTREAM_KILLS", "100" if harness.FULL else "10"))
SENDERS = 8

WRK_SCRIPT = """
local count = 0
local threads = 0
function setup(thread) threads = threads + 1; thread:set("id", threads) end
function request()
  count = count + 1
  local body = string.format('{"action":"ExtensionStatus","extension":"%d-%d","status":"Idle"}',
                             id, count)
  return wrk.format("POST", "/push/hq", nil, body)
end
"""


# Every answer 200, for wrk's own count takes no notice of the status.
WRK_COUNT = """
local all = {}
local start = setup
function setup(thread) start(thread); table.insert(all, thread) end
answered = 0
function response(status) if status == 200 then answered = answered + 1 end end
function done()
  for _, thread in ipairs(all) do print("answered " .. thread:get("answered")) end
end
"""


class Push(harness.TestCase):
    def setUp(self):
        super().setUp()
        self.port = harness.free_port()
        self.events_path = self.directory / "events.ndjson"

    def run_with(self, sinks=None, extra='retention = "1h"', **options):
        sinks = sinks or {"file": pipeline.file_sink(self.events_path)}
        toml = push.config(self.port, sinks, self.directory / "journal", extra, **options)
        callstream = self.start(pipeline.Callstream(self.directory, toml))
        harness.wait_until("callstream listens",
                           lambda: harness.listens(self.port) or not callstream.running())
        self.assertTrue(callstream.running(), callstream.stderr()[-2000:])
        return callstream

    def end(self, callstream):
        self.assertEqual(callstream.terminate(), 0, callstream.stderr()[-3000:])
        code, out, errors = pipeline.run_callstream("journal", "verify", "--journal",
                                                    self.directory / "journal")
        self.assertEqual(code, 0, out + errors)

    def check_calls(self, events, calls):
        numbers = [int(event["sequence"]) for event in events]
        self.assertEqual(numbers, list(range(1, len(numbers) + 1)))
        self.assertEqual(len(events), len(pipeline.without_repeats(events)))
        by_call = pipeline.by_call(events)
        self.assertEqual(len(by_call), calls)
        for key, told in by_call.items():
            counted = dict(collections.Counter(event["type"] for event in told))
            self.assertEqual(counted, push.EVENTS_OF_CALL, f"{key}: {[e['type'] for e in told]}")


class Promise(Push):
    def send_under_kills(self, sinks, kills, between=None):
        calls_each = max(60, 12 * kills)
        callstream = self.run_with(sinks)
        senders = [push.Sender(self.port, range(i * calls_each, (i + 1) * calls_each))
                   for i in range(SENDERS)]
        for sender in senders:
            sender.start()
        killed = 0
        while killed < kills:  # the last ones perhaps behind the last report
            time.sleep(random.uniform(0.05, 0.6))
            callstream.kill()
            killed += 1
            if between:
                between(killed)
            callstream = self.run_with(sinks)
        for sender in senders:
            sender.join(600)
            self.assertFalse(sender.is_alive(), callstream.stderr()[-2000:])
            self.assertIsNone(sender.failure)
        self.end(callstream)
        print(f"{killed} kills, {sum(s.repeats for s in senders)} reports sent again", flush=True)
        return SENDERS * calls_each

    def test_kills_lose_and_repeat_nothing(self):
        redis = self.redis()
        sinks = {"live": pipeline.redis_sink(redis), "file": pipeline.file_sink(self.events_path)}

        def redis_comes_and_goes(killed):
            if killed == KILLS // 3:
                redis.stop()
            if killed == 2 * KILLS // 3:
                redis.start()

        calls = self.send_under_kills(sinks, KILLS, redis_comes_and_goes)
        self.check_calls(pipeline.events_in_redis(redis), calls)


class Broker(Promise):
    def test_kills_and_a_broker_that_comes_and_goes(self):
        kafka = self.kafka()
        kills = max(3, KILLS // 5)

        def kafka_comes_and_goes(killed):
            if killed == kills // 3:
                kafka.stop()
            if killed == 2 * kills // 3:
                kafka.start()

        calls = self.send_under_kills({"log": pipeline.kafka_sink(kafka)}, kills,
                                      kafka_comes_and_goes)
        events = pipeline.without_repeats(pipeline.events_in_kafka(kafka))
        self.check_calls(sorted(events, key=lambda event: event["sequence"]), calls)

    test_kills_lose_and_repeat_nothing = None  # once is enough


class Simulated(Push):
    """callstream-sim pushes calls of every shape and outcome."""

    def push(self, calls, *options):
        return self.start(harness.Process(
            [harness.SIM, "push", "--calls", calls, "--retry", "20", *options,
             f"http://127.0.0.1:{self.port}/push/hq"], self.directory, f"sim{calls}"))

    def types_of_calls(self):
        """What was told of each call, in order; and of everything that is no call's."""
        told = pipeline.by_call(pipeline.events_in_file(self.events_path))
        others = collections.Counter(event["type"] for event in told.pop("", []))
        return {key: [event["type"] for event in events] for key, events in told.items()}, others

    def test_each_shape_gives_under_kills_what_it_gives_undisturbed(self):
        calls = 4500 if harness.FULL else 450
        callstream = self.run_with()
        self.assertEqual(self.push(calls).wait(), 0)
        self.end(callstream)
        wanted, wanted_others = self.types_of_calls()
        for path in (self.events_path, self.directory / "journal"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()

        callstream = self.run_with()
        rate = calls / (0.5 * KILLS)
        sim = self.push(calls, "--rate", str(rate), "--connections", "32", "--fresh-connections")
        killed = 0
        while sim.running():
            time.sleep(random.uniform(0.05, 0.6))
            callstream.kill()
            killed += 1
            callstream = self.run_with()
        self.assertEqual(sim.wait(), 0, sim.stderr())
        self.end(callstream)
        told, others = self.types_of_calls()
        for key in wanted:
            self.assertEqual(told.get(key), wanted[key], key)
        self.assertEqual(told.keys(), wanted.keys())
        self.assertEqual(others, wanted_others)
        print(f"{killed} kills, {sim.stdout().splitlines()[-1]}", flush=True)


class Load(Push):
    @unittest.skipUnless(shutil.which("wrk"), "wrk is not installed")
    def test_a_load_tool_gets_as_many_answers_as_there_are_events(self):
        callstream = self.run_with()
        script = self.directory / "push.lua"
        script.write_text(WRK_SCRIPT)
        printed = subprocess.run(
            ["wrk", "-t2", "-c32", "-d3s", "-s", script, f"http://127.0.0.1:{self.port}"],
            stdout=subprocess.PIPE, text=True, check=True).stdout
        self.assertNotIn("Non-2xx", printed)
        answered = int(re.search(r"(\d+) requests in", printed)[1])
        self.end(callstream)
        devices = [event["data"]["device"] for event in pipeline.events_in_file(self.events_path)]
        self.assertEqual(len(devices), len(set(devices)))
        self.assertGreaterEqual(len(devices), answered)
        self.assertLessEqual(len(devices), answered + 32)  # sent, and wrk ended before the answer
        print(re.search(r"Requests/sec:.*", printed)[0], flush=True)

    @unittest.skipUnless(shutil.which("wrk"), "wrk is not installed")
    def test_what_a_load_tool_was_answered_is_there_after_kills(self):
        callstream = self.run_with()
        script = self.directory / "push.lua"
        script.write_text(WRK_SCRIPT + WRK_COUNT)
        seconds = 60 if harness.FULL else 6
        wrk = self.start(harness.Process(
            ["wrk", "-t2", "-c32", f"-d{seconds}s", "-s", script,
             f"http://127.0.0.1:{self.port}"], self.directory))
        killed = 0
        while wrk.running():
            time.sleep(random.uniform(0.2, 0.6))
            callstream.kill()
            killed += 1
            callstream = self.run_with()
        answered = sum(int(count) for count in re.findall(r"answered (\d+)", wrk.stdout()))
        self.assertGreater(answered, 0, wrk.stdout())
        self.end(callstream)
        devices = [event["data"]["device"] for event in pipeline.events_in_file(self.events_path)]
        self.assertEqual(len(devices), len(set(devices)))
        self.assertGreaterEqual(len(devices), answered)
        self.assertLessEqual(len(devices), answered + 32 * (killed + 1))  # and never heard of
        print(f"{killed} kills, {answered} answered, {len(devices)} published", flush=True)

    def test_a_full_journal_sheds_before_the_body_and_comes_right_by_itself(self):
        redis = self.redis()
        redis.stop()
        callstream = self.run_with({"live": pipeline.redis_sink(redis)}, 'max_bytes = "16MiB"\nsegment_bytes = "4MiB"')
        accepted, refused = 0, ""
        while not refused and accepted < 30_000:
            sent = push.talk(self.port, push.post(
                '{"action":"Huge","number":"%d","text":"%s"}' % (accepted, "x" * 30_000)))
            if sent.startswith("HTTP/1.1 200 "):
                accepted += 1
            else:
                refused = sent
        self.assertTrue(refused.startswith("HTTP/1.1 503 "), refused)
        self.assertIn("Retry-After: ", refused)
        early = push.talk(self.port, b"POST /push/hq HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
                                     b"Content-Length: 1000\r\n\r\n")
        self.assertTrue(early.startswith("HTTP/1.1 503 "), early)
        redis.start()
        body = '{"action":"Huge","number":"last"}'
        harness.wait_until("reports are taken again", lambda: push.talk(
            self.port, push.post(body)).startswith("HTTP/1.1 200 "))
        self.end(callstream)
        numbers = [dict(event["data"]["headers"])["number"]
                   for event in pipeline.events_in_redis(redis)]
        self.assertEqual(numbers, [str(i) for i in range(accepted)] + ["last"])


if __name__ == "__main__":
    harness.main()
