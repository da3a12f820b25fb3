"""callstream polls a PBX's CDRs: each one once, none missing, by the end of its call, gently."""

import bisect
import collections
import datetime
import hashlib
import http.server
import json
import random
import re
import socket
import ssl
import threading
import time
import urllib.request
import zlib

import harness
from harness import FULL, wait_until
from pbx_api import PbxApi
from pipeline import Callstream, events_in_file, events_in_redis, file_sink, redis_sink, run_callstream


def config(pbx, sinks, journal, options="", ways_in="", password="secret"):
    lines = ["[journal]", f'path = "{journal}"', "[pbx.hq]", 'family = "nexo"', 'timezone = "UTC"',
             ways_in, "[pbx.hq.cdr_poll]", f'url = "{pbx.url()}"', 'username = "admin"',
             f'password = "{password}"', 'every = "1s"', 'every_busy = "500ms"',
             'backoff_first = "50ms"', 'backoff_longest = "300ms"', "requests_per_minute = 600",
             options]
    if pbx.certificate:
        lines.append(f'tls = {{ ca_file = "{pbx.certificate}" }}')
    for name, value in sinks.items():
        lines += [f"[sink.{name}]", value]
    return "\n".join(lines) + "\n"


def seconds(text):
    return int(datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp())


def facts(cdr):
    """A cdr.* event as the truth tells of it."""
    data = cdr["data"]
    return data["call_id"], seconds(data["ended_at"]), int(data["billable_seconds"] or 0)


def true_facts(row):
    return row["key"], row["end"], row["billed"]


class Polled(harness.TestCase):
    def pbx(self, *options):
        return self.start(PbxApi(self.directory, "nexo", *options))

    def callstream(self, toml):
        return self.start(Callstream(self.directory, toml))

    def created(self, events):
        return [event for event in events if event["type"] == "cdr.created"]

    def check(self, events, truth):
        """Each row of the truth once, by the end of its call."""
        told = collections.Counter(facts(event) for event in self.created(events))
        true = collections.Counter(true_facts(row) for row in truth)
        self.assertEqual(true - told, collections.Counter(), "missing")
        self.assertEqual(told - true, collections.Counter(), "told twice, or made up")
        ends = [event["data"]["ended_at"] for event in self.created(events)]
        self.assertEqual(ends, sorted(ends), "by the end of the calls")
        ids = [event["id"] for event in events]
        self.assertEqual(len(ids), len(set(ids)))

    def check_until_newest(self, events, truth):
        """The same while the table grows: of the last second some may still wait."""
        told = {facts(event) for event in self.created(events)}
        newest = max(end for _, end, _ in told)
        self.check(events, [row for row in truth
                            if row["end"] < newest or true_facts(row) in told])

    def check_rate(self, pbx, per_minute):
        times = sorted(request["at_ms"] for request in pbx.requests())
        for first, later in zip(times, times[per_minute:]):
            # A request may be on its way for a while.
            self.assertGreater(later - first, 59_000, "requests in a minute")


