"""Every capture of Asterisk 23.4.1, played over a real socket, arrives whole in real brokers.

One run for all: the simulator plays one PBX for each capture, as fast as callstream reads, into
Redis and Kafka; then each test looks at what is there.
"""

import collections
import json
import pathlib
import shutil
import tempfile
import unittest

import jsonschema

import harness
import pipeline
from captures import capture_names, plain_capture

# No conversation of a client that logged in, or one whose login is part of what is recorded.
NO_PLAY = ("n1_login_bad", "n2b_login_md5_bad", "n3_no_login")
LARGE = ("m_mixed",)  # 300,000 events: in the long form only


class Captures(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = pathlib.Path(tempfile.mkdtemp(prefix="callstream-test-"))
        cls.addClassCleanup(shutil.rmtree, cls.directory, True)
        cls.redis = harness.Redis(cls.directory)
        cls.addClassCleanup(cls.redis.kill)
        cls.redis.start()
        cls.kafka = harness.Kafka(cls.directory)
        cls.addClassCleanup(cls.kafka.kill)
        cls.kafka.start()
        cls.kafka.create_topic()
        cls.names = [name for name in capture_names() if name not in NO_PLAY
                     and (harness.FULL or name not in LARGE)]
        cls.paths = {name: plain_capture(name, cls.directory) for name in cls.names}
        cls.expected = {name: cls.events_of_play(name) for name in cls.names}
        cls.play()

    @classmethod
    def events_of_play(cls, name):
        """What callstream replay makes of a capture, but for the end of the recorded session."""
        return pipeline.replayed(cls.paths[name], name)

    @classmethod
    def play(cls):
        options = [option for name in cls.names for option in ("--replay", cls.paths[name])]
        sim = harness.Sim(cls.directory, *options)
        cls.addClassCleanup(sim.kill)
        toml = pipeline.config(
            dict(zip(cls.names, sim.ports)),
            {"live": pipeline.redis_sink(cls.redis), "log": pipeline.kafka_sink(cls.kafka)},
            cls.directory / "journal")
        callstream = pipeline.Callstream(cls.directory, toml)
        cls.addClassCleanup(callstream.kill)
        harness.wait_until("all captures are played",
                           lambda: sim.done() or not callstream.running(), 300)
        assert callstream.running(), callstream.stderr()
        assert callstream.terminate() == 0, callstream.stderr()
        cls.log = callstream.stderr()
        cls.in_redis = pipeline.events_in_redis(cls.redis)
        cls.in_kafka = pipeline.events_in_kafka(cls.kafka)

    def told(self, events, name):
        """A PBX's events but those about our own connection to it, without times, by call."""
        mine = [event for event in events if pipeline.pbx_of(event) == name
                and not event["type"].startswith("source.")]
        return {key: [pipeline.without_times(event) for event in told]
                for key, told in pipeline.by_call(mine).items()}

    def check_against_replay(self, events):
        for name in self.names:
            with self.subTest(name):
                expected = self.told(self.expected[name], name)
                self.assertGreater(len(expected), 0)
                got = self.told(events, name)
                self.assertEqual(sorted(got), sorted(expected))
                for key in expected:
                    self.assertEqual(got[key], expected[key], key)

    def test_redis_holds_what_replay_prints_in_the_order_of_each_call(self):
        self.check_against_replay(self.in_redis)

    def test_kafka_holds_what_replay_prints_in_the_order_of_each_call(self):
        self.check_against_replay(self.in_kafka)

    def test_no_sequence_number_is_missing_or_comes_twice(self):
        for events in (self.in_redis, self.in_kafka):
            for name, numbers in pipeline.sequences(events).items():
                with self.subTest(name):
                    self.assertEqual(sorted(numbers), list(range(1, len(numbers) + 1)))

    def test_redis_and_kafka_hold_the_same_events(self):
        def keyed(events):
            return {(event["source"], event["id"]): event for event in events}

        redis, kafka = keyed(self.in_redis), keyed(self.in_kafka)
        self.assertEqual(redis.keys(), kafka.keys())
        for key, event in kafka.items():
            same = {name: "" if value is None else value for name, value in event.items()}
            self.assertEqual(redis[key], same)

    def test_redis_cli_and_a_consumer_group_read_the_same_stream(self):
        entries = self.redis.cli("XRANGE", "calls.events", "-", "+")
        by_cli = [pipeline.from_redis_fields(zip(fields[::2], fields[1::2]))
                  for _, fields in entries]
        self.assertEqual(by_cli, self.in_redis)

        client, by_group = self.redis.client(), []
        client.xgroup_create("calls.events", "wallboards", id="0")
        while answer := client.xreadgroup("wallboards", "one", {"calls.events": ">"}, 1000):
            ids = [id for id, _ in answer[0][1]]
            by_group += [pipeline.from_redis_fields(fields) for _, fields in answer[0][1]]
            self.assertEqual(client.xack("calls.events", "wallboards", *ids), len(ids))
        self.assertEqual(by_group, self.in_redis)
        self.assertEqual(client.xpending("calls.events", "wallboards")["pending"], 0)

    def test_every_event_is_valid_by_its_schema(self):
        of_type = collections.defaultdict(list)
        for event in self.in_kafka:
            of_type[event["type"]].append(event)
        for name, events in of_type.items():
            code, out, errors = pipeline.run_callstream("schema", name)
            self.assertEqual(code, 0, errors)
            validator = jsonschema.Draft202012Validator(json.loads(out))
            step = 1 if harness.FULL else 1 + len(events) // 500
            for event in events[::step]:
                problem = jsonschema.exceptions.best_match(validator.iter_errors(event))
                self.assertIsNone(problem, f"{problem} in {event}")

    def test_every_call_that_began_has_ended(self):
        for name in self.names:
            began = {event["data"]["call_id"] for event in self.expected[name]
                     if event["type"] == "call.initiated"}
            kinds = {event["type"] for event in self.expected[name]}
            if began and name not in ("o2_client_cut", "o4_crash", "o5_slow_reader"):
                self.assertIn("call.ended", kinds, name)


if __name__ == "__main__":
    harness.main()
