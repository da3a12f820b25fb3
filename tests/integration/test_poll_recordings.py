"""Recordings of PBXes that are polled: fetched, limited in their room, and taken on to a bucket."""

import hashlib
import http.server
import io
import threading
import wave
import zipfile

import harness
from bucket import Bucket
from harness import wait_until
from pbx_api import PbxApi
from pipeline import Callstream, events_in_file, file_sink, run_callstream

SHORT = 'delay = "0s"\nbackoff_first = "200ms"\nbackoff_longest = "500ms"\n'


class Recordings(harness.TestCase):
    def setUp(self):
        super().setUp()
        self.out = self.directory / "events.ndjson"
        self.stored = self.directory / "recordings"

    def pbx(self, family, *options):
        self.family = family
        return self.start(PbxApi(self.directory, family, *options))

    def config(self, pbx, recordings="", poll=""):
        return f"""
[journal]
path = "{self.directory}/journal"
{pbx.table(self.family)}{poll}
[pbx.hq.recordings]
directory = "{self.stored}"
{SHORT}{recordings}
[sink.out]
{file_sink(self.out)}
"""

    def run_with(self, pbx, recordings="", poll=""):
        return self.start(Callstream(self.directory, self.config(pbx, recordings, poll)))

    def available(self):
        """What is stored, by the PBX's name of it."""
        return {event["data"]["file"]: event["data"] for event in self.events("recording.available")
                if event["data"]["path"] is not None}

    def events(self, kind):
        if not self.out.exists():
            return []
        return [event for event in events_in_file(self.out) if event["type"] == kind]

    def refused(self):
        return {value for event in self.events("system.status")
                if event["data"]["status"] == "failed"
                for name, value in event["data"]["values"] if name == "file"}

    def files(self):
        return sorted(path for path in self.stored.rglob("*") if path.is_file())

    def check_stored(self, data, begin=b"RIFF"):
        path = self.directory / data["path"]
        content = path.read_bytes()
        self.assertTrue(content.startswith(begin), path)
        self.assertEqual(data["size"], len(content))
        self.assertEqual(data["checksum"], hashlib.sha256(content).hexdigest())
        return content


