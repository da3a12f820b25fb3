"""callstream logs in at played Yeastar PBXes, stays registered, and fetches their recordings.

The S-Series PBX is callstream-sim's (`callstream-sim api`); the P-Series one, with its WebSocket,
is p_series.py.
"""

import hashlib
import json
import socket
import subprocess
import threading

import harness
import p_series

LOCK_AFTER = 5
FILE = "20170901181806-1504261084.7-1001-1003-Internal.wav"
CDR = {"action": "NewCdr", "callid": "1504261084.7", "timestart": "2017-09-01 18:18:06",
       "callfrom": "1001", "callto": "1003", "callduration": "9", "talkduration": "7",
       "status": "ANSWERED", "type": "Internal", "recording": FILE}


class Pbx(harness.Process):
    """`callstream-sim api` and its control port."""

    count = 0

    def __init__(self, directory, *options):
        self.recordings = directory / "recorded"
        self.recordings.mkdir(exist_ok=True)
        self.scheme = "https" if "--certificate" in options else "http"
        Pbx.count += 1
        super().__init__([harness.SIM, "api", "--recordings", self.recordings, *options],
                         directory, f"pbx{Pbx.count}")
        harness.wait_until("callstream-sim listens", lambda: "control " in self.stdout()
                           or not self.running())
        assert self.running(), self.stderr()
        ports = [int(line.rsplit(":", 1)[1]) for line in self.stdout().splitlines()]
        self.port, self.control_port = ports

    def url(self, port=None):
        return f"{self.scheme}://127.0.0.1:{port or self.port}"

    def tell(self, command):
        with socket.create_connection(("127.0.0.1", self.control_port), 20) as control:
            control.sendall(command.encode() + b"\n")
            return json.loads(control.makefile().readline())

    def state(self):
        return self.tell("state")


class CuttingProxy:
    """Passes connections on; the first answer longer than `after` is broken off there."""

    def __init__(self, port, after):
        self.target, self.after, self.cuts, self.open = port, after, 0, []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def kill(self):
        self.listener.close()
        for one in self.open:
            one.close()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self.target))
            self.open += [client, server]
            threading.Thread(target=self.copy, args=(client, server, False), daemon=True).start()
            threading.Thread(target=self.copy, args=(server, client, True), daemon=True).start()

    def copy(self, source, to, is_answer):
        passed = 0
        try:
            while part := source.recv(4096):
                if is_answer and self.cuts == 0 and passed + len(part) > self.after:
                    self.cuts += 1
                    break
                to.sendall(part)
                passed += len(part)
        except OSError:
            pass
        for one in (source, to):
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


class Registered(harness.TestCase):
    def setUp(self):
        super().setUp()
        self.port = harness.free_port()  # also of a second run
        self.events_path = self.directory / "events.ndjson"

    def pbx(self, *options):
        return self.start(Pbx(self.directory, *options))

    def run_with(self, branch):
        path = self.directory / "callstream.toml"
        path.write_text(f"""
[journal]
path = "{self.directory}/journal"
[pbx.branch]
family = "yeastar"
{branch}
[sink.file]
file = {{ path = "{self.events_path}", format = "ndjson" }}
""")
        return self.start(harness.Process([harness.CALLSTREAM, "run", "-c", path],
                                          self.directory, "callstream"))

    def run_at(self, url, options="", recordings=""):
        return self.run_with(f"""
push = {{ path = "/push/branch", allow = ["127.0.0.0/8"] }}
api = {{ url = "{url}", username = "api", password = "secret", \
report_to = "127.0.0.1:{self.port}/push/branch"{options} }}
{recordings}
[http]
listen = "127.0.0.1:{self.port}"
""")

    def events(self, kind):
        try:
            lines = self.events_path.read_text().splitlines(True)
        except FileNotFoundError:
            return []
        parsed = [json.loads(line) for line in lines if line.endswith("\n")]
        return [event for event in parsed if event["type"] == kind]

    def wait_for(self, kind, count=1):
        return harness.wait_until(f"{count} {kind}", lambda: len(self.events(kind)) >= count
                                  and self.events(kind))

    def reasons(self):
        return [event["data"]["reason"] for event in self.events("source.disconnected")]


