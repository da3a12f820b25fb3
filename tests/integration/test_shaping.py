"""Filters, lanes, masked numbers, capture and check --connect, by the built programs."""

import json
import re

import harness
import pipeline

CALLS = ("--rate", "40", "--duration", "6", "--time-scale", "5", "--seed", "7")


class Shaping(harness.TestCase):
    def run_until_played(self, sim, sinks, pbx=""):
        """callstream over one simulated PBX until all of it was played; its log."""
        toml = pipeline.config({"hq": sim.port}, sinks, self.directory / "journal",
                               'retention = "1h"')
        toml = toml.replace("[pbx.hq]", "[pbx.hq]\n" + pbx)
        toml += '[shutdown]\ndeadline = "60s"\n'  # a busy machine, a broker that has just begun
        callstream = self.start(pipeline.Callstream(self.directory, toml))
        harness.wait_until("all was played", sim.done)
        self.assertEqual(callstream.terminate(), 0, callstream.stderr()[-3000:])
        return callstream.stderr()

    def test_lanes_hold_every_event_once_in_order(self):
        server = self.redis()
        path = self.directory / "events.ndjson"
        sinks = {"all": pipeline.file_sink(path),
                 "live": pipeline.redis_sink(server, "calls.{pbx}.{family}")}
        log = self.run_until_played(self.sim(*CALLS), sinks)
        reference = pipeline.events_in_file(path)
        self.assertGreater(len(reference), 500)
        streams = [key for key in server.client().keys("calls.hq.*")]
        got = []
        for stream in streams:
            events = pipeline.events_in_redis(server, stream)
            family = stream.rsplit(".", 1)[1]
            self.assertEqual({event["type"].split(".")[0] for event in events}, {family})
            for numbers in pipeline.sequences(events).values():
                self.assertEqual(numbers, sorted(set(numbers)))
            got += events
        self.assertEqual(sorted(int(event["sequence"]) for event in got),
                         list(range(1, len(reference) + 1)))
        self.assertIn("sink=live.hq.call", log)

    def test_lanes_go_to_topics_of_a_real_kafka(self):
        broker = self.kafka()
        path = self.directory / "events.ndjson"
        families = ("call", "leg", "source")
        for broker.topic in (f"calls.{family}" for family in families):
            broker.create_topic(2)
        broker.topic = "calls.{family}"
        sinks = {"all": pipeline.file_sink(path),
                 "bus": 'include = { types = ["call.*", "leg.*"] }\n'
                        + pipeline.kafka_sink(broker)}
        self.run_until_played(self.sim(*CALLS), sinks)
        reference = pipeline.events_in_file(path)
        for family in families:
            broker.topic = f"calls.{family}"
            events = pipeline.events_in_kafka(broker)
            wanted = [event for event in reference if event["type"].startswith(family + ".")]
            got, told = pipeline.by_call(events), pipeline.by_call(wanted)
            self.assertEqual(got.keys(), told.keys())
            for key, of_call in told.items():
                self.assertEqual([event["sequence"] for event in got[key]],
                                 [event["sequence"] for event in of_call], key)

    def test_filters_are_counted_and_hold_nothing_back(self):
        everything = self.directory / "all.ndjson"
        chosen = self.directory / "sales.ndjson"
        sinks = {"all": pipeline.file_sink(everything),
                 "sales": 'include = { types = ["call.*", "queue.*"], queues = ["support"] }\n'
                          + pipeline.file_sink(chosen)}
        log = self.run_until_played(
            self.sim(*CALLS), sinks,
            pbx='exclude = { types = ["device.*"], contexts = ["/^from-trunk/"] }')
        reference = pipeline.events_in_file(everything)
        for numbers in pipeline.sequences(reference).values():
            self.assertEqual(numbers, list(range(1, len(numbers) + 1)))
        for event in reference:
            self.assertFalse(event["type"].startswith("device."), event)
            self.assertFalse(str(event["data"].get("context")).startswith("from-trunk"), event)
        self.assertTrue(any(event["data"].get("context") == "from-internal"
                            for event in reference if event["type"] == "leg.created"))
        wanted = [event for event in reference
                  if event["type"].startswith("source.")
                  or (event["type"].startswith(("call.", "queue."))
                      and event["data"]["queue"] == "support")]
        self.assertEqual(pipeline.events_in_file(chosen), wanted)
        counts = re.search(r"events of a PBX.* published=(\d+) left_out=(\d+)", log)
        self.assertEqual(int(counts[1]), len(reference))
        self.assertGreater(int(counts[2]), 0)
        counts = re.search(r"events of a sink.* sink=sales acknowledged=(\d+) left_out=(\d+)", log)
        self.assertEqual(int(counts[1]), len(wanted))
        self.assertEqual(int(counts[2]), len(reference) - len(wanted))

    def test_a_sink_that_must_not_have_numbers_has_none(self):
        plain, hidden = self.directory / "plain.ndjson", self.directory / "hidden.ndjson"
        sinks = {"plain": pipeline.file_sink(plain),
                 "hidden": 'numbers = { form = "masked", keep_last = 2, shorter_than = 5 }\n'
                           + pipeline.file_sink(hidden)}
        self.run_until_played(self.sim(*CALLS), sinks)
        before, after = pipeline.events_in_file(plain), pipeline.events_in_file(hidden)
        self.assertEqual([pipeline.key_of(event) for event in before],
                         [pipeline.key_of(event) for event in after])
        numbers = {event["data"]["calling"]["number"] for event in before
                   if event["type"] == "call.initiated"}
        long_numbers = {number for number in numbers if number and len(number) >= 7}
        self.assertTrue(long_numbers)
        text = "".join(json.dumps(event["data"]) for event in after)
        for number in long_numbers:
            self.assertNotIn(number, text)

    def test_a_capture_replays_as_it_was_heard(self):
        sim = self.sim(*CALLS)
        config = self.directory / "callstream.toml"
        config.write_text(pipeline.config({"hq": sim.port}, {}, ":memory:"))
        recording = self.start(harness.Process(
            [harness.CALLSTREAM, "capture", "--config", config, "--output",
             self.directory / "day"], self.directory, "capture"))
        harness.wait_until("all was played", sim.done)
        self.assertEqual(recording.terminate(), 0, recording.stderr())
        raw = (self.directory / "day.ami").read_bytes()
        reads = [json.loads(line) for line in
                 (self.directory / "day.segments.jsonl").read_text().splitlines()]
        self.assertEqual(sum(read["len"] for read in reads), len(raw))
        self.assertNotIn(b"Secret", raw)
        events = pipeline.replayed(self.directory / "day.ami", "hq")
        ended = [event for event in events if event["type"] == "call.ended"]
        self.assertGreater(len(ended), 20)

    def test_check_connect_says_what_a_pbx_costs(self):
        sim = self.sim(*CALLS)
        config = self.directory / "callstream.toml"
        config.write_text(pipeline.config({"hq": sim.port}, {}, ":memory:"))
        code, out, errors = pipeline.run_callstream("check", "--config", config, "--connect")
        self.assertEqual(code, 0, errors)
        self.assertIn(f"pbx hq: logged in at 127.0.0.1:{sim.port}, AMI ", out)
        self.assertIn("Asterisk 23.4.1", out)
        self.assertIn("systemname is not set", out)
        config.write_text(config.read_text().replace('secret = "callstream"', 'secret = "wrong"'))
        code, out, errors = pipeline.run_callstream("check", "--config", config, "--connect")
        self.assertEqual(code, 1, errors)
        self.assertIn("pbx hq: cannot log in at", out)


if __name__ == "__main__":
    harness.main()
