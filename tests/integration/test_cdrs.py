"""CDRs of UCMs: asked for, pushed over HTTP, sent over TCP, imported; each is told once."""

import collections
import http.client
import json
import shutil
import socket
import ssl
import time
import urllib.request

import harness
import pipeline
from pbx_api import PbxApi

DATA = harness.ROOT / "tests/data"


def record(number, **more):
    """A flat record as a UCM pushes it."""
    return {"AcctId": str(number), "src": "1000", "dst": "1001", "clid": '"Alice" <1000>',
            "channel": f"PJSIP/1000-{number:08x}", "dstchannel": f"PJSIP/1001-{number:08x}",
            "lastapp": "Dial", "lastdata": "PJSIP/1001,60", "start": "2026-02-01 10:30:00",
            "answer": "2026-02-01 10:30:05", "end": "2026-02-01 10:31:00", "duration": "60",
            "billsec": "55", "disposition": "ANSWERED", "uniqueid": f"1769941800.{number}",
            "userfield": "Internal", "session": f"1769941800{number:06d}-1000", **more}


def as_xml(fields):
    inside = "".join(f"<{name}>{value}</{name}>" for name, value in fields.items())
    return f"<?xml version=\"1.0\"?><cdr session=\"{fields['session']}\">{inside}</cdr>"


class Cdrs(harness.TestCase):
    def setUp(self):
        super().setUp()
        self.events_path = self.directory / "events.ndjson"
        self.tcp_port = harness.free_port()
        self.http_port = harness.free_port()

    def config(self, pbx, extra=""):
        return "\n".join([
            "[journal]", f'path = "{self.directory / "journal"}"', 'retention = "1h"', extra,
            "[pbx.ucm]", 'family = "grandstream"', 'timezone = "UTC"', *pbx,
            "[sink.file]", pipeline.file_sink(self.events_path), ""])

    def listening(self, allow="127.0.0.1"):
        return [f'cdr_output = {{ listen = "127.0.0.1:{self.tcp_port}", allow = ["{allow}"] }}',
                'push = { path = "/cdr", username = "ucm", password = "secret" }']

    def run_with(self, pbx, extra=""):
        callstream = self.start(pipeline.Callstream(self.directory, self.config(pbx, extra)))
        harness.wait_until("callstream runs",
                           lambda: "running" in callstream.stderr() or not callstream.running())
        self.assertTrue(callstream.running(), callstream.stderr()[-2000:])
        return callstream

    def listen(self, **options):
        return self.run_with(self.listening(**options),
                             f'[http]\nlisten = "127.0.0.1:{self.http_port}"')

    def send(self, *pieces):
        with socket.create_connection(("127.0.0.1", self.tcp_port), 20) as connection:
            try:
                for piece in pieces:
                    connection.sendall(piece.encode())
                connection.shutdown(socket.SHUT_WR)
                return connection.recv(1)  # until callstream has read all
            except OSError:
                return b""  # it has closed before

    def post(self, body, kind="application/json"):
        connection = http.client.HTTPConnection("127.0.0.1", self.http_port, timeout=20)
        connection.request("POST", "/cdr", body, {
            "Content-Type": kind, "Authorization": "Basic dWNtOnNlY3JldA=="})
        status = connection.getresponse().status
        connection.close()
        return status

    def events(self, kind="cdr.created"):
        # The sink may not have made the file yet, or be in the middle of a line.
        if not self.events_path.exists():
            return []
        whole = self.events_path.read_text().rpartition("\n")[0]
        told = [json.loads(line) for line in whole.splitlines()]
        return [event for event in told if event["type"] == kind]

    def wait_for(self, count, kind="cdr.created"):
        harness.wait_until(f"{count} times {kind}", lambda: len(self.events(kind)) >= count)
        self.assertEqual(len(self.events(kind)), count)
        return self.events(kind)

    def end(self, callstream):
        self.assertEqual(callstream.terminate(), 0, callstream.stderr()[-3000:])
        self.assertEqual(len({event["id"] for event in self.events()}), len(self.events()))