class Registration(Registered):
    def test_logs_in_keeps_the_token_and_logs_out(self):
        pbx = self.pbx("--token-life", "2")
        program = self.run_at(pbx.url(), ', heartbeat = "200ms"')
        self.wait_for("source.connected")
        harness.wait_until("heartbeats", lambda: pbx.state()["heartbeats"] >= 15)
        state = pbx.state()
        self.assertEqual((state["logins"], state["refused"], state["tokens"]), (1, 0, 1))
        self.assertEqual(state["receiver"], f"127.0.0.1:{self.port}/push/branch")
        pbx.tell('push {"action":"ExtensionStatus","extension":"1010","status":"Registered"}')
        self.wait_for("device.registration_changed")
        self.assertEqual(program.terminate(), 0)
        self.assertEqual(pbx.state()["tokens"], 0)
        self.assertEqual(self.reasons(), ["callstream stops"])

    def test_registers_again_when_the_pbx_restarts_or_forgets_the_token(self):
        pbx = self.pbx()
        self.run_at(pbx.url(), ', heartbeat = "50ms"')
        self.wait_for("source.connected")
        pbx.tell("restart")
        self.wait_for("source.connected", 2)
        pbx.tell("forget")
        self.wait_for("source.connected", 3)
        self.assertEqual(len(self.reasons()), 2)
        self.assertEqual(self.reasons()[-1], "the PBX knows our token no longer")

    def test_a_pbx_that_was_away_is_logged_in_at_when_it_comes(self):
        pbx = self.pbx()
        url = pbx.url()
        pbx.kill()
        program = self.run_at(url, ', heartbeat = "50ms", backoff_longest = "200ms"')
        harness.wait_until("the log tells", lambda: "retry_ms=" in program.stderr())
        pbx = self.pbx("--listen", url.removeprefix("http://"))
        self.wait_for("source.connected")
        pbx.kill()
        self.wait_for("source.disconnected")
        self.pbx("--listen", url.removeprefix("http://"))
        self.wait_for("source.connected", 2)

    def test_a_wrong_password_is_told_and_does_not_lock_us_out(self):
        pbx = self.pbx("--password", "another")
        program = self.run_at(pbx.url(), ', backoff_refused = "20ms"')
        harness.wait_until("refusals", lambda: pbx.state()["wrong"] == LOCK_AFTER - 1)
        harness.wait_until("the log tells", lambda: "refused the API login" in program.stderr())
        self.assertEqual(program.terminate(), 0)
        self.assertEqual(pbx.state()["wrong"], LOCK_AFTER - 1)
        self.assertNotIn("secret", program.stderr())
        self.assertEqual(self.events("source.connected"), [])

    def make_certificate(self):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1", "-subj",
                        "/CN=pbx", "-out", "c.pem", "-keyout", "k.pem"],
                       check=True, capture_output=True, cwd=self.directory)
        printed = subprocess.run(["openssl", "x509", "-in", "c.pem", "-noout", "-fingerprint",
                                  "-sha256"], check=True, capture_output=True, text=True,
                                 cwd=self.directory).stdout
        pbx = self.pbx("--certificate", self.directory / "c.pem", "--key",
                       self.directory / "k.pem")
        return pbx, printed.strip().split("=")[1]

    def test_over_https_with_a_pinned_certificate(self):
        pbx, pin = self.make_certificate()
        self.run_at(pbx.url(), f', tls = {{ pin_sha256 = "{pin}" }}')
        self.wait_for("source.connected")

    def test_an_untrusted_certificate_is_told_in_words(self):
        pbx, _ = self.make_certificate()
        program = self.run_at(pbx.url())
        harness.wait_until("the log tells",
                           lambda: "certificate is self-signed" in program.stderr())
        self.assertEqual(pbx.state()["logins"], 0)


