"""What keeps a PBX from being polled is named, with the PBX; when it is mended, callstream goes on by
itself, and has lost and doubled nothing."""

import collections
import time

import harness
from harness import wait_until
from pbx_api import PbxApi
from pipeline import Callstream, events_in_file, file_sink

FAMILIES = ("nexo", "fiberme", "grandstream", "voipmonitor")
CALLS = 20

# What is wrong: the command that makes it so, the one that mends it, and words of the log for each
# family that has such a thing.
PAGE = "a web page answered instead of the PBX's API"
OTHER_PAGE = "a web page came instead of the API's answer"
SCENES = {
    "wrong password": ("refuse password", "refuse none", {
        "nexo": "check username and password", "fiberme": "username or password is wrong",
        "grandstream": "refused the API login", "voipmonitor": "username or password is wrong"}),
    "locked account": ("refuse locked", "refuse none", {
        "nexo": "locked us out", "fiberme": "the account is locked",
        "voipmonitor": "the user is blocked"}),
    "missing permission": ("refuse permission", "refuse none", {
        "nexo": "forbids that to this user", "fiberme": "check what the user may do",
        "grandstream": "our address is not in its list of permitted ones",
        "voipmonitor": "this user may not ask that"}),
    "disabled API": ("refuse disabled", "refuse none", {
        "nexo": "it is switched off", "fiberme": "it is switched off",
        "grandstream": "the PBX has no CDR API, or it is off",
        "voipmonitor": "the API is disabled"}),
    "HTML instead of JSON": ("faults page", "faults none", {
        "nexo": PAGE, "grandstream": PAGE, "fiberme": OTHER_PAGE, "voipmonitor": OTHER_PAGE}),
    "gzip that ends too early": ("faults cut-gzip", "faults none", dict.fromkeys(
        FAMILIES, "the answer's gzip ended before its end")),
    "ten gigabytes": ("faults huge", "faults none", dict.fromkeys(FAMILIES, "larger than allowed")),
}


class Recovery(harness.TestCase):
    def events(self, kind):
        if not self.out.exists():
            return []
        return [event for event in events_in_file(self.out) if event["type"] == kind]

    def scene(self, family, *options):
        self.family = family
        place = self.directory / f"{family}{time.monotonic_ns()}"
        place.mkdir()
        self.out = place / "events.ndjson"
        pbx = self.start(PbxApi(place, family, "--cdrs", CALLS, *options))
        return pbx, place

    def run_with(self, pbx, place):
        quiet = {"fiberme": 'state_every = "0s"\nload_every = "0s"\nrecordings_every = "0s"',
                 "voipmonitor": 'calls_every = "0s"\nlicence_every = "0s"'}.get(self.family, "")
        return self.start(Callstream(place, f"""
[journal]
path = "{place}/journal"
{pbx.table(self.family)}answer_max = "1MiB"
backoff_refused = "200ms"
backoff_locked = "200ms"
{quiet}
[sink.out]
{file_sink(self.out)}
"""))

    def named(self, process, words):
        return [line for line in process.stderr().splitlines()
                if words in line and "pbx=hq" in line]

    def goes_wrong_and_is_mended(self, pbx, process, words, mend):
        line = wait_until(f"the log says: {words}", lambda: self.named(process, words))[0]
        self.assertIn(f"url={pbx.url()}", line)
        wait_until("source.disconnected", lambda: self.events("source.disconnected"))
        told = self.events("source.disconnected")[0]["data"]
        self.assertEqual(told["transport"], "poll")
        self.assertIn(told["reason"], line)
        self.assertEqual(self.events("cdr.created"), [])
        pbx.tell("add 5")  # while nobody is let in
        mend()
        wait_until("source.connected", lambda: self.events("source.connected"))
        wanted = self.records(pbx)
        wait_until("all CDRs", lambda: self.told() >= wanted)
        pbx.tell("add 5")
        wanted = self.records(pbx)
        wait_until("what came later", lambda: self.told() >= wanted)
        time.sleep(1.5)  # another poll
        self.assertEqual(self.told(), wanted)
        ids = collections.Counter(event["id"] for event in events_in_file(self.out))
        self.assertEqual([one for one, count in ids.items() if count > 1], [])
        self.assertTrue(process.running(), "without a restart")
        self.assertEqual(process.terminate(), 0, process.stderr()[-2000:])
        pbx.kill()

    def told(self):
        return len(self.events("cdr.created"))

    def records(self, pbx):
        """How many CDRs its calls have: a UCM's with legs has one of them all, too."""
        rows = pbx.truth()
        self.assertGreaterEqual(len(rows), CALLS)
        if self.family != "grandstream":
            return len(rows)
        return sum(row["legs"] + (row["legs"] > 1) for row in rows)

    def test_each_cause_is_named_and_over_when_it_is_mended(self):
        for name, (breaks, mends, words) in SCENES.items():
            for family in words:
                with self.subTest(name, family=family):
                    pbx, place = self.scene(family)
                    pbx.tell(breaks)
                    process = self.run_with(pbx, place)
                    self.goes_wrong_and_is_mended(pbx, process, words[family],
                                                  lambda: pbx.tell(mends))

    def test_an_expired_certificate_is_named_and_its_renewal_is_enough(self):
        for family in FAMILIES:
            with self.subTest(family):
                pbx, place = self.scene(family, "--expired")
                process = self.run_with(pbx, place)
                # The PBX signs its own: callstream's ca_file is the certificate, renewed as well.
                self.goes_wrong_and_is_mended(pbx, process, "certificate has expired",
                                              lambda: pbx.tell("renew"))

    def test_a_certificate_that_expired_while_it_was_polled(self):
        for family in FAMILIES:
            with self.subTest(family):
                pbx, place = self.scene(family)
                process = self.run_with(pbx, place)
                wait_until("all CDRs", lambda: self.told() >= self.records(pbx))
                pbx.tell("expire")
                pbx.tell("fault cut")  # which ends the connection: only a new one shows it
                wait_until("the log says so",
                           lambda: self.named(process, "certificate has expired"))
                wait_until("source.disconnected", lambda: self.events("source.disconnected"))
                pbx.tell("add 5")
                time.sleep(1)
                self.assertLess(self.told(), self.records(pbx))
                pbx.tell("renew")
                wait_until("all CDRs", lambda: self.told() >= self.records(pbx))
                wait_until("source.connected", lambda: len(self.events("source.connected")) >= 2)
                self.assertEqual(len(self.events("source.connected")), 2)
                self.assertEqual(self.told(), self.records(pbx))
                self.assertEqual(process.terminate(), 0)


if __name__ == "__main__":
    harness.main()