class BackFill(Polled):
    def test_kills_faults_expiries_and_a_growing_table_lose_and_repeat_nothing(self):
        count, rate, time_s, kills = (100_000, 50, 600, 30) if FULL else (3_000, 20, 20, 6)
        redis = self.redis()
        pbx = self.pbx("--cdrs", count, "--days", 3, "--rate", rate, "--call-seconds", 60,
                       "--fail-every", 20, "--session-life", 5)
        toml = config(pbx, {"live": redis_sink(redis)}, self.directory / "journal",
                      'since = "2020-01-01"\noverlap = "3m"\ncall_longest = "5m"')
        chance = random.Random(7)
        begun = time.monotonic()
        process = self.callstream(toml)
        for _ in range(kills):
            time.sleep(chance.uniform(0.3, 1.7) * time_s / kills)
            process.kill()
            process = self.callstream(toml)
        time.sleep(max(0, begun + time_s - time.monotonic()))
        # They come in order: with one that ended now, all that ended before are there.
        ended = time.time()
        wait_until("the calls of the last kill", lambda: self.newest(redis) > ended, 240)
        self.assertEqual(process.terminate(), 0)
        events = events_in_redis(redis)
        self.check_until_newest(events, pbx.truth())
        self.check_rate(pbx, 600)
        state = pbx.state()
        self.assertGreater(state["faults"], 0)
        print(f"{len(self.created(events))} CDRs told, {len(pbx.truth())} in the table; "
              f"{len(pbx.requests())} requests, at most {self.busiest_minute(pbx)} in a minute; "
              f"{kills} kills; the PBX: {state}", flush=True)

    @staticmethod
    def busiest_minute(pbx):
        times = sorted(request["at_ms"] for request in pbx.requests())
        return max(bisect.bisect_left(times, first + 60_000) - at
                   for at, first in enumerate(times))

    def newest(self, redis):
        """When the last call ended of which a CDR is in Redis."""
        time.sleep(0.2)
        for _, fields in redis.client().xrevrange("calls.events", count=200):
            if fields["type"] == "cdr.created":
                return seconds(json.loads(fields["data"])["ended_at"])
        return 0

    def test_a_limit_of_requests_holds_also_while_a_past_is_filled(self):
        redis = self.redis()
        pbx = self.pbx("--cdrs", 400, "--days", 2)
        self.callstream(config(pbx, {"live": redis_sink(redis)}, self.directory / "journal",
                               'since = "2020-01-01"\nrequests_per_minute = 120\nrows_max = 100\n'
                               'window = "2h"').replace("requests_per_minute = 600\n", ""))
        wait_until("all of the past", lambda: len(self.created(events_in_redis(redis))) >= 400)
        time.sleep(1)
        self.check(events_in_redis(redis), pbx.truth())
        self.check_rate(pbx, 120)

    def test_a_full_journal_stops_the_poll_and_loses_nothing(self):
        redis = self.redis()
        redis.stop()
        pbx = self.pbx("--cdrs", 12_000, "--days", 2)
        journal = self.directory / "journal"
        toml = config(pbx, {"live": redis_sink(redis)}, f'{journal}"\nmax_bytes = "8MiB"\n'
                      'segment_bytes = "4MiB', 'since = "2020-01-01"')
        process = self.callstream(toml)
        wait_until("the journal is full", lambda: "the journal is full" in process.stderr())
        asked = len(pbx.requests())
        time.sleep(2)
        self.assertEqual(len(pbx.requests()), asked, "nothing is asked for")
        redis.start()
        wait_until("all CDRs", lambda: len(self.created(events_in_redis(redis))) >= 12_000)
        self.assertEqual(process.terminate(), 0)
        self.check(events_in_redis(redis), pbx.truth())
        self.assertNotIn("source.overload", {e["type"] for e in events_in_redis(redis)})


