"""Brokers that stop, PBX connections that are cut, and callstream itself killed: nothing is lost.

A file sink beside Redis and Kafka, whose disk never goes away, says what there was to deliver.
"""

import json
import os
import random
import time

import harness
import pipeline
from ami import parse_message
from captures import plain_capture

OUTAGE_S = 20 if harness.FULL else 3
KILLS = int(os.environ.get("CALLSTREAM_KILLS", "50"))
EVENTS_PER_SECOND = 4000


class Fault(harness.TestCase):
    """A callstream between a simulated PBX and Redis, Kafka and a file."""

    def brokers(self):
        self.redis_server, self.kafka_broker = self.redis(), self.kafka()

    def sinks(self):
        return {"live": pipeline.redis_sink(self.redis_server),
                "log": pipeline.kafka_sink(self.kafka_broker),
                "file": pipeline.file_sink(self.directory / "events.ndjson")}

    def toml(self, *ports):
        pbxes = {f"pbx{index + 1}": port for index, port in enumerate(ports)}
        return pipeline.config(pbxes, self.sinks(), self.directory / "journal",
                               'retention = "1h"\n[shutdown]\ndeadline = "50s"')

    def callstream(self, *ports):
        return self.start(pipeline.Callstream(self.directory, self.toml(*ports)))

    def delivered(self):
        try:
            return self.redis_server.client().xlen("calls.events")
        except Exception:  # away on purpose
            return 0

    def wait_for_events(self, count):
        harness.wait_until(f"{count} events in Redis", lambda: self.delivered() >= count)

    def check_delivery(self, callstream):
        """Ends callstream in good order; then each sink must hold every event, in order."""
        self.assertEqual(callstream.terminate(), 0, callstream.stderr()[-3000:])
        reference = pipeline.events_in_file(self.directory / "events.ndjson")
        self.assertEqual(len(reference), len(pipeline.without_repeats(reference)))
        in_redis = pipeline.events_in_redis(self.redis_server)
        in_kafka = pipeline.events_in_kafka(self.kafka_broker)
        for numbers in pipeline.sequences(reference).values():
            self.assertEqual(numbers, list(range(1, len(numbers) + 1)))
        self.check_same_events(in_redis, reference)
        self.check_same_events(pipeline.without_repeats(in_kafka), reference)
        self.verify_journal()
        return reference

    def verify_journal(self):
        code, out, errors = pipeline.run_callstream("journal", "verify", "--journal",
                                                    self.directory / "journal")
        self.assertEqual(code, 0, out + errors)

    def check_same_events(self, events, reference):
        self.assertEqual(len(events), len(reference))
        self.assertEqual([int(event["sequence"]) for event in sorted(events, key=_place)],
                         [int(event["sequence"]) for event in sorted(reference, key=_place)])
        got, expected = pipeline.by_call(events), pipeline.by_call(reference)
        self.assertEqual(got.keys(), {key or "" for key in expected})
        for key, told in expected.items():
            self.assertEqual([pipeline.key_of(event) for event in got[key or ""]],
                             [pipeline.key_of(event) for event in told], key)


def _place(event):
    return pipeline.pbx_of(event), int(event["sequence"])


class BrokerOutage(Fault):
    def outage(self, *brokers_of_test):
        self.brokers()
        load_s = 4 + 2 * OUTAGE_S
        sim = self.sim("--load", str(load_s * EVENTS_PER_SECOND), "--event-rate",
                       str(EVENTS_PER_SECOND))
        callstream = self.callstream(sim.port)
        self.wait_for_events(2000)
        brokers = [getattr(self, name) for name in brokers_of_test]
        for broker in brokers:
            broker.stop()
        time.sleep(OUTAGE_S)
        self.assertTrue(callstream.running(), callstream.stderr()[-3000:])
        for broker in brokers:
            broker.start()
        harness.wait_until("the load is over", sim.done, 3 * load_s + 60)
        events = self.check_delivery(callstream)
        self.assertGreater(len(events), load_s * EVENTS_PER_SECOND / 4)

    def test_redis_away_loses_and_repeats_nothing(self):
        self.outage("redis_server")

    def test_kafka_away_loses_nothing(self):
        self.outage("kafka_broker")

    def test_both_away_lose_nothing(self):
        self.outage("redis_server", "kafka_broker")


