"""One UCM that is heard by AMI, polled, and pushes its CDRs, all at once: each record is told once."""

import collections
import random
import time

import harness
from harness import FULL, wait_until
from pbx_api import PbxApi
from pipeline import Callstream, events_in_redis, redis_sink

CALLS = 1_000


class Ways(harness.TestCase):
    def setUp(self):
        super().setUp()
        self.server = self.redis()
        http_port = harness.free_port()
        # AMI and push take up to five seconds for a CDR, and a poll is two seconds behind the call:
        # each is the first at times. Recordings come when each has told.
        self.pbx = self.start(PbxApi(
            self.directory, "grandstream", "--cdrs", "0", "--calls", CALLS, "--rate", "50",
            "--call-seconds", "5", "--recording-delay", "9", "--manager", "0", "--tell-delay",
            "5000", "--push", f"http://127.0.0.1:{http_port}/cdr", "--push-token", "token"))
        self.toml = f"""
[journal]
path = "{self.directory}/journal"
[http]
listen = "127.0.0.1:{http_port}"
[sink.live]
{redis_sink(self.server)}
{self.pbx.table("grandstream")}
[pbx.hq.ami]
address = "127.0.0.1:{self.pbx.manager_port}"
username = "admin"
secret = "secret"
snapshot_timeout = "5s"
backoff_first = "100ms"
backoff_longest = "500ms"
[pbx.hq.push]
path = "/cdr"
token = "token"
"""

    def callstream(self):
        return self.start(Callstream(self.directory, self.toml))

    def told(self):
        """The records that were told, and those that were updated, by their keys."""
        created, updated = {}, collections.Counter()
        for event in events_in_redis(self.server):
            key = event["id"].partition("+")[0]
            if event["type"] == "cdr.created":
                self.assertNotIn(key, created)
                created[key] = event
            elif event["type"] == "cdr.updated":
                self.assertEqual(event["partitionkey"], created[key]["partitionkey"])
                self.assertIsNotNone(event["data"]["recording"])
                updated[key] += 1
        return created, updated

    @staticmethod
    def record_count(row):
        return row["legs"] + (row["legs"] > 1)  # and one of the call as a whole

    def check(self):
        wait_until("all calls", lambda: self.pbx.state()["cdrs"] == CALLS)
        truth = {f"{row['start']}.{row['number']}": row for row in self.pbx.truth()}
        self.assertEqual(len(truth), CALLS)
        wanted = {call: self.record_count(row) for call, row in truth.items()}
        wait_until("all records", lambda: len(self.told()[0]) >= sum(wanted.values()))
        wait_until("all pushes", lambda: self.pbx.state()["pushed"] == CALLS)

        def late():
            """Records whose recording came when they were told: of each call the first leg's."""
            early = {event["data"]["call_id"] for event in self.told()[0].values()
                     if event["data"]["recording"]}
            return {call for call, row in truth.items() if row["recording"]} - early
        wait_until("all recordings", lambda: sum(self.told()[1].values()) >= len(late()))
        time.sleep(12)  # for what would be too much: the last of the three ways is over by then
        created, updated = self.told()
        calls = collections.Counter(event["data"]["call_id"] for event in created.values())
        self.assertEqual(calls, wanted)
        alone = [event for event in created.values()
                 if event["data"]["leg_id"] is None or wanted[event["data"]["call_id"]] == 1]
        self.assertEqual(len(alone), CALLS)
        self.assertEqual(collections.Counter(created[key]["data"]["call_id"] for key in updated),
                         collections.Counter(late()))
        self.assertEqual(set(updated.values()), {1})
        ids = collections.Counter(event["id"] for event in events_in_redis(self.server))
        self.assertEqual([one for one, count in ids.items() if count > 1], [])
        return created, len(updated)

    def test_a_thousand_calls_are_told_once_each_whichever_way_was_first(self):
        process = self.callstream()
        created, late = self.check()
        ways = collections.Counter(event["data"]["vendor"]["event"] for event in created.values())
        print(f"{len(created)} records of {CALLS} calls, {late} recordings later; first told by "
              f"{dict(ways)}", flush=True)
        self.assertGreater(ways["Cdr"], 100, "by AMI")
        self.assertGreater(ways["CDR"], 100, "by a push or a poll")
        self.assertTrue(any(key.endswith("#2") for key in created), "records that are alike")
        # One call, by whatever way: its CDRs have the id that AMI's events of it have.
        events = events_in_redis(self.server)
        heard = {event["data"]["call_id"] for event in events if event["type"] == "call.ended"}
        since = next(event["time"] for event in events if event["type"] == "source.connected"
                     and event["data"]["transport"] == "ami")
        unheard = {event["data"]["call_id"] for event in created.values()
                   if event["data"]["ended_at"] > since} - heard
        self.assertEqual(unheard, set())
        self.assertGreater(len(heard), CALLS / 2)
        self.assertEqual(process.terminate(), 0)

    def test_kills_in_the_middle_lose_and_double_nothing(self):
        chance = random.Random(11)
        process = self.callstream()
        kills = 0
        while self.pbx.state()["cdrs"] < CALLS or kills < (20 if FULL else 4):
            time.sleep(chance.uniform(1, 5))
            process.kill()
            process = self.callstream()
            kills += 1
        created, late = self.check()
        print(f"{kills} kills; {len(created)} records, {late} recordings later", flush=True)
        self.assertEqual(process.terminate(), 0)


if __name__ == "__main__":
    harness.main()