class Pushed(Cdrs):
    def test_a_record_is_told_once_whichever_way_it_comes(self):
        callstream = self.listen()
        one = record(1, recordfiles="auto-1.wav@")
        self.send(json.dumps(one))
        told = self.wait_for(1)[0]
        self.assertEqual(told["data"]["call_id"], one["session"])
        self.assertEqual(told["data"]["direction"], "internal")
        self.assertEqual(told["data"]["calling"],
                         {"number": "1000", "name": "Alice", "device": "PJSIP/1000"})
        self.assertEqual(told["data"]["ended_at"], "2026-02-01T10:31:00.000000Z")
        self.assertEqual(told["data"]["recording"], "auto-1.wav")
        self.wait_for(1, "recording.available")
        # Without its number, in XML, over HTTP: still that one.
        self.send(as_xml({name: value for name, value in one.items() if name != "AcctId"}))
        self.assertEqual(self.post(json.dumps(one)), 200)
        self.assertEqual(self.post(as_xml(one), "text/xml"), 200)
        self.assertEqual(self.post(json.dumps(record(2)), "text/plain"), 200)
        self.wait_for(2)
        self.assertEqual(self.post("{}"), 400)
        self.assertEqual(self.post("no"), 400)
        self.end(callstream)
        # What was told before a restart is not told after it.
        callstream = self.listen()
        self.assertEqual(self.post(json.dumps(one)), 200)
        self.send(json.dumps(record(2)), json.dumps(record(3)))
        self.wait_for(3)
        self.end(callstream)

    def test_a_burst_after_an_outage_comes_in_pieces_of_any_size(self):
        callstream = self.listen()
        burst = "".join(json.dumps(record(number)) if number % 2 else as_xml(record(number))
                        for number in range(1, 10_001))
        cuts = [burst[at:at + 1237] for at in range(0, len(burst), 1237)]
        self.send(*cuts)
        self.wait_for(10_000)
        self.end(callstream)
        self.assertIn("records=10000 rejected=0", callstream.stderr())

    def test_what_is_no_record_is_counted_and_ends_no_more_than_its_connection(self):
        callstream = self.listen()
        self.send(json.dumps(record(1)), '{"a":1}', json.dumps(record(2)), '{"src":"10')
        self.send("POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}")
        time.sleep(1.1)  # like lines of the log come once a second
        self.send("x" * 100)
        time.sleep(1.1)
        self.send('{"src":"' + "y" * 400_000)
        self.send(json.dumps(record(3)))
        self.wait_for(3)
        self.end(callstream)
        errors = callstream.stderr()
        self.assertIn("this is HTTP, where CDRs were expected bare", errors)
        self.assertIn("a record is too large", errors)
        self.assertIn("rejected=5", errors)
        self.assertNotIn("yyy", errors)

    def test_other_addresses_may_not_send(self):
        callstream = self.listen(allow="192.0.2.0/24")
        with self.assertRaises(ConnectionError):
            for _ in range(100):
                if not self.send(json.dumps(record(1))):
                    raise ConnectionResetError  # closed without a byte
        self.assertEqual(self.post(json.dumps(record(2))), 200)
        self.assertEqual([event["data"]["cdr_id"] for event in self.wait_for(1)], ["2"])
        self.end(callstream)
        self.assertIn("the address may not send here", callstream.stderr())


