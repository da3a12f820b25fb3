"""callstream logs in at a played Yeastar PBX, stays registered, and fetches its recordings."""

import hashlib
import json
import subprocess

import harness
from yeastar_api import LOCK_AFTER, Pbx

FILE = "20170901181806-1504261084.7-1001-1003-Internal.wav"
CDR = {"action": "NewCdr", "callid": "1504261084.7", "timestart": "2017-09-01 18:18:06",
       "callfrom": "1001", "callto": "1003", "callduration": "9", "talkduration": "7",
       "status": "ANSWERED", "type": "Internal", "recording": FILE}


class Registration(harness.TestCase):
    def pbx(self, **options):
        played = Pbx(**options)
        self.addCleanup(played.kill)
        return played

    def run_at(self, pbx, options="", recordings=""):
        self.port = harness.free_port()
        self.events_path = self.directory / "events.ndjson"
        path = self.directory / "callstream.toml"
        path.write_text(f"""
[journal]
path = "{self.directory}/journal"
[http]
listen = "127.0.0.1:{self.port}"
[pbx.branch]
family = "yeastar"
push = {{ path = "/push/branch", allow = ["127.0.0.0/8"] }}
api = {{ url = "{pbx.url()}", username = "api", password = "secret", \
report_to = "127.0.0.1:{self.port}/push/branch"{options} }}
{recordings}
[sink.file]
file = {{ path = "{self.events_path}", format = "ndjson" }}
""")
        return self.start(harness.Process([harness.CALLSTREAM, "run", "-c", path],
                                          self.directory, "callstream"))

    def events(self, kind):
        try:
            lines = self.events_path.read_text().splitlines(True)
        except FileNotFoundError:
            return []
        parsed = [json.loads(line) for line in lines if line.endswith("\n")]
        return [event for event in parsed if event["type"] == kind]

    def wait_for(self, kind, count):
        return harness.wait_until(f"{count} {kind}", lambda: len(self.events(kind)) >= count
                                  and self.events(kind))

    def recordings(self):
        return (f'recordings = {{ directory = "{self.directory}/calls", delay = "10ms", '
                'backoff_first = "50ms", free_min = "0" }')

    def check_recording(self, pbx):
        """A CDR is pushed; its recording is fetched and told."""
        data = bytes(range(256)) * 2000
        pbx.recordings[FILE] = data
        pbx.push(CDR)
        first, stored = self.wait_for("recording.available", 2)
        self.assertIsNone(first["data"]["path"])
        self.assertEqual(first["subject"], stored["subject"])
        self.assertEqual(stored["data"]["file"], FILE)
        self.assertEqual(stored["data"]["size"], len(data))
        self.assertEqual(stored["data"]["checksum"], hashlib.sha256(data).hexdigest())
        path = stored["data"]["path"]
        self.assertTrue(path.startswith(f"{self.directory}/calls/branch/"), path)
        with open(path, "rb") as file:
            self.assertEqual(file.read(), data)

    def test_logs_in_keeps_the_token_and_logs_out(self):
        pbx = self.pbx()
        program = self.run_at(pbx, ', heartbeat = "50ms"')
        self.wait_for("source.connected", 1)
        harness.wait_until("heartbeats", lambda: pbx.count("heartbeat") >= 3)
        self.assertEqual(list(pbx.receivers.values()), [f"127.0.0.1:{self.port}/push/branch"])
        self.assertEqual(program.terminate(), 0)
        self.assertEqual(pbx.tokens, {})
        self.assertEqual(self.events("source.disconnected")[0]["data"]["reason"],
                         "callstream stops")
        self.assertEqual(pbx.count("login"), 1)

    def test_registers_again_when_the_pbx_restarts_or_forgets_the_token(self):
        pbx = self.pbx()
        self.run_at(pbx, ', heartbeat = "50ms"')
        self.wait_for("source.connected", 1)
        pbx.restart()
        self.wait_for("source.connected", 2)
        pbx.forget_tokens()
        self.wait_for("source.connected", 3)
        reasons = [event["data"]["reason"] for event in self.events("source.disconnected")]
        self.assertEqual(len(reasons), 2)
        self.assertEqual(reasons[-1], "the PBX knows our token no longer")

    def test_a_wrong_password_is_told_and_does_not_lock_us_out(self):
        pbx = self.pbx(password="another")
        program = self.run_at(pbx, ', backoff_refused = "20ms"')
        harness.wait_until("refusals", lambda: pbx.wrong == LOCK_AFTER - 1)
        harness.wait_until("the log tells", lambda: "refused the API login" in program.stderr())
        self.assertEqual(program.terminate(), 0)
        self.assertEqual(pbx.wrong, LOCK_AFTER - 1)
        self.assertNotIn("secret", program.stderr())
        self.assertEqual(self.events("source.connected"), [])

    def test_fetches_the_recording_of_a_cdr(self):
        pbx = self.pbx()
        self.run_at(pbx, recordings=self.recordings())
        self.wait_for("source.connected", 1)
        self.check_recording(pbx)

    def test_a_download_that_breaks_off_goes_on_where_it_was(self):
        pbx = self.pbx()
        pbx.cut_downloads = 1
        self.run_at(pbx, recordings=self.recordings())
        self.wait_for("source.connected", 1)
        self.check_recording(pbx)
        begins = [begin for path, begin in pbx.requests if path == "range"]
        self.assertEqual(len(begins), 2)
        self.assertGreater(begins[1], 0)
        self.assertEqual(pbx.count("recording/get_random"), 2)

    def test_over_https_with_a_pinned_certificate(self):
        certificate, key = self.directory / "c.pem", self.directory / "k.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1", "-subj",
                        "/CN=pbx", "-out", certificate, "-keyout", key],
                       check=True, capture_output=True)
        printed = subprocess.run(["openssl", "x509", "-in", certificate, "-noout", "-fingerprint",
                                  "-sha256"], check=True, capture_output=True, text=True).stdout
        pin = printed.strip().split("=")[1]
        pbx = self.pbx(tls=(certificate, key))
        self.run_at(pbx, f', tls = {{ pin_sha256 = "{pin}" }}', self.recordings())
        self.wait_for("source.connected", 1)
        self.check_recording(pbx)

    def test_an_untrusted_certificate_is_told_in_words(self):
        certificate, key = self.directory / "c.pem", self.directory / "k.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1", "-subj",
                        "/CN=pbx", "-out", certificate, "-keyout", key],
                       check=True, capture_output=True)
        pbx = self.pbx(tls=(certificate, key))
        program = self.run_at(pbx)
        harness.wait_until("the log tells",
                           lambda: "certificate is self-signed" in program.stderr())
        self.assertEqual(pbx.requests, [])


if __name__ == "__main__":
    harness.main()