class Refusals(Polled):
    def reasons(self, path):
        if not path.exists():
            return []
        return [event["data"]["reason"] for event in events_in_file(path)
                if event["type"] == "source.disconnected"]

    def test_answers_that_are_none_are_told_apart_and_asked_again(self):
        out = self.directory / "out.ndjson"
        pbx = self.pbx("--cdrs", 50, "--rate", 5, "--call-seconds", 5)
        process = self.callstream(config(pbx, {"out": file_sink(out)}, self.directory / "journal",
                                         'since = "2020-01-01"\nanswer_max = "1MiB"'))
        wait_until("the past", lambda: out.exists() and len(self.created(events_in_file(out))) >= 50)
        for fault, words in (("server-error", "answered with an error"),
                             ("mistaken", "holds no list"),
                             ("cut", "the answer ended before its end"),
                             ("cut-gzip", "the answer's gzip ended before its end"),
                             ("busy", "asked later"),
                             ("huge", "larger than allowed")):
            before = process.stderr().count("\n")
            pbx.tell(f"fault {fault}")
            wait_until(f"a word of {fault}", lambda: any(
                words in line for line in process.stderr().splitlines()[before:]))
        pbx.tell("fault page")
        time.sleep(3)
        self.assertEqual(process.terminate(), 0)
        self.check_until_newest(events_in_file(out), pbx.truth())

    def test_a_web_page_instead_of_json_is_named_and_recovers(self):
        for way, words in (("html", "a web page came instead of JSON"),
                           ("html login", "a web page answered instead of the PBX's API")):
            with self.subTest(way):
                out = self.directory / f"{way}.ndjson"
                pbx = self.start(EndlessPbx(way))
                process = self.callstream(config(pbx, {"out": file_sink(out)},
                                                 self.directory / way))
                wait_until("a word of it", lambda: words in process.stderr())
                self.assertIn("pbx=hq", process.stderr())
                wait_until("an event of it", lambda: self.reasons(out))
                pbx.way = "rows"
                wait_until("CDRs, without a restart",
                           lambda: out.exists() and self.created(events_in_file(out)))
                self.assertEqual(process.terminate(), 0)

    def test_ten_gigabytes_are_refused_in_bounded_memory(self):
        for way in ("length", "chunked", "bomb"):
            with self.subTest(way):
                out = self.directory / f"{way}.ndjson"
                pbx = self.start(EndlessPbx(way))
                process = self.callstream(config(pbx, {"out": file_sink(out)},
                                                 self.directory / way, 'answer_max = "16MiB"'))
                wait_until("an answer", lambda: pbx.answers)
                before = peak_bytes(process)
                wait_until("a word of it", lambda: "larger than allowed" in process.stderr())
                wait_until("more of it", lambda: pbx.answers >= 5)
                grown = peak_bytes(process) - before
                print(f"{way}: {grown / 2**20:.1f} MiB more for answers of 10 GiB", flush=True)
                self.assertLess(grown, 6 * 16 * 2**20, "some copies of answer_max")
                wait_until("still more of it", lambda: pbx.answers >= 10)
                self.assertLess(peak_bytes(process) - before - grown, 8 * 2**20, "and no more")
                self.assertIn("pbx=hq", process.stderr())
                self.assertIn("answer_max", process.stderr())
                pbx.way = "rows"
                wait_until("CDRs, without a restart",
                           lambda: out.exists() and self.created(events_in_file(out)))
                self.assertEqual(process.terminate(), 0)

    def test_a_pbx_that_is_only_polled_is_told_as_such_in_the_metrics(self):
        pbx = self.pbx("--cdrs", 50, "--refuse", "password")
        port = harness.free_port()
        process = self.callstream(config(
            pbx, {"out": file_sink(self.directory / "out.ndjson")}, self.directory / "journal",
            'since = "2020-01-01"\nbackoff_refused = "200ms"\nbackoff_locked = "200ms"')
            + f'[web]\nlisten = "127.0.0.1:{port}"\n')

        def metrics():
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as page:
                    return page.read().decode()
            except OSError:
                return ""
        seen = 'callstream_pbx_connected{pbx="hq",family="nexo",transport="poll"} '
        wait_until("it is not seen", lambda: seen + "0" in metrics())
        pbx.tell("refuse none")
        wait_until("it is seen", lambda: seen + "1" in metrics())
        wait_until("its rows", lambda: re.search(
            r'callstream_pbx_messages_total{pbx="hq"} ([5-9][0-9]|[0-9]{3,})', metrics()))
        self.assertIn('callstream_recordings_no_room_total{pbx="hq"} 0', metrics())
        self.assertEqual(process.terminate(), 0)

    def test_check_says_how_a_pbx_is_polled_and_what_is_wrong(self):
        path = self.directory / "c.toml"
        pbx = self.pbx()
        path.write_text(config(pbx, {"out": "stdout = true"}, ":memory:", 'since = "2026-11-01"'))
        code, out, _ = run_callstream("check", "--config", path)
        self.assertEqual(code, 0)
        self.assertIn(f"polled at {pbx.url()}, user admin, password (from the configuration", out)
        self.assertIn("back-filled from 2026-11-01T00:00:00Z", out)
        self.assertNotIn("secret", out)
        path.write_text(config(pbx, {"out": "stdout = true"}, ":memory:", 'since = "2026-13-01"'))
        code, _, errors = run_callstream("check", "--config", path)
        self.assertEqual(code, 78)
        self.assertIn("pbx.hq.cdr_poll.since: must be a date", errors)


