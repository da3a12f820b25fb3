"""The web server: the live state, events that are streamed, and who may read them."""

import http.client
import json
import random
import socket
import ssl
import subprocess
import time

import harness
import pipeline
from live import TOKEN, LiveCase, Stream, sequence_of

class Live(LiveCase):
    def test_a_token_is_needed_in_the_header_or_the_query(self):
        self.begin()
        for path in ("/api/state", "/api/events"):
            answer, body = self.ask(path, token=None)
            self.assertEqual(answer.status, 401)
            self.assertIn("Bearer", answer.headers["WWW-Authenticate"])
            self.assertNotIn(TOKEN, body)
            self.assertEqual(self.ask(path, token=TOKEN[:-1])[0].status, 401)
        self.state()
        self.assertEqual(self.ask(f"/api/state?token={TOKEN}", token=None)[0].status, 200)
        self.assertEqual(self.ask("/api/state", token="another")[0].status, 200)
        self.assertEqual(self.ask("/api/nothing")[0].status, 404)
        self.assertEqual(self.ask("/api/state", method="POST")[0].status, 405)
        self.assertNotIn(TOKEN, self.callstream.stderr())

    def raw(self, text):
        connection = socket.create_connection(("127.0.0.1", self.port))
        self.addCleanup(connection.close)
        connection.settimeout(10)
        connection.sendall(text.encode())
        return connection

    def test_a_request_with_a_body_opens_nothing(self):
        self.begin()
        self.state()
        for framing in ("Transfer-Encoding: chunked", "Content-Length: 5"):
            first = self.raw(f"GET / HTTP/1.1\r\nHost: x\r\n{framing}\r\n\r\n")
            other = self.raw("GET /api/events HTTP/1.1\r\nHost: x\r\n\r\nGET ")
            self.assertIn(b" 401 ", other.recv(1000))
            other.close()
            try:
                first.sendall(b"0\r\n\r\n")
                answer = first.recv(65536)
            except ConnectionError:
                answer = b""
            self.assertIn(answer[9:12], (b"413", b""), answer)
            self.assertNotIn(b"event-stream", answer)
        self.state()

    def test_an_id_with_a_wrong_sequence_is_reset_and_a_filter_that_fits_nothing_holds_up_nobody(self):
        self.begin(("--load", "60000", "--event-rate", "50000"))
        harness.wait_until("there are events", lambda: self.sim_.done(), 120)
        stream = Stream(self.port, "?last_event_id=0&queue=none&type=queue.*")
        live = Stream(self.port, "?last_event_id=0")
        begun = time.monotonic()
        self.assertEqual(self.ask("/api/state")[0].status, 200)
        self.assertLess(time.monotonic() - begun, 2)
        harness.wait_until("all events came", lambda: len(live.ids()) >= 60000, 120)
        position, _, sequence = live.ids()[-1].partition("-")
        live.close()
        wrong = Stream(self.port, headers={"Last-Event-ID": f"{position}-{int(sequence) - 1}"})
        harness.wait_until("a reset", lambda: wrong.frames)
        self.assertEqual(wrong.frames[0][1], "reset")
        self.assertEqual(stream.frames, [])
        stream.close()
        wrong.close()

    def test_pages_of_allowed_origins_may_read(self):
        self.begin(web='cors = ["https://intranet.example"]')
        self.state()
        ours = {"Origin": "https://intranet.example"}
        answer, _ = self.ask("/api/state", ours)
        self.assertEqual(answer.headers["Access-Control-Allow-Origin"], ours["Origin"])
        answer, _ = self.ask("/api/state", {"Origin": "https://evil.example"})
        self.assertIsNone(answer.headers["Access-Control-Allow-Origin"])
        answer, _ = self.ask("/api/state", ours, "OPTIONS", token=None)
        self.assertEqual(answer.status, 204)
        self.assertIn("Authorization", answer.headers["Access-Control-Allow-Headers"])

    def test_addresses_that_are_not_in_the_list_are_refused(self):
        self.begin(web='allow = ["192.0.2.0/24"]')
        self.assertEqual(self.ask("/api/state")[0].status, 403)

    def test_a_state_that_is_the_same_is_not_sent_again(self):
        self.begin(("--rate", "0.001"))
        self.state()
        answer, _ = self.ask("/api/state")
        tag = answer.headers["ETag"]

        def unchanged():  # the entries of sinks change now and then
            nonlocal tag
            again, body = self.ask("/api/state", {"If-None-Match": tag})
            tag = again.headers["ETag"]
            return again.status == 304 and body == ""

        harness.wait_until("the state stays the same", unchanged)

    def test_the_stream_is_what_the_file_has_in_order(self):
        self.begin()
        stream = Stream(self.port, "?last_event_id=0")
        harness.wait_until("events come", lambda: len(stream.frames) > 500)
        self.sim_.kill()
        self.assertEqual(self.callstream.terminate(), 0)
        stream.thread.join(10)
        got = [json.loads(data) for _, _, data in stream.frames]
        self.assertEqual(got, self.file_events())
        self.assertEqual([sequence_of(id) for id in stream.ids()], list(range(1, len(got) + 1)))

    def test_clients_that_come_back_miss_nothing_and_hear_nothing_twice(self):
        self.begin()
        ids, chance, last = [], random.Random(5), "0"
        for turn in range(12):
            stream = Stream(self.port, headers={"Last-Event-ID": last})
            wanted = chance.randrange(1, 300)
            harness.wait_until("more events", lambda: len(stream.ids()) >= wanted)
            stream.close()
            ids += stream.ids()
            last = ids[-1]
            if turn % 4 == 3:  # and over a kill of ours
                self.callstream.kill()
                self.run_again()
        self.assertEqual([sequence_of(id) for id in ids], list(range(1, len(ids) + 1)))
        self.assertEqual(len(set(ids)), len(ids))

    def test_an_id_that_is_not_known_is_answered_with_a_reset(self):
        self.begin()
        self.state()
        for id in ("17-3", "99999999999-5", "nonsense"):
            stream = Stream(self.port, headers={"Last-Event-ID": id})
            harness.wait_until("a reset", lambda: stream.frames)
            self.assertEqual(stream.frames[0][1], "reset", id)
            self.assertTrue(json.loads(stream.frames[0][2])["reason"])
            harness.wait_until("events follow", lambda: len(stream.frames) > 3)
            stream.close()

    def test_filters_choose_by_type_pbx_queue_and_extension(self):
        self.begin(("--rate", "80", "--time-scale", "20"))
        queries = {"?type=call.*": lambda e: e["type"].startswith("call."),
                   "?type=queue.*&type=agent.called&queue=support":
                       lambda e: e["data"].get("queue") == "support"
                       and not e["type"].startswith("source."),
                   "?pbx=hq&type=call.ended": lambda e: e["type"] == "call.ended",
                   "?extension=2*&type=call.answered": lambda e: any(
                       (e["data"][p]["number"] or "").startswith("2")
                       or (e["data"][p]["device"] or "").partition("/")[2].startswith("2")
                       for p in ("calling", "called", "answering"))}
        streams = {query: Stream(self.port, query) for query in queries}
        nobody = Stream(self.port, "?pbx=elsewhere")
        for query, fits in queries.items():
            harness.wait_until("events for " + query, lambda: len(streams[query].frames) > 5)
            for _, _, data in list(streams[query].frames):
                self.assertTrue(fits(json.loads(data)), (query, data))
        self.assertEqual(nobody.frames, [])
        self.assertEqual(self.ask("/api/events?type=/x/")[0].status, 400)
        for stream in (*streams.values(), nobody):
            stream.close()

    def follow(self, stream):
        """The state that a client has from its frames."""
        at, entries = getattr(stream, "followed", (None, {}))
        begin, end = getattr(stream, "seen", 0), len(stream.frames)
        stream.seen = end
        for _, event, data in stream.frames[begin:end]:
            document = json.loads(data)
            if event == "state":
                at = document["at"]
                entries = {(kind, row.pop("key")): row for kind in document
                           if isinstance(document[kind], list) for row in document[kind]}
            elif event == "change":
                at = document["at"]
                for change in document["changes"]:
                    key = (change["kind"], change["key"])
                    if change["value"] is None:
                        entries.pop(key, None)
                    else:
                        entries[key] = change["value"]
        stream.followed = (at, entries)
        return at, entries

    def test_changes_lead_from_the_state_to_the_state(self):
        self.begin(("--rate", "15", "--time-scale", "10"))
        streams = [Stream(self.port, "?state=1")]
        for _ in range(4):
            time.sleep(0.7)
            streams.append(Stream(self.port, "?state=1&events=1" if len(streams) % 2 else
                                  "?state=1"))
        self.sim_.kill()
        harness.wait_until("the loss of the PBX is known", lambda: any(
            source["state"] == "disconnected" for source in self.state()["source"]))
        for stream in streams:
            def same(stream=stream):
                document = self.state()
                at, entries = self.follow(stream)
                entries = {key: value for key, value in entries.items()
                           if key[0] not in ("sink", "process")}
                shown = self.flat(document)
                self.difference = (at, document["at"], [
                    (key, entries.get(key), shown.get(key)) for key in entries.keys() | shown.keys()
                    if entries.get(key) != shown.get(key)][:3])
                return entries == shown

            try:
                harness.wait_until("a follower has the state", same)
            except AssertionError:
                self.fail(f"a follower has another state: {self.difference}\n"
                          + self.callstream.stderr()[-1500:])
            stream.close()

    def test_after_a_kill_the_state_is_right_again(self):
        self.begin(("--rate", "30", "--time-scale", "4"))
        harness.wait_until("there are calls", lambda: len(self.state()["call"]) > 20)
        for _ in range(3):
            before = self.state()
            offered = sum(queue["offered"] for queue in before["queue"])
            self.callstream.kill()
            self.run_again()
            after = self.state()
            self.assertGreaterEqual(sum(queue["offered"] for queue in after["queue"]), offered)
            harness.wait_until("the PBX is seen again", lambda: self.state()["source"][0]["state"]
                               == "connected")
        self.sim_.popen.terminate()
        self.sim_.wait()
        truth = json.loads(self.sim_.summary_path.read_text())
        self.assertTrue(truth)

    def test_a_reader_that_is_too_slow_is_dropped_and_told_why(self):
        self.begin(("--load", "400000", "--event-rate", "20000"))
        slow = socket.create_connection(("127.0.0.1", self.port))
        slow.sendall(f"GET /api/events?token={TOKEN} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        quick = Stream(self.port, "?type=source.*")
        harness.wait_until("the slow reader is dropped",
                           lambda: "too slow and was dropped" in self.callstream.stderr())
        self.assertEqual(self.ask("/api/state")[0].status, 200)  # nobody else is held up
        slow.settimeout(20)
        tail = b""
        while piece := slow.recv(1 << 20):
            tail = (tail + piece)[-300:]
        slow.close()
        self.assertIn(b"event: dropped", tail)
        self.assertTrue(self.callstream.running())
        quick.close()

    def test_redis_has_the_state_also_after_a_kill_and_what_is_gone_goes(self):
        redis = self.redis()
        prefix = "cs:"
        self.begin(web=f'[sink.wall]\nredis = {{ url = "{redis.url()}", state_prefix = "{prefix}", '
                       'backoff_first = "50ms" }')
        client = redis.client()

        def entries():
            found = {}
            for kind in ("source", "call", "queue", "agent", "extension", "trunk", "activity"):
                for key in client.smembers(f"{prefix}index:{kind}"):
                    name = f"{prefix}{kind}:{key}"
                    row = {field: self.json_of(value) for field, value
                           in client.hgetall(name).items()}
                    found[(kind, key)] = row
            return found

        harness.wait_until("calls are there", lambda: len(client.smembers(f"{prefix}index:call")) > 3)
        self.callstream.kill()
        # What a run of long ago left behind, and what somebody deleted.
        client.sadd(f"{prefix}index:call", "hq:long-ago")
        client.hset(f"{prefix}call:hq:long-ago", "state", "ringing")
        client.delete(f"{prefix}queue:hq:support")
        self.run_again()
        harness.wait_until("the PBX is seen again",
                           lambda: self.state()["source"][0]["state"] == "connected")
        self.quiet()
        self.same_as_the_web(lambda: self.as_redis_entries(entries()))
        self.assertFalse(client.exists(f"{prefix}call:hq:long-ago"))
        self.assertTrue(400 < client.ttl(f"{prefix}queue:hq:support") <= 900)
        # Redis loses everything, and gets it again.
        redis.stop()
        redis.start()
        client.flushall()
        redis.stop()
        redis.start()
        self.same_as_the_web(lambda: self.as_redis_entries(entries()))

    def test_kafka_has_the_state_also_after_a_kill_with_tombstones(self):
        broker = harness.Kafka(self.directory, "calls.state")
        self.addCleanup(broker.kill)
        broker.start()
        broker.create_topic()
        self.begin(web=f'[sink.bus]\nkafka = {{ brokers = "127.0.0.1:{broker.port}", '
                       'topic = "calls.events", state_topic = "calls.state" }')

        def entries():
            latest = {}
            for _, _, key, value in broker.records():
                kind, _, rest = key.partition(":")
                latest[(kind, rest)] = None if value == "null" else json.loads(value)
            self.tombstones = sum(value is None for value in latest.values())
            return {key: value for key, value in latest.items() if value is not None}

        harness.wait_until("calls are there", lambda: len(self.state()["call"]) > 3)
        harness.wait_until("Kafka is connected", lambda: "connected to kafka for the live state"
                           in self.callstream.stderr())
        for _ in range(2):
            time.sleep(2)
            self.callstream.kill()
            self.run_again()
            harness.wait_until("the PBX is seen again",
                               lambda: self.state()["source"][0]["state"] == "connected")
        self.quiet()
        self.same_as_the_web(entries)
        self.assertGreater(self.tombstones, 10)

    def test_a_crowd_of_clients_gets_everything_in_order(self):
        clients, events = (1000, 150000) if harness.FULL else (150, 20000)
        self.begin(("--load", str(events), "--event-rate", "5000", "--settle", "1"),
                   web="clients_max = 1500")
        self.callstream.kill()
        self.sim_.kill()
        self.run_again()  # a PBX that is away until all clients are there
        crowd = self.start(harness.Process(
            [harness.BUILD / "bench/callstream-sse-clients", self.port, TOKEN, clients, events, 240,
             "gzip"], self.directory))
        harness.wait_until("all clients are connected", lambda: "ready" in crowd.stdout())
        self.start(harness.Sim(self.directory, "--listen", str(self.sim_.port), "--load",
                               str(events), "--event-rate", "5000"))
        code = crowd.wait(260)
        told = json.loads(crowd.stdout().splitlines()[-1])
        print(told)
        self.assertEqual(code, 0, told)
        self.assertEqual((told["same"], told["ended"], told["out_of_order"]), (clients, 0, 0))
        self.assertGreaterEqual(told["events"], events)

    def test_a_crowd_that_comes_back_after_a_kill_misses_nothing_and_hears_nothing_twice(self):
        clients, events = (1000, 40000) if harness.FULL else (150, 10000)
        self.begin(("--load", str(events), "--event-rate", "5000", "--settle", "1"),
                   web="clients_max = 1500")
        stream = Stream(self.port, "?last_event_id=0")
        harness.wait_until("all events came", lambda: len(stream.ids()) >= events, 120)
        self.callstream.kill()  # and what follows is told by the one that comes after it
        stream.thread.join(10)
        latest = stream.ids()[-3000:]
        ids = self.directory / "ids"
        ids.write_text("\n".join(random.Random(3).sample(latest, clients)))
        self.run_again()
        crowd = self.start(harness.Process(
            [harness.BUILD / "bench/callstream-sse-clients", self.port, TOKEN, clients,
             sequence_of(latest[-1]) + 1, 240, "gzip", ids], self.directory))
        code = crowd.wait(260)
        told = json.loads(crowd.stdout().splitlines()[-1])
        print(told)
        self.assertEqual(code, 0, told)
        self.assertEqual((told["same"], told["ended"], told["out_of_order"]), (clients, 0, 0))

    def test_tls(self):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout",
                        self.directory / "key.pem", "-out", self.directory / "cert.pem", "-days",
                        "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"],
                       check=True, stderr=subprocess.DEVNULL)
        secure = harness.free_port()
        self.begin(web=f'tls_listen = "127.0.0.1:{secure}"\n'
                       f'tls = {{ certificate_file = "{self.directory}/cert.pem", '
                       f'key_file = "{self.directory}/key.pem" }}')
        context = ssl.create_default_context(cafile=self.directory / "cert.pem")
        connection = http.client.HTTPSConnection("127.0.0.1", secure, context=context, timeout=30)
        connection.request("GET", f"/api/events?last_event_id=0&token={TOKEN}")
        answer = connection.getresponse()
        self.assertEqual(answer.status, 200)
        lines = [answer.readline() for _ in range(2000)]
        self.assertGreater(sum(line.startswith(b"id: ") for line in lines), 400)
        connection.close()

    def test_an_address_that_is_taken_is_one_clear_error(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            toml = pipeline.config({"hq": 1}, {}, self.directory / "journal") + (
                f'[web]\nlisten = "127.0.0.1:{taken.getsockname()[1]}"\n')
            callstream = self.start(pipeline.Callstream(self.directory, toml))
            self.assertNotEqual(callstream.wait(), 0)
            self.assertIn("the web server cannot be started", callstream.stderr())

if __name__ == "__main__":
    harness.main()
