"""callstream polls a FIBERME FCM5600 and a VoIPmonitor: their CDRs once each, and how they stand."""

import collections
import datetime
import time

import harness
from harness import FULL, wait_until
from pbx_api import PbxApi
from pipeline import Callstream, events_in_file, file_sink


def seconds(text):
    return int(datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp())


class Family(harness.TestCase):
    family = None

    def setUp(self):
        super().setUp()
        self.out = self.directory / "events.ndjson"

    def pbx(self, *options):
        return self.start(PbxApi(self.directory, self.family, *options))

    def run_with(self, pbx, options="", password="secret"):
        return self.start(Callstream(self.directory, f"""
[journal]
path = "{self.directory}/journal"
{pbx.table(self.family, password)}{options}
[sink.out]
{file_sink(self.out)}
"""))

    def events(self, *types):
        if not self.out.exists():
            return []
        return [event for event in events_in_file(self.out) if not types or event["type"] in types]

    def numbers(self):
        """The PBX's own numbers of the CDRs that were told, in their order."""
        return [event["data"]["cdr_id"] for event in self.events("cdr.created")]

    def check_cdrs(self, pbx, count):
        wait_until("all CDRs", lambda: len(self.numbers()) >= count)
        time.sleep(1)
        told = collections.Counter(self.numbers())
        true = {row["key"]: row for row in pbx.truth()}
        self.assertEqual(set(told) - set(true), set(), "made up")
        self.assertEqual([number for number, times in told.items() if times > 1], [], "told twice")
        oldest_missing = [key for key in true if key not in told and true[key]["end"]
                          < time.time() - 15]
        self.assertEqual(oldest_missing, [], "missing")
        for event in self.events("cdr.created"):
            row = true[event["data"]["cdr_id"]]
            self.assertEqual(seconds(event["data"]["started_at"]), row["start"])
            self.assertEqual(event["data"]["calling"]["number"], row["source"])

    def grows_and_fails(self, options, *sim):
        """A table that grows while sessions end, answers fail and callstream is killed."""
        count, rate, time_s, kills = (20_000, 20, 120, 10) if FULL else (1_000, 10, 12, 3)
        pbx = self.pbx("--cdrs", count, "--days", 2, "--rate", rate, "--call-seconds", 30,
                       "--fail-every", 20, "--session-life", 4, *sim)
        process = self.run_with(pbx, options)
        for _ in range(kills):
            time.sleep(time_s / kills)
            process.kill()
            process = self.run_with(pbx, options)
        wait_until("what came last", lambda: pbx.state()["cdrs"] - len(self.numbers()) < 5 * rate)
        self.check_cdrs(pbx, count)
        self.assertEqual(process.terminate(), 0)
        self.assertGreater(pbx.state()["faults"], 0)
        return pbx

    def fetches_recordings(self, count, tries, options=""):
        """Every recording of `count` calls is stored, and what is stored is one."""
        stored = self.directory / "recordings"
        pbx = self.pbx("--cdrs", count, "--session-life", 2)
        self.run_with(pbx, f'''{options}
[pbx.hq.recordings]
directory = "{stored}"
delay = "0s"
backoff_first = "200ms"
tries = {tries}
''')
        if self.family == "voipmonitor":
            wanted = sum(row["billed"] > 0 for row in pbx.truth())
        else:  # those of conferences and one touch are in lists of their own, and too old
            wanted = sum(row["recording"] != "" and row["number"] % 5 != 0 for row in pbx.truth())
        done = {"recording.available": 0, "system.status": 0}
        def outcomes():
            done["recording.available"] = sum(event["data"]["path"] is not None
                                              for event in self.events("recording.available"))
            done["system.status"] = sum(event["data"]["component"] == "recording"
                                        for event in self.events("system.status"))
            return sum(done.values()) >= wanted
        wait_until("all recordings", outcomes, 60)
        files = [path for path in stored.rglob("*") if path.is_file() and path.stat().st_size > 0]
        self.assertEqual(len(files), done["recording.available"])
        self.assertTrue(files)
        for path in files:
            self.assertEqual(path.read_bytes()[:4], b"RIFF", path)
        return pbx, len(files)


    def finds_long_calls_after_a_restart(self, options):
        """Calls that lasted up to a day, where no more than a minute is read again."""
        options += '\ncall_longest = "1m"\ncall_every = "1s"\noverlap = "10s"'
        pbx = self.pbx("--cdrs", 5, "--call-seconds", 80_000)
        process = self.run_with(pbx, options)
        self.check_cdrs(pbx, 5)
        pbx.tell("add 20")
        asked = len(pbx.requests())
        wait_until("some polls", lambda: len(pbx.requests()) > asked + 8)
        self.assertLess(len(self.numbers()), 25, "none of them is so short")
        self.assertEqual(process.terminate(), 0)
        self.run_with(pbx, options)
        self.check_cdrs(pbx, 25)


