"""/metrics, /livez and /readyz of a running callstream, against what its sinks really have."""

import json
import re
import subprocess
import time
import urllib.error
import urllib.request

import harness
import pipeline

SAMPLE = re.compile(r'^(\w+)(?:\{(.*)\})? (\S+)$')
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


def parsed(text):
    """(name, sorted labels) -> value."""
    found = {}
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        name, labels, value = SAMPLE.match(line).groups()
        found[name, tuple(sorted(LABEL.findall(labels or "")))] = float(value)
    return found


class Metrics(harness.TestCase):
    def setUp(self):
        super().setUp()
        self.web = harness.free_port()
        self.journal = self.directory / "journal"
        self.events = self.directory / "events.ndjson"

    def run_with(self, pbxes, sinks, extra="", web="", family="asterisk"):
        toml = pipeline.config(pbxes, sinks, self.journal, extra, family)
        toml += f'[web]\nlisten = "127.0.0.1:{self.web}"\n{web}\n'
        self.callstream = self.start(pipeline.Callstream(self.directory, toml))
        harness.wait_until("the web server listens", lambda: harness.listens(self.web)
                           or not self.callstream.running())
        self.assertTrue(self.callstream.running(), self.callstream.stderr()[-2000:])

    def get(self, path, token=None):
        """Status and body."""
        asked = urllib.request.Request(f"http://127.0.0.1:{self.web}{path}")
        if token:
            asked.add_header("Authorization", f"Bearer {token}")
        try:
            with urllib.request.urlopen(asked, timeout=20) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, refused.read().decode()

    def metrics(self):
        status, text = self.get("/metrics")
        self.assertIn(status, (200, 503), text)
        return parsed(text) if status == 200 else {}

    def value(self, name, **labels):
        return self.metrics().get((name, tuple(sorted(labels.items()))))

    def total(self, found, name):
        return sum(value for (each, _), value in found.items() if each == name)

    def check_identity(self, found):
        for (name, labels), value in found.items():
            if name == "callstream_events_unaccounted":
                self.assertEqual(value, 0, labels)
        self.assertEqual(
            self.total(found, "callstream_events_received_total"),
            sum(self.total(found, f"callstream_events_{end}_total")
                for end in ("published", "rejected", "shed", "left_out")))

    def test_counts_are_those_of_the_sinks(self):
        redis = self.redis()
        sim = self.sim("--listen", "127.0.0.1:0", "--rate", "50", "--seed", "7", "--calls", "30",
                       "--time-scale", "20")
        self.run_with({"hq": sim.port}, {"live": pipeline.redis_sink(redis),
                                         "archive": pipeline.file_sink(self.events)})
        # While it works, each scrape is consistent.
        while not sim.done():
            self.check_identity(self.metrics())
        settled = harness.wait_until("all is acknowledged", lambda: self.settled())
        self.check_identity(settled)
        published = self.total(settled, "callstream_events_published_total")
        in_redis = len(pipeline.events_in_redis(redis))
        self.assertGreater(in_redis, 500)
        self.assertEqual(published, in_redis)
        in_file = [json.loads(line) for line in self.events.read_text().splitlines()]
        self.assertEqual(published, len(in_file))
        for sink in ("live", "archive"):
            of = (("sink", sink),)
            self.assertEqual(settled["callstream_sink_acknowledged_total", of], published)
            self.assertEqual(settled["callstream_sink_settled_seconds_count", of], published)
            self.assertEqual(settled["callstream_sink_rejected_total", of], 0)
        for kind in {event["type"] for event in in_file}:
            self.assertEqual(
                settled["callstream_events_published_total", (("pbx", "hq"), ("type", kind))],
                sum(event["type"] == kind for event in in_file), kind)
        self.assertEqual(settled["callstream_journal_sequence", ()], published)
        self.assertGreater(settled["callstream_journal_sync_seconds_count", ()], 0)
        self.assertGreater(settled["callstream_pbx_bytes_total", (("pbx", "hq"),)], 10_000)
        self.check_text()

    def settled(self):
        """The metrics, once nothing is in flight and nothing more comes."""
        found = self.metrics()
        lags = [value for (name, _), value in found.items()
                if name == "callstream_sink_lag_events"]
        time.sleep(2.5)  # the counts are up to a second old
        again = self.metrics()
        same = self.total(found, "callstream_events_received_total") == self.total(
            again, "callstream_events_received_total")
        return again if lags and not any(lags) and same and self.get("/readyz")[0] == 200 else None

    def check_text(self):
        """Prometheus' own tool reads it, and the names are those of the reference."""
        _, text = self.get("/metrics")
        done = subprocess.run(["promtool", "check", "metrics"], input=text, text=True, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.assertEqual(done.returncode, 0, done.stdout)
        reference = (harness.ROOT / "docs/metrics.md").read_text()
        for name in re.findall(r"^# TYPE (\w+)", text, re.MULTILINE):
            self.assertIn(f"| `{name}` |", reference)

    def test_a_broker_that_is_away_shows_as_lag(self):
        redis = self.redis()
        sim = self.sim("--listen", "127.0.0.1:0", "--rate", "20", "--seed", "7")
        self.run_with({"hq": sim.port}, {"live": pipeline.redis_sink(redis)})
        harness.wait_until("ready", lambda: self.get("/readyz")[0] == 200)
        redis.stop()
        harness.wait_until("lag in seconds",
                           lambda: (self.value("callstream_sink_lag_seconds", sink="live") or 0) > 2)
        found = self.metrics()
        self.assertGreater(found["callstream_sink_lag_events", (("sink", "live"),)], 20)
        self.assertEqual(found["callstream_sink_connected",
                               (("sink", "live"), ("type", "redis"))], 0)
        status, said = self.get("/readyz")
        self.assertEqual((status, json.loads(said)["state"]), (200, "degraded"))
        self.assertIn("the journal keeps its events", said)
        redis.start()
        harness.wait_until("no lag", lambda: (self.value("callstream_sink_lag_seconds",
                                                         sink="live") or 99) < 2)
        self.assertGreater(self.value("callstream_sink_reconnects_total", sink="live"), 0)
        self.check_identity(self.metrics())

    def test_a_pbx_that_is_lost_is_a_gap_and_no_readiness(self):
        sim = self.sim("--listen", "127.0.0.1:0", "--rate", "5")
        self.run_with({"hq": sim.port}, {"archive": pipeline.file_sink(self.events)})
        harness.wait_until("ready", lambda: self.get("/readyz")[0] == 200)
        self.assertEqual(self.get("/livez")[0], 200)
        sim.kill()
        status, said = harness.wait_until(
            "not ready", lambda: (lambda got: got if got[0] == 503 else None)(self.get("/readyz")))
        self.assertIn("no PBX is seen", said)
        self.assertEqual(self.get("/livez")[0], 200)
        self.assertEqual(self.value("callstream_pbx_connected", pbx="hq", family="asterisk",
                                    transport="ami"), 0)

    def test_a_full_journal_sheds_and_says_so(self):
        redis = self.redis()
        sim = self.sim("--listen", "127.0.0.1:0", "--rate", "400", "--seed", "3")
        self.run_with({"hq": sim.port}, {"live": pipeline.redis_sink(redis)},
                      extra='max_bytes = "8MiB"\nsegment_bytes = "4MiB"')
        redis.stop()
        harness.wait_until("events are shed", lambda: self.total(
            self.metrics(), "callstream_events_shed_total") > 0, patience_s=90)
        self.check_identity(self.metrics())
        status, said = self.get("/readyz")
        self.assertEqual(status, 503, said)
        self.assertIn("sink live is", said)

    def test_every_cdr_of_a_ucm_that_is_only_heard_is_told_or_counted(self):
        redis = self.redis()
        redis.stop()
        # No faster than a busy machine reads: who is too slow is cut off by the PBX.
        sim = self.sim("--listen", "127.0.0.1:0", "--rate", "10", "--calls", "12000", "--seed", "3",
                       "--time-scale", "100")
        self.run_with({"hq": sim.port}, {"live": pipeline.redis_sink(redis)},
                      extra='max_bytes = "8MiB"\nsegment_bytes = "4MiB"', family="grandstream",
                      web='[pbx.hq.include]\ntypes = ["cdr.created"]')
        harness.wait_until("all calls", sim.done, patience_s=180)

        def told():
            found = self.metrics()
            return self.total(found, "callstream_events_shed_total") + found.get(
                ("callstream_events_published_total", (("pbx", "hq"), ("type", "cdr.created"))), 0)
        harness.wait_until("all CDRs", lambda: told() == sim.summary()["pbx"][0]["events"]["Cdr"])
        self.assertGreater(self.total(self.metrics(), "callstream_events_shed_total"), 0)
        self.check_identity(self.metrics())

    def test_the_metrics_need_the_token_and_the_health_does_not(self):
        sim = self.sim("--listen", "127.0.0.1:0", "--rate", "1")
        self.run_with({"hq": sim.port}, {"archive": pipeline.file_sink(self.events)},
                      web='tokens = ["hunter2"]')
        harness.wait_until("ready", lambda: self.get("/readyz")[0] == 200)
        self.assertEqual(self.get("/metrics")[0], 401)
        self.assertEqual(self.get("/metrics", token="hunter3")[0], 401)
        self.assertEqual(self.get("/metrics", token="hunter2")[0], 200)
        self.assertEqual(self.get("/livez")[0], 200)


if __name__ == "__main__":
    harness.main()