class Polled(Cdrs):
    def poll(self, pbx, **options):
        words = {"url": pbx.url(), "username": "admin", "password": "secret", "every": "1s",
                 "requests_per_minute": 6000,
                 "since": time.strftime("%Y-%m-%d", time.gmtime(time.time() - 40 * 86400)), **options}
        inside = ", ".join(f"{name} = {json.dumps(value)}" for name, value in words.items())
        if pbx.scheme == "https":
            inside += f', tls = {{ ca_file = "{pbx.certificate}" }}'
        return [f"cdr_poll = {{ {inside} }}"]

    def check(self, pbx, events, summaries=True):
        truth = {row["key"]: row for row in pbx.truth()}
        legs = {}
        for event in events:
            data = event["data"]
            legs.setdefault(data["call_id"], []).append(data["leg_id"])
        self.assertEqual(set(legs), set(truth))
        for call, of_call in legs.items():
            self.assertEqual(sum(leg is not None for leg in of_call), truth[call]["legs"], call)
            alone = truth[call]["legs"] == 1
            self.assertLessEqual(sum(leg is None for leg in of_call), 0 if alone else 1)

    def test_every_format_fills_the_past_and_then_gives_what_is_new(self):
        for kind in ("json", "xml"):
            with self.subTest(kind=kind):
                self.events_path.unlink(missing_ok=True)
                pbx = self.start(PbxApi(self.directory, "grandstream", "--cdrs", "450"))
                callstream = self.run_with(self.poll(pbx, format=kind, page_size=100),
                                           f'segment_bytes = "8MiB" # {kind}')
                count = sum(row["legs"] + (row["legs"] > 1) for row in pbx.truth())
                harness.wait_until("the past is filled", lambda: len(self.events()) >= count)
                pbx.tell("add 20")
                count = sum(row["legs"] + (row["legs"] > 1) for row in pbx.truth())
                harness.wait_until("what is new", lambda: len(self.events()) >= count)
                self.check(pbx, self.events())
                self.end(callstream)
                pbx.kill()
                shutil.rmtree(self.directory / "journal")

    def test_a_wrong_password_is_said_and_asked_for_again_later(self):
        pbx = self.start(PbxApi(self.directory, "grandstream"))
        callstream = self.run_with(self.poll(pbx, password="wrong"))
        harness.wait_until("a word", lambda: "refused the API login" in callstream.stderr())
        self.end(callstream)

    def test_recordings_are_stored(self):
        pbx = self.start(PbxApi(self.directory, "grandstream", "--cdrs", "20"))
        store = self.directory / "recordings"
        store.mkdir()
        callstream = self.run_with(self.poll(pbx) + [
            f'recordings = {{ directory = "{store}", path = "{{file}}", delay = "0s" }}'])
        files = {name for row in pbx.truth() for name in row["recording"].split("@") if name}
        self.assertTrue(files)
        harness.wait_until("recordings", lambda: {p.name for p in store.glob("*")} >= files)
        self.assertTrue(all((store / name).read_bytes().startswith(b"RIFF") for name in files))
        self.end(callstream)


class EveryWay(Polled):
    def test_a_thousand_calls_that_are_polled_pushed_and_sent_are_told_once(self):
        # Recordings come seconds after the calls, when each was told in some way or other.
        pbx = self.start(PbxApi(self.directory, "grandstream", "--cdrs", "0", "--rate", "100",
                                "--call-seconds", "5", "--recording-delay", "6"))
        callstream = self.run_with(self.poll(pbx) + self.listening(),
                                   f'[http]\nlisten = "127.0.0.1:{self.http_port}"')
        ask = self.asker(pbx)
        sent = set()
        while len(sent) < 1_000:
            for number, call in enumerate(ask()):
                key = self.session_of(call)
                if key in sent:
                    continue
                sent.add(key)
                text = json.dumps(self.without_recordings(call))
                # By HTTP, by TCP, by both, or by the poll alone.
                if number % 4 in (0, 2):
                    self.assertEqual(self.post(text), 200)
                if number % 4 in (1, 2):
                    self.send(text)
        rows = [row for call in ask() if self.session_of(call) in sent
                for row in self.records_of(call)]
        wanted = collections.Counter(row["session"] for row in rows)
        def told(kind):
            return collections.Counter(event["data"]["call_id"] for event in self.events(kind)
                                       if event["data"]["call_id"] in wanted)
        harness.wait_until("all records", lambda: told("cdr.created") == wanted)
        def with_recording():
            return collections.Counter(row["session"] for call in ask()
                                       if self.session_of(call) in sent
                                       for row in self.records_of(call) if row["recordfiles"])
        time.sleep(7)
        late = with_recording()
        self.assertGreater(sum(late.values()), 100)
        harness.wait_until("all recordings", lambda: told("cdr.updated") == late)
        time.sleep(2)
        self.assertEqual(told("cdr.created"), wanted)
        self.assertEqual(told("cdr.updated"), late)
        self.assertEqual(len(wanted), len(sent))
        self.end(callstream)

    def asker(self, pbx):
        passwords = urllib.request.HTTPPasswordMgrWithDefaultRealm()
        passwords.add_password(None, pbx.url(), "admin", "secret")
        opener = urllib.request.build_opener(
            urllib.request.HTTPDigestAuthHandler(passwords), urllib.request.HTTPSHandler(
                context=ssl.create_default_context(cafile=pbx.certificate)))

        def ask():
            # The list shifts while it is read: the same call may come twice.
            calls, offset = {}, 0
            while True:
                page = json.loads(opener.open(pbx.url(
                    f"/cdrapi?format=json&numRecords=1000&offset={offset}"), timeout=20).read())
                calls.update({self.session_of(call): call for call in page["cdr_root"]})
                offset += len(page["cdr_root"])
                if len(page["cdr_root"]) < 1000:
                    return list(calls.values())
        return ask

    @staticmethod
    def records_of(call):
        parts = [part for name, part in call.items() if name.startswith(("main_cdr", "sub_cdr"))]
        return parts or [call]

    def session_of(self, call):
        return self.records_of(call)[0]["session"]

    @classmethod
    def without_recordings(cls, call):
        bare = json.loads(json.dumps(call))
        for row in cls.records_of(bare):
            row["recordfiles"] = ""
        return bare