class Fiberme(Family):
    family = "fiberme"

    def test_long_calls_that_nobody_saw_are_found(self):
        self.finds_long_calls_after_a_restart('state_every = "0s"\nload_every = "0s"')

    def test_recordings_are_fetched_with_the_token_also_when_it_ends(self):
        pbx, count = self.fetches_recordings(30, 8, 'state_every = "500ms"')
        self.assertEqual(count, pbx.state()["downloads"])

    def test_the_log_comes_once_while_it_grows_and_fails(self):
        pbx = self.grows_and_fails('page_size = 50\nstate_every = "5s"\nload_every = "5s"')
        self.assertGreater(pbx.state()["logins"], 1, "the token ended")

    def test_recordings_are_told_when_they_come(self):
        pbx = self.pbx("--cdrs", 0, "--rate", 4, "--call-seconds", 5, "--recording-delay", 3)
        self.run_with(pbx, 'state_every = "0s"\nload_every = "0s"')
        wait_until("updates", lambda: len(self.events("cdr.updated")) >= 3)
        truth = {row["key"]: row for row in pbx.truth()}
        for event in self.events("cdr.updated"):
            self.assertEqual(event["data"]["recording"], truth[event["data"]["cdr_id"]]["recording"])
        self.assertTrue(self.events("recording.available"))

    def test_only_what_changes_is_told_of_how_it_stands(self):
        pbx = self.pbx("--cdrs", 5, "--rate", 0.5, "--call-seconds", 10)
        self.run_with(pbx, 'state_every = "200ms"\nload_every = "200ms"')
        wait_until("a trunk that changed", lambda: len(self.trunk("eeee")) >= 2)
        for name in ("adf", "eeee", "iaxto10", "FXO/1"):
            states = self.trunk(name)
            self.assertTrue(states, name)
            self.assertTrue(all(a != b for a, b in zip(states, states[1:])), states)
        states = collections.defaultdict(list)
        for event in self.events("device.state_changed"):
            states[event["data"]["device"]].append(event["data"]["state"])
        self.assertGreaterEqual(len(states), 80, "every extension")
        self.assertIn("in-use", sum(states.values(), []))
        for device, each in states.items():
            self.assertTrue(all(a != b for a, b in zip(each, each[1:])), (device, each))
        components = {event["data"]["component"] for event in self.events("system.status")}
        self.assertLessEqual({"calls", "cpu", "memory", "storage", "version"}, components)

    def trunk(self, name):
        return [event["data"]["status"] for event in self.events("trunk.status_changed")
                if event["data"]["trunk"] == name]