class Nexo(Recordings):
    def test_recordings_are_looked_up_and_taken_out_of_their_tar(self):
        pbx = self.pbx("nexo", "--cdrs", 40, "--session-life", 2, "--fail-every", 10)
        wanted = {row["recording"]: row for row in pbx.truth() if row["recording"]}
        self.assertGreater(len(wanted), 5)
        process = self.run_with(pbx)
        wait_until("all recordings", lambda: wanted.keys() <= self.available().keys())
        for name, data in self.available().items():
            content = self.check_stored(data)
            with wave.open(io.BytesIO(content)) as sound:
                self.assertEqual(sound.getnframes() // 8000, max(1, min(60, wanted[name]["billed"])))
            self.assertEqual(data["call_id"], wanted[name]["key"])
        self.assertEqual(len(self.files()), len(wanted), "no tar is left")
        asked = [request["target"] for request in pbx.requests()]
        self.assertTrue(any("/20053?&startdate=" in target for target in asked))
        self.assertTrue(any("/20036?wavfiles=" in target for target in asked))
        self.assertEqual(process.terminate(), 0)

    def test_a_recording_that_comes_late_is_fetched_when_it_is_there(self):
        pbx = self.pbx("nexo", "--cdrs", 0, "--rate", 4, "--call-seconds", 5,
                       "--recording-delay", 3)
        self.run_with(pbx)
        wait_until("recordings", lambda: len(self.available()) >= 3)
        for data in self.available().values():
            self.check_stored(data)


class Voipmonitor(Recordings):
    def test_sound_comes_as_it_is_asked_for_and_packets_beside_it(self):
        for sound, begin in (("ogg", b"OggS"), ("zip", b"PK\x03\x04"), ("wav", b"RIFF")):
            with self.subTest(sound):
                self.out = self.directory / f"{sound}.ndjson"
                self.stored = self.directory / sound
                pbx = self.pbx("voipmonitor", "--cdrs", 12)
                process = self.run_with(
                    pbx, "tries = 2", f'sound = "{sound}"\ncaptures = true\ncalls_every = "0s"')
                talks = {f"cdr-{row['key']}.{sound}" for row in pbx.truth()
                         if row["billed"]}
                calls = {f"cdr-{row['key']}.pcap" for row in pbx.truth()}
                wait_until("all packets", lambda: calls <= self.available().keys())
                # Not each talk was recorded; the others are told as such.
                wait_until("sound", lambda: talks <= self.available().keys() | self.refused())
                sounds = talks & self.available().keys()
                self.assertTrue(sounds)
                self.assertEqual(sounds | calls, self.available().keys())
                process.terminate()
                for name, data in self.available().items():
                    is_capture = name.endswith(".pcap")
                    content = self.check_stored(
                        data, b"\xd4\xc3\xb2\xa1" if is_capture else begin)
                    if name.endswith(".zip"):
                        inside = zipfile.ZipFile(io.BytesIO(content))
                        self.assertIsNone(inside.testzip())
                        self.assertTrue(inside.read(inside.namelist()[0]).startswith(b"RIFF"))
                (self.directory / "journal").rename(self.directory / f"journal-{sound}")


class Room(Recordings):
    def test_recordings_wait_for_room_and_none_is_lost(self):
        pbx = self.pbx("nexo", "--cdrs", 40)
        wanted = {row["recording"] for row in pbx.truth() if row["recording"]}
        process = self.run_with(pbx, 'kept_max = "2MiB"\nsize_max = "1MiB"\ntries = 2')
        wait_until("the limit", lambda: "there is no room for them" in process.stderr())
        self.assertIn("pbx=hq", process.stderr())
        before = len(self.available())
        self.assertLess(before, len(wanted))
        self.assertLess(sum(path.stat().st_size for path in self.files()), 2.2 * 2**20)
        wait_until("an event of it", lambda: any(
            event["data"]["status"] == "waiting" for event in self.events("system.status")))
        # An operator takes them away, again and again.
        def all_there():
            for path in self.files():
                if path.suffix == ".wav":
                    path.unlink()
            return wanted <= self.available().keys()
        wait_until("all recordings", all_there)
        self.assertIn("there is room for recordings again", process.stderr())
        self.assertNotIn("could not be fetched", process.stderr())
        self.assertEqual(process.terminate(), 0)


class OnToABucket(Recordings):
    def test_recordings_go_to_a_bucket_that_verifies_their_signature(self):
        bucket = self.start(Bucket(self.directory))
        pbx = self.pbx("nexo", "--cdrs", 25)
        wanted = {row["recording"] for row in pbx.truth() if row["recording"]}
        # With a wrong key nothing is taken, nothing is lost, and nothing is fetched twice.
        process = self.run_with(pbx, "tries = 2\n" + bucket.options(secret_key="wrong"))
        wait_until("a word of it", lambda: "SignatureDoesNotMatch" in process.stderr())
        wait_until("more tries than there are",
                   lambda: process.stderr().count("HTTP status 403") > 5)
        self.assertIn("s3://sounds/hq/", process.stderr())
        self.assertNotIn("could not be fetched", process.stderr())
        self.assertIn("the bucket refused our key, or its signature", process.stderr())
        self.assertEqual(self.available(), {})
        self.assertEqual(process.terminate(), 0)
        self.assertNotIn("wrong", process.stderr())
        process = self.run_with(pbx, bucket.options())
        wait_until("all recordings", lambda: wanted <= self.available().keys())
        self.assertEqual(process.terminate(), 0)
        for data in self.available().values():
            self.assertTrue(data["path"].startswith("s3://sounds/hq/"), data["path"])
            content = bucket.read(data["path"].removeprefix("s3://sounds/"))
            self.assertTrue(content.startswith(b"RIFF"))
            self.assertEqual(data["size"], len(content))
            self.assertEqual(data["checksum"], hashlib.sha256(content).hexdigest())
        self.assertEqual(self.files(), [], "nothing stays behind")
        # One may have been under way when the first run was told to stop.
        self.assertLessEqual(pbx.state()["downloads"], len(wanted) + 1, "each is fetched once")

    def test_a_bucket_that_is_not_there_is_named_and_check_says_where_recordings_go(self):
        bucket = self.start(Bucket(self.directory))
        pbx = self.pbx("nexo", "--cdrs", 25)
        process = self.run_with(pbx, "tries = 2\n" + bucket.options(name="nowhere"))
        wait_until("a word of it", lambda: "there is no such bucket" in process.stderr())
        process.terminate()
        path = self.directory / "c.toml"
        path.write_text(self.config(pbx, bucket.options()))
        code, out, _ = run_callstream("check", "--config", path)
        self.assertEqual(code, 0)
        self.assertIn(f"recordings to {self.stored}, and on to s3://sounds/ at "
                      f"{bucket.endpoint()}", out)
        self.assertNotIn(bucket.secret_key, out)
        path.write_text(self.config(pbx, bucket.options().replace(
            bucket.endpoint(), "https://{bucket}.s3.example.com:9000")))
        code, out, errors = run_callstream("check", "--config", path)
        self.assertEqual(code, 0, errors)
        self.assertIn("s3://sounds/ at https://{bucket}.s3.example.com:9000", out)
        path.write_text(self.config(pbx, bucket.options().replace('"sounds"', '"So/unds"')
                                    .replace("http:", "ftp:")))
        code, _, errors = run_callstream("check", "--config", path)
        self.assertEqual(code, 78)
        self.assertIn("pbx.hq.recordings.bucket.endpoint: must begin with https://", errors)
        self.assertIn("pbx.hq.recordings.bucket.name: must be 3 to 63", errors)

    def test_check_asks_a_ucm_for_its_recordings(self):
        pbx = self.pbx("grandstream", "--cdrs", 5)
        path = self.directory / "c.toml"
        path.write_text(self.config(pbx))
        code, out, errors = run_callstream("check", "--config", path, "--connect")
        self.assertEqual(code, 0, errors)
        self.assertIn("recordings can be fetched", out)

    def test_check_says_why_a_ucm_gives_no_recordings(self):
        answers = {404: "the PBX has no REC API, or it is off",
                   403: "our address is not in its list of permitted ones",
                   401: "the PBX refused the API login",
                   200: "a web page answered instead of the PBX's API"}

        class Api(http.server.BaseHTTPRequestHandler):
            status = None  # of recapi

            def do_GET(self):
                wants_cdrs = self.path.startswith("/cdrapi?")
                body = b'{"cdr_root":[]}' if wants_cdrs else b"<!DOCTYPE html><html></html>"
                self.send_response(200 if wants_cdrs else Api.status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Api)
        self.addCleanup(server.server_close)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.shutdown)
        path = self.directory / "c.toml"
        path.write_text(f"""
[journal]
path = "{self.directory}/journal"
[pbx.hq]
family = "grandstream"
timezone = "UTC"
[pbx.hq.cdr_poll]
url = "http://127.0.0.1:{server.server_port}"
[pbx.hq.recordings]
directory = "{self.stored}"
[sink.out]
{file_sink(self.out)}
""")
        for status, why in answers.items():
            with self.subTest(status=status):
                Api.status = status
                code, out, errors = run_callstream("check", "--config", path, "--connect")
                self.assertEqual(code, 1, errors)
                self.assertIn("CDRs of the last hour: 0", out)
                self.assertIn("pbx hq: gets no recordings from http://127.0.0.1:", out)
                self.assertIn(why, out)


if __name__ == "__main__":
    harness.main()