class Imported(Cdrs):
    def run_import(self, *words):
        return pipeline.run_callstream("import", *words)

    def test_files_are_printed_as_events(self):
        code, out, errors = self.run_import("--format", "nexo-csv", "--timezone", "Etc/GMT+8",
                                            "--pbx", "hq", DATA / "nexo/download.nexo-csv")
        self.assertEqual(code, 0, errors)
        events = [json.loads(line) for line in out.splitlines()]
        created = [event for event in events if event["type"] == "cdr.created"]
        self.assertEqual(len(created), 6)
        self.assertEqual(sum(e["type"] == "recording.available" for e in events), 4)
        self.assertEqual(created[0]["time"], "2021-05-07T08:49:58.000000Z")
        self.assertEqual(created[0]["data"]["direction"], "callback")
        self.assertIn("6 CDRs, 6 of them new, 0 repeated; 0 could not be read", errors)

    def test_the_same_file_twice_is_told_once(self):
        path = DATA / "grandstream/transfer.ucm-json"
        code, out, errors = self.run_import("--format", "ucm-json", path, path)
        self.assertEqual((code, len(out.splitlines())), (0, 4), errors)
        self.assertIn("3 repeated", errors)

    def test_bad_rows_are_named_and_the_others_taken(self):
        path = self.directory / "bad.csv"
        text = (DATA / "nexo/report.nexo-csv").read_text().splitlines()
        text[2] = text[2].replace("13s", "soon")
        text.insert(4, "short,row")
        path.write_text("\n".join(text) + "\n")
        code, out, errors = self.run_import("--format", "nexo-csv", path)
        self.assertEqual(code, 1)
        self.assertEqual(len(out.splitlines()), 7)
        self.assertIn(f"{path}:3: its duration is no number of seconds", errors)
        self.assertIn(f"{path}:5: it has too few columns", errors)
        self.assertIn("2 could not be read", errors)
        code, _, errors = self.run_import("--format", "nexo-json", path, self.directory / "none")
        self.assertEqual(code, 1)
        self.assertIn("not valid JSON", errors)
        self.assertIn("No such file", errors)

    def test_the_journal_gets_each_record_once(self):
        config = self.directory / "callstream.toml"
        config.write_text(self.config(self.listening(),
                                      f'[http]\nlisten = "127.0.0.1:{self.http_port}"'))
        words = ("-c", config, "--pbx", "ucm", "--format", "ucm-csv")
        path = DATA / "grandstream/old.ucm-csv"
        code, out, errors = self.run_import(*words, path)
        self.assertEqual((code, out), (0, ""), errors)
        self.assertIn("3 CDRs, 3 of them new", errors)
        code, _, errors = self.run_import(*words, path)
        self.assertEqual(code, 0)
        self.assertIn("3 CDRs, 0 of them new, 3 repeated", errors)
        # In another form, and while callstream runs.
        code, _, errors = self.run_import("-c", config, "--pbx", "ucm", "--format", "ucm-json",
                                          DATA / "grandstream/old.ucm-json")
        self.assertIn("0 of them new", errors)
        callstream = self.listen()
        self.wait_for(3)
        code, _, errors = self.run_import(*words, path)
        self.assertEqual(code, 1)
        self.assertIn("journal", errors)
        self.end(callstream)
        code, _, errors = self.run_import("-c", config, "--pbx", "no", "--format", "ucm-csv", path)
        self.assertEqual(code, 1)
        self.assertIn("must be one of: ucm", errors)
        code, _, errors = self.run_import("-c", config, "--pbx", "ucm", "--format", "nexo-csv", path)
        self.assertIn("writes no nexo-csv", errors)


if __name__ == "__main__":
    harness.main()