class Voipmonitor(Family):
    family = "voipmonitor"

    def test_the_sound_of_answered_calls_is_fetched(self):
        pbx = self.fetches_recordings(12, 2, 'calls_every = "0s"')[0]
        self.assertGreater(pbx.state()["downloads"], 0)

    def test_the_listing_comes_once_while_it_grows_and_fails(self):
        pbx = self.grows_and_fails('page_size = 50\ncalls_every = "0s"')
        self.assertGreater(pbx.state()["logins"], 1, "the session ended")

    def test_a_filter_is_asked_of_the_listing(self):
        pbx = self.pbx("--cdrs", 200, "--days", 2)
        source = pbx.truth()[0]["source"]
        wanted = sorted(row["key"] for row in pbx.truth() if source in row["source"])
        self.assertLess(len(wanted), 200)
        self.run_with(pbx, f'filter = {{ fcaller = "{source}" }}\ncalls_every = "0s"')
        wait_until("those CDRs", lambda: len(self.numbers()) >= len(wanted))
        time.sleep(1.5)
        self.assertEqual(sorted(self.numbers()), wanted)

    def test_every_way_of_listing_gives_the_same(self):
        for way in ("listing", "calls", "ids"):
            with self.subTest(way):
                self.out = self.directory / f"{way}.ndjson"
                pbx = self.pbx("--cdrs", 300, "--days", 2)
                process = self.run_with(pbx, f'list = "{way}"\npage_size = 40\ncalls_every = "0s"')
                self.check_cdrs(pbx, 300)
                process.terminate()
                (self.directory / "journal").rename(self.directory / f"journal-{way}")

    def test_long_calls_that_nobody_saw_are_found(self):
        self.finds_long_calls_after_a_restart('list = "calls"\ncalls_every = "0s"')

    def test_by_number_long_calls_are_found_as_any(self):
        pbx = self.pbx("--cdrs", 5, "--call-seconds", 80_000)
        self.run_with(pbx, 'list = "ids"\ncalls_every = "0s"\ncall_longest = "1m"\noverlap = "10s"')
        self.check_cdrs(pbx, 5)
        pbx.tell("add 20")
        self.check_cdrs(pbx, 25)

    def test_a_long_call_that_was_active_is_found_when_it_ended(self):
        pbx = self.pbx("--cdrs", 0, "--rate", 1, "--call-seconds", 300)
        self.run_with(pbx, 'list = "calls"\ncalls_every = "200ms"\ncall_longest = "20s"\n'
                      'call_every = "1s"\noverlap = "10s"')
        wait_until("active calls", lambda: self.events("call.initiated"))
        seen = time.time()

        def long_ones():
            """Those that were active when callstream looked, and for some seconds more."""
            return {row["key"] for row in pbx.truth()
                    if row["end"] - row["start"] > 60 and row["end"] > seen + 3}
        wait_until("long calls", lambda: len(long_ones()) > 10)
        wanted = long_ones()
        wait_until("the long ones", lambda: wanted <= set(self.numbers()))
        self.assertEqual(len(set(self.numbers())), len(self.numbers()))

    def test_active_calls_are_told_as_synthetic_calls(self):
        for seed in (1, 2):  # as objects, and as a table
            with self.subTest(seed):
                self.out = self.directory / f"{seed}.ndjson"
                pbx = self.pbx("--cdrs", 0, "--rate", 1, "--call-seconds", 8, "--seed", seed)
                process = self.run_with(pbx, 'calls_every = "200ms"')
                wait_until("calls that ended", lambda: len(self.events("call.ended")) >= 4)
                process.kill()
                time.sleep(3)
                process = self.run_with(pbx, 'calls_every = "200ms"')
                wait_until("more", lambda: len(self.events("call.ended")) >= 10)
                process.terminate()
                calls = collections.defaultdict(list)
                for event in self.events():
                    if event["type"].startswith("call."):
                        self.assertTrue(event["data"]["synthetic"])
                        calls[event["subject"]].append(event["type"])
                for call, types in calls.items():
                    self.assertEqual(types[0], "call.initiated", (call, types))
                    self.assertEqual(len(types), len(set(types)), (call, types))
                    if "call.ended" in types:
                        self.assertEqual(types[-1], "call.ended")
                self.assertTrue(any("call.answered" in types for types in calls.values()))
                (self.directory / "journal").rename(self.directory / f"journal-{seed}")

    def test_its_licence_is_told_once(self):
        pbx = self.pbx("--cdrs", 3)
        self.run_with(pbx, 'licence_every = "200ms"\ncalls_every = "0s"\nreport = "daily"')
        wait_until("a report", lambda: "report" in self.components())
        time.sleep(2)
        self.assertEqual(self.components()["licence"], 1)
        self.assertEqual(self.components()["licence-calls"], 1)

    def components(self):
        return collections.Counter(event["data"]["component"]
                                   for event in self.events("system.status"))


if __name__ == "__main__":
    harness.main()