class Recordings(Registered):
    DATA = bytes(range(256)) * 2000

    def options(self, more=""):
        return (f'recordings = {{ directory = "{self.directory}/calls", delay = "10ms", '
                f'backoff_first = "50ms", free_min = "0"{more} }}')

    def check_recording(self, pbx):
        """A CDR is pushed; its recording is fetched and told."""
        (pbx.recordings / FILE).write_bytes(self.DATA)
        pbx.tell("push " + json.dumps(CDR))
        self.check_stored(*self.wait_for("recording.available", 2))

    def check_stored(self, first, stored):
        self.assertIsNone(first["data"]["path"])
        self.assertEqual(first["subject"], stored["subject"])
        self.assertEqual(stored["data"]["file"], FILE)
        self.assertEqual(stored["data"]["size"], len(self.DATA))
        self.assertEqual(stored["data"]["checksum"], hashlib.sha256(self.DATA).hexdigest())
        path = stored["data"]["path"]
        self.assertTrue(path.startswith(f"{self.directory}/calls/branch/"), path)
        with open(path, "rb") as file:
            self.assertEqual(file.read(), self.DATA)

    def test_fetches_the_recording_of_a_cdr(self):
        pbx = self.pbx()
        self.run_at(pbx.url(), recordings=self.options())
        self.wait_for("source.connected")
        self.check_recording(pbx)
        self.assertEqual(pbx.state()["downloads"], [0])

    def test_a_download_that_breaks_off_goes_on_where_it_was(self):
        pbx = self.pbx()
        proxy = CuttingProxy(pbx.port, 100_000)
        self.addCleanup(proxy.kill)
        self.run_at(pbx.url(proxy.port), recordings=self.options())
        self.wait_for("source.connected")
        self.check_recording(pbx)
        begins = pbx.state()["downloads"]
        self.assertEqual((len(begins), begins[0], proxy.cuts), (2, 0, 1))
        self.assertGreater(begins[1], 0)
        self.assertEqual(pbx.state()["tickets"], 2)

    def test_what_waits_is_fetched_after_a_kill(self):
        pbx = self.pbx()
        program = self.run_at(pbx.url(), recordings=self.options(', tries = 99'))
        self.wait_for("source.connected")
        pbx.tell("push " + json.dumps(CDR))
        harness.wait_until("it is tried", lambda: "a recording is tried again" in program.stderr())
        program.kill()
        (pbx.recordings / FILE).write_bytes(self.DATA)
        self.run_at(pbx.url(), recordings=self.options())
        self.check_stored(*self.wait_for("recording.available", 2))

    def test_a_recording_that_is_never_there_is_given_up_and_told(self):
        pbx = self.pbx()
        self.run_at(pbx.url(), recordings=self.options(', tries = 3, backoff_longest = "100ms"'))
        self.wait_for("source.connected")
        pbx.tell("push " + json.dumps(CDR))
        told = [event for event in self.wait_for("system.status")
                if event["data"]["component"] == "recording"]
        self.assertEqual(len(told), 1)
        self.assertEqual(pbx.state()["tickets"], 3)
        self.assertEqual(len(self.events("recording.available")), 1)


class Subscription(Registered):
    def test_a_websocket_brings_the_events_and_tells_of_gaps(self):
        pbx = p_series.PSeries()
        self.addCleanup(pbx.kill)
        program = self.run_with(f"""
api = {{ url = "{pbx.url()}", generation = "p-series", username = "id", password = "secret", \
events = "websocket", backoff_first = "50ms" }}
""")
        self.wait_for("source.connected", 2)  # the API's, and the WebSocket's
        self.assertIn(30011, pbx.topics[0])
        ring = {"call_id": "1.7", "members": [
            {"extension": {"number": "1000", "channel_id": "a", "member_status": "RING"}},
            {"extension": {"number": "1001", "channel_id": "b", "member_status": "ALERT"}}]}
        pbx.tell(30011, ring)
        self.wait_for("call.ringing")
        pbx.cut()
        gap = self.wait_for("source.gap")[0]
        self.assertLessEqual(gap["data"]["from"], gap["data"]["to"])
        self.wait_for("source.connected", 3)
        pbx.tell(30012, {"call_id": "1.7", "time_start": "2026-11-27 08:00:00",
                         "call_from": "1001", "call_to": "1000", "call_duration": 9,
                         "talk_duration": 7, "status": "ANSWERED", "type": "Internal"})
        self.wait_for("cdr.created")
        self.assertEqual(self.wait_for("call.ended")[0]["subject"], "1.7")
        pbx.forget_tokens()
        pbx.cut()
        self.wait_for("source.connected", 5)  # a new token, and its WebSocket
        self.assertEqual(program.terminate(), 0)


if __name__ == "__main__":
    harness.main()