class LateBrokers(Fault):
    def test_brokers_that_appear_after_the_calls_get_all_of_them(self):
        self.brokers()
        self.redis_server.stop()
        self.kafka_broker.stop()
        sim = self.sim("--rate", "50", "--calls", "100", "--time-scale", "100")
        callstream = self.callstream(sim.port)
        harness.wait_until("all calls are played", sim.done)
        self.redis_server.start()
        self.kafka_broker.start()
        self.wait_for_events(500)
        events = self.check_delivery(callstream)
        played = {id for call in sim.summary()["pbx"][0]["calls"] for id in call["linkedids"]}
        ended = {event["data"]["call_id"] for event in events if event["type"] == "call.ended"}
        self.assertLessEqual(ended, played)
        self.assertGreaterEqual(len(ended), 100)


class Shutdown(Fault):
    def test_sigterm_under_load_delivers_all_that_was_published(self):
        self.brokers()
        sim = self.sim("--load", "1000000", "--event-rate", str(EVENTS_PER_SECOND))
        callstream = self.callstream(sim.port)
        self.wait_for_events(3000)
        self.check_delivery(callstream)


    def test_sigterm_in_silence_still_delivers_the_goodbye(self):
        self.brokers()
        sim = self.sim("--rate", "50", "--calls", "5", "--time-scale", "100")
        for _ in range(5):  # whether a sink drains before the goodbye is a matter of luck
            callstream = self.callstream(sim.port)
            harness.wait_until("a connection", lambda: "connected to the PBX" in
                               callstream.stderr() and "connected to kafka" in callstream.stderr())
            harness.wait_until("all calls are played", sim.done)
            self.assertEqual(callstream.terminate(), 0, callstream.stderr()[-3000:])
        events = self.check_delivery(callstream)
        goodbyes = [event for event in events if event["type"] == "source.disconnected"]
        self.assertEqual(len(goodbyes), 5)


class Killed(Fault):
    def test_sigkill_again_and_again_loses_nothing_that_the_journal_holds(self):
        self.brokers()
        sim = self.sim("--load", "100000000", "--event-rate", str(EVENTS_PER_SECOND))
        choice = random.Random(1)
        for _ in range(KILLS):
            before = self.delivered()
            callstream = self.callstream(sim.port)
            self.wait_for_events(before + 50)
            time.sleep(choice.uniform(0.0, 0.4))
            callstream.kill()
            self.verify_journal()
        before = self.delivered()
        callstream = self.callstream(sim.port)
        self.wait_for_events(before + 50)
        self.check_delivery(callstream)


class CutConnection(Fault):
    def test_a_message_cut_in_half_leaves_no_trace(self):
        name = "r_trunks"
        capture = plain_capture(name, self.directory)
        self.brokers()
        sim = self.sim("--replay", capture, "--cut-every", "30000")
        callstream = self.callstream(sim.port)
        harness.wait_until("the capture is played", sim.done)
        events = self.check_delivery(callstream)
        cuts = sim.summary()["sessions"]["cuts"]
        self.assertGreater(cuts, 5)
        kinds = [event["type"] for event in events]
        self.assertGreater(kinds.count("cdr.created"), 3)
        self.assertGreaterEqual(kinds.count("source.disconnected"), cuts)
        self.assertGreaterEqual(kinds.count("source.connected"), cuts)

        recorded = [tuple(parse_message(raw)) for raw in capture.read_bytes().split(b"\r\n\r\n")]
        for event in events:
            if event["type"] == "vendor.event":
                headers = tuple(map(tuple, event["data"]["headers"]))
                self.assertIn(headers, recorded)
        rows = {json.dumps(pipeline.without_times(event)["data"])
                for event in pipeline.replayed(capture, "pbx1") if event["type"] == "cdr.created"}
        for event in events:
            if event["type"] == "cdr.created":
                self.assertIn(json.dumps(pipeline.without_times(event)["data"]), rows)


if __name__ == "__main__":
    harness.main()
