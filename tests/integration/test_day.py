"""A day of an appliance that speaks AMI 1.1, played by callstream-sim: every call ends once and has
one CDR, with its recording where there is one."""

import collections

import harness
import pipeline

CALLS = 500
# How many of each in a hundred: what a small office hears.
MIX = ("internal_answered=20,inbound_answered=12,outbound_answered=10,queue_answered=12,"
       "queue_abandoned=5,ring_group=8,menu=8,callback=5,no_answer=5,canceled=3,busy=4,"
       "congestion=1,hold=3,blind_transfer=2,attended_transfer=2")
INTERNAL = {"internal_answered", "no_answer", "busy", "hold"}
OUTBOUND = {"outbound_answered", "congestion", "callback"}


def config(port, path, journal):
    return "\n".join([
        "[journal]", f'path = "{journal}"',
        "[pbx.shop]", 'family = "nexo"',
        f'ami = {{ address = "127.0.0.1:{port}", username = "callstream", secret = "callstream" }}',
        "[sink.log]", pipeline.file_sink(path)]) + "\n"


def direction_of(scenario):
    if scenario in INTERNAL:
        return "internal"
    return "outbound" if scenario in OUTBOUND else "inbound"


class Day(harness.TestCase):
    def setUp(self):
        super().setUp()
        sim = self.sim("--ami-1", "--calls", str(CALLS), "--rate", "2", "--time-scale", "100",
                       "--seed", "7", "--mix", MIX)
        path = self.directory / "events.ndjson"
        callstream = self.start(pipeline.Callstream(
            self.directory, config(sim.port, path, self.directory / "journal")))
        harness.wait_until("the day is over", lambda: sim.done() or not callstream.running(), 120)
        self.assertEqual(callstream.terminate(), 0, callstream.stderr())
        self.calls = sim.summary()["pbx"][0]["calls"]
        self.events = pipeline.events_in_file(path)
        self.by_type = collections.defaultdict(list)
        for event in self.events:
            self.by_type[event["type"]].append(event["data"])

    def counted(self, event_type, key="call_id"):
        return collections.Counter(data[key] for data in self.by_type[event_type])

    def test_every_call_ends_once_and_has_one_cdr_with_its_recording(self):
        self.assertEqual(len(self.calls), CALLS)
        begun = self.counted("call.initiated")
        ended = self.counted("call.ended") + self.counted("call.merged", "merged_call_id")
        records = self.counted("cdr.created", "leg_id")
        ids = [id for call in self.calls for id in call["linkedids"]]
        self.assertEqual(begun, collections.Counter(ids))
        self.assertEqual(ended, collections.Counter(ids))
        self.assertEqual(records, collections.Counter(ids))

        recorded = {(cdr["call_id"], cdr["recording"]) for cdr in self.by_type["cdr.created"]
                    if cdr["recording"] is not None}
        available = collections.Counter(
            (data["call_id"], data["file"]) for data in self.by_type["recording.available"])
        self.assertEqual(available, collections.Counter(recorded))
        self.assertGreater(len(recorded), CALLS / 4)
        self.assertLess(len(recorded), CALLS * 3 / 4)

        last = {data["call_id"]: data for data in self.by_type["call.ended"]}
        for call in self.calls:
            with self.subTest(scenario=call["scenario"], id=call["linkedids"][0]):
                told = last[call["linkedids"][0]]
                self.assertEqual(told["direction"], direction_of(call["scenario"]))
                outcome = told["disposition"]
                if call["scenario"] == "queue_abandoned":
                    self.assertEqual(outcome, "canceled")  # the caller gave up
                else:
                    self.assertEqual(outcome, call["disposition"])
                self.assertEqual(told["connected_at"] is not None, outcome == "answered")

        kinds = collections.Counter(call["scenario"] for call in self.calls)
        self.assertEqual(len(self.by_type["call.transferred"]),
                         kinds["blind_transfer"] + kinds["attended_transfer"])
        self.assertEqual(len(self.by_type["queue.caller_abandoned"]), kinds["queue_abandoned"])
        self.assertEqual(len(self.by_type["agent.completed"]), kinds["queue_answered"])
        self.assertEqual(len(self.by_type["call.held"]),
                         kinds["hold"] + kinds["attended_transfer"])
        self.assertEqual(len(self.by_type["originate.completed"]), kinds["callback"])


if __name__ == "__main__":
    harness.main()