def peak_bytes(process):
    """The most memory that a process has had."""
    with open(f"/proc/{process.popen.pid}/status", encoding="ascii") as lines:
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


class EndlessPbx:
    """A Nexo whose list has ten gigabytes, by its length, in chunks, or packed; is a web page; or
    has one row."""

    certificate = None
    size = 10 * 2**30

    def __init__(self, way):
        self.way = way
        self.answers = 0
        owner = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_POST(self):
                if owner.way == "html login" or (owner.way == "html" and "/9006" in self.path):
                    return self.give(b"<!DOCTYPE html><html><body>Welcome</body></html>",
                                     "text/html")
                if "/8404" in self.path:
                    return self.give(b'{"LoginStatus":"Success"}')
                owner.answers += 1
                try:
                    owner.answer(self)
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True

            def give(self, body, kind="application/json"):
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def url(self):
        return f"http://127.0.0.1:{self.server.server_port}"

    def answer(self, asked):
        if self.way == "rows":
            now = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=60)
            return asked.give(json.dumps({"json_array_astcdrs": [
                {"calldate": now.strftime("%Y-%m-%d %H:%M:%S"), "src": "1", "dst": "2",
                 "duration": "6", "billsec": "3", "disposition": "ANSWERED",
                 "UniqueID": "1.1"}]}).encode())
        asked.send_response(200)
        asked.send_header("Content-Type", "application/json")
        block = b'{"json_array_astcdrs":[' + b" " * 2**20
        if self.way == "length":
            asked.send_header("Content-Length", str(self.size))
        else:
            asked.send_header("Transfer-Encoding", "chunked")
        if self.way == "bomb":
            asked.send_header("Content-Encoding", "gzip")
        asked.end_headers()
        packer = zlib.compressobj(wbits=31)
        for _ in range(self.size // len(block)):
            piece = packer.compress(block) if self.way == "bomb" else block
            if self.way != "length" and piece:
                piece = b"%x\r\n%b\r\n" % (len(piece), piece)
            asked.wfile.write(piece)

    def kill(self):
        self.server.shutdown()
        self.server.server_close()


class PlayedManager:
    """A Nexo's manager interface: lets anybody in, and says what it is told to."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.clients = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        client.sendall(b"Asterisk Call Manager/1.1\r\n")
        stream = client.makefile("rb")
        action = {}
        for raw in stream:
            line = raw.decode().strip()
            if line:
                name, _, value = line.partition(": ")
                action[name.lower()] = value
                continue
            reply = f"Response: Success\r\nActionID: {action.get('actionid', '')}\r\n"
            if action.get("action", "").lower() == "challenge":
                reply += "Challenge: 1234\r\n"
            client.sendall((reply + "\r\n").encode())
            if action.get("action", "").lower() == "login":
                self.clients.append(client)
            action = {}

    def say(self, **headers):
        text = "".join(f"{name.replace('_', ' ') if name == 'Recording_File_Name' else name}: "
                       f"{value}\r\n" for name, value in headers.items())
        for client in self.clients:
            client.sendall((text + "\r\n").encode())

    def kill(self):
        self.listener.close()


class Join(Polled):
    def test_the_manager_interface_and_the_poll_tell_one_record_once(self):
        count = 1_000
        out = self.directory / "out.ndjson"
        manager = self.start(PlayedManager())
        pbx = self.pbx("--cdrs", 0, "--rate", 100, "--call-seconds", 5, "--recording-delay", 3)
        ways_in = (f'ami = {{ address = "127.0.0.1:{manager.port}", username = "a", secret = "b", '
                   'snapshot_timeout = "100ms" }')
        process = self.callstream(config(pbx, {"out": file_sink(out)}, self.directory / "journal",
                                         "", ways_in))
        wait_until("the login", lambda: manager.clients)
        rows = self.tell_all(pbx, manager, count)
        told_keys = {row["UniqueID"] for row in rows}
        truth = [row for row in pbx.truth() if row["key"] in told_keys]
        with_recording = {row["key"] for row in truth if row["recording"]}
        wait_until("the recordings", lambda: with_recording <= {
            event["data"]["call_id"] for event in events_in_file(out)
            if event["type"] == "cdr.updated" and event["data"]["recording"]})
        self.assertEqual(process.terminate(), 0)
        events = events_in_file(out)
        told = collections.Counter(event["data"]["call_id"] for event in self.created(events))
        true = collections.Counter(row["key"] for row in truth)
        self.assertEqual({key: told[key] for key in true}, dict(true))
        updates = collections.Counter(
            event["data"]["call_id"] for event in events
            if event["type"] == "cdr.updated" and event["data"]["recording"])
        wanted = collections.Counter(row["key"] for row in truth if row["recording"])
        self.assertEqual({key: updates[key] for key in wanted}, dict(wanted))
        ways = collections.Counter(e["data"]["vendor"]["event"] for e in self.created(events))
        self.assertGreater(ways["Cdr"], 0, "the manager interface was first at times")
        ids = [event["id"] for event in events]
        self.assertEqual(len(ids), len(set(ids)))

    def tell_all(self, pbx, manager, count):
        """The manager interface tells of each row, without its recording, which comes later."""
        opener = urllib.request.build_opener(
            urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=pbx.certificate)),
            urllib.request.HTTPCookieProcessor())

        def ask(path):
            request = urllib.request.Request(pbx.url("/cgi/webserve/" + path), method="POST")
            return json.loads(opener.open(request).read())

        ask("8404?&UserName=admin&Password=" + hashlib.md5(b"secret").hexdigest())
        told = collections.Counter()
        while sum(told.values()) < count:
            rows = ask("9006?&startdate=&enddate=&disposition=All&userfield=All&port=-1")
            for row in rows["json_array_astcdrs"]:
                row["Recording filename"] = ""
            new = collections.Counter(json.dumps(row) for row in rows["json_array_astcdrs"]) - told
            for text in new.elements():
                manager.say(**self.cdr_event(json.loads(text)))
            told += new
            time.sleep(0.05)
        return [json.loads(text) for text in told.elements()]

    @staticmethod
    def cdr_event(row):
        start = datetime.datetime.fromisoformat(row["calldate"])
        duration, billed = int(row["duration"]), int(row["billsec"])
        end = start + datetime.timedelta(seconds=duration)
        answer = end - datetime.timedelta(seconds=billed)
        return {"Event": "Cdr", "Privilege": "cdr,all", "AccountCode": "", "Source": row["src"],
                "Destination": row["dst"], "Channel": f"SIP/{row['src']}-1",
                "DestinationChannel": f"SIP/{row['dst']}-2", "LastApplication": "Dial",
                "LastData": "", "StartTime": start, "AnswerTime": answer, "EndTime": end,
                "Duration": duration, "BillableSeconds": billed,
                "Disposition": row["disposition"], "AMAFlags": "DOCUMENTATION",
                "UniqueID": row["UniqueID"], "UserField": "", "Recording_File_Name": ""}


if __name__ == "__main__":
    harness.main()
