"""Pushed reports over HTTP as clients send them, well or badly, with curl and openssl s_client.

Each request has its status and its reason, leaves its connection in the state that was promised,
and harms nobody else.
"""

import base64
import hashlib
import hmac
import http.client
import pathlib
import re
import signal
import socket
import subprocess
import time

import harness
import pipeline
import push

REPORT = '{"action":"BootUp"}'
CHUNKED = b"POST /push/hq HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"


def head(fields, path="/push/hq"):
    return f"POST {path} HTTP/1.1\r\nHost: x\r\n{fields}\r\n".encode()


def memory_kb(process):
    status = pathlib.Path(f"/proc/{process.popen.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1])


def curl(*words):
    """(status, answer) of a request; (curl's exit code, its words) when there was no answer."""
    done = subprocess.run(["curl", "-sS", "--max-time", "20", "-w", "\n%{http_code}",
                           *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True)
    if done.returncode != 0:
        return -done.returncode, done.stderr
    answer, _, status = done.stdout.rpartition("\n")
    return int(status), answer


class Requests(harness.TestCase):
    def setUp(self):
        super().setUp()
        self.port = harness.free_port()
        self.events_path = self.directory / "events.ndjson"

    def run_with(self, push_options='allow = ["127.0.0.0/8"]', http=""):
        toml = push.config(self.port, {"file": pipeline.file_sink(self.events_path)},
                           self.directory / "journal", push=push_options, http=http)
        self.callstream = self.start(pipeline.Callstream(self.directory, toml))
        harness.wait_until("callstream listens", lambda: harness.listens(self.port)
                           or not self.callstream.running())
        self.assertTrue(self.callstream.running(), self.callstream.stderr()[-2000:])

    def end(self):
        self.assertEqual(self.callstream.terminate(), 0, self.callstream.stderr()[-3000:])
        return pipeline.events_in_file(self.events_path)

    def url(self, path="/push/hq", scheme="http", port=None):
        return f"{scheme}://127.0.0.1:{port or self.port}{path}"

    def statuses(self, request):
        return re.findall(r"^HTTP/1.1 (\d+) ", push.talk(self.port, request), re.MULTILINE)


class BadRequests(Requests):
    def test_each_is_answered_with_its_status_and_harms_nobody(self):
        self.run_with('token = "t"')
        token = "Authorization: Bearer t\r\n"
        good = push.post(REPORT, headers=token)
        cases = {
            400: [push.post(body, headers=token) for body in
                  ("", "x", "[]", '{"action":"RING"', '{"a":' * 60 + "1" + "}" * 60,
                   "[" * 50_000, b'{"action":"RING"}\x00', "<xml/>", "action=RING")],
            401: [push.post(REPORT), push.post(REPORT, headers="Authorization: Bearer u\r\n"),
                  push.post(REPORT, "/push/hq?token=u")],
            404: [push.post(REPORT, "/push/h", token), push.post(REPORT, "/", token)],
            405: [good.replace(b"POST", b"GET"), good.replace(b"POST", b"DELETE")],
            413: [push.post("x" * 100_000, headers=token)],
            415: [push.post(REPORT, headers=token + "Content-Type: application/xml\r\n"),
                  push.post(REPORT, headers=token + "Content-Encoding: gzip\r\n")],
        }
        neighbour = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        before = 0
        for turn in range(400 if harness.FULL else 40):
            for status, requests in cases.items():
                for request in requests:
                    answer = push.talk(self.port, request)
                    self.assertTrue(answer.startswith(f"HTTP/1.1 {status} "), (request, answer))
            if turn == 20:
                before = memory_kb(self.callstream)
            neighbour.request("POST", "/push/hq?token=t", REPORT)
            answer = neighbour.getresponse()
            self.assertEqual((answer.status, answer.read()), (200, b""))
        self.assertLess(memory_kb(self.callstream), before + 4_096)
        neighbour.close()
        self.assertEqual({event["type"] for event in self.end()}, {"system.status"})

    def test_what_could_be_read_in_two_ways_is_refused_with_its_byte_and_ends(self):
        self.run_with()
        hidden = push.post('{"action":"BootUp","sn":"smuggled"}')
        size = f"Content-Length: {len(REPORT)}\r\n"
        body = REPORT.encode()
        for request in (
                head(size + "Content-Length: 5\r\n") + body + hidden,
                head(size + "Transfer-Encoding: chunked\r\n") + b"0\r\n\r\n" + hidden,
                head("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n") + b"0\r\n\r\n" + hidden,
                head("Transfer-Encoding: xchunked\r\n" + size) + body + hidden,
                head("Transfer-Encoding: gzip, chunked\r\n") + b"0\r\n\r\n" + hidden,
                head("Content-Length: +19\r\n") + body + hidden,
                head("Content-Length: 0x13\r\n") + body + hidden,
                head("Content-Length : 19\r\n") + body + hidden,
                head("Content-Length: 1\r\n 9\r\n") + body + hidden,
                head("X: y\nContent-Length: 19\r\n") + body + hidden,
                CHUNKED + b"\r\n5;a\nb\r\nxxxxx\r\n0\r\n\r\n" + hidden,
                CHUNKED + b"\r\n-1\r\n" + body + hidden,
                CHUNKED + b"\r\nffffffffffffffffff\r\n" + body + hidden,
                b"POST  HTTP/1.1\r\nHost: x\r\n\r\n" + hidden,
                b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + hidden):
            answer = push.talk(self.port, request)
            self.assertEqual(re.findall(r"HTTP/1.1 (\d+)", answer), ["400"], (request, answer))
            self.assertRegex(answer, r"\(byte \d+\)\n$")
            self.assertIn("Connection: close\r\n", answer)
        self.assertEqual(self.statuses(push.post(REPORT)), ["200"])
        self.assertNotIn("smuggled", str(self.end()))
        self.assertRegex(self.callstream.stderr(), r"an HTTP request was refused.*byte=")

    def test_a_report_that_is_none_leaves_the_connection_for_the_next(self):
        self.run_with()
        bad = '{"action":"RING"'
        one = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        for body, status in ((bad, 400), (REPORT, 200), ("", 400), (REPORT, 200)):
            one.request("POST", "/push/hq", body)
            answer = one.getresponse()
            words = answer.read().decode()
            self.assertEqual(answer.status, status, words)
            if status == 400:
                self.assertRegex(words, r"\(byte \d+\)\n$")
        one.close()
        self.assertEqual(len(self.end()), 2)

    def test_pipelined_chunked_and_awaited_bodies_are_answered_in_their_order(self):
        self.run_with()
        keep = push.post(REPORT).replace(b"Connection: close\r\n", b"")
        unread = push.post("x").replace(b"Connection: close\r\n", b"")
        missing = keep.replace(b"/push/hq", b"/missing")
        chunks = CHUNKED + b"\r\n" + b"".join(b"1\r\n%c\r\n" % byte for byte in REPORT.encode())
        self.assertEqual(self.statuses(keep + unread + missing + chunks + b"0\r\nTrailer: x\r\n\r\n"
                                       + keep * 30 + push.post(REPORT)),
                         ["200", "400", "404"] + ["200"] * 32)
        with socket.create_connection(("127.0.0.1", self.port), 20) as asking:
            asking.sendall(head(f"Expect: 100-continue\r\nContent-Length: {len(REPORT)}\r\n"))
            self.assertEqual(asking.recv(100), b"HTTP/1.1 100 Continue\r\n\r\n")
            asking.sendall(REPORT.encode())
            self.assertIn(b"HTTP/1.1 200 OK", asking.recv(1000))
        self.assertEqual(len(self.end()), 34)

    def test_a_report_whose_answer_never_arrived_is_one_event_when_it_comes_again(self):
        self.run_with()
        deaf = socket.socket()
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        deaf.connect(("127.0.0.1", self.port))
        count = 400  # their answers are more than a deaf client's system takes
        for number in range(count):
            body = '{"action":"ExtensionStatus","extension":"%d","status":"Idle"}' % number
            deaf.sendall(push.post(body).replace(b"Connection: close\r\n", b""))
        harness.wait_until("all are published",
                           lambda: self.events_path.read_text().count("\n") == count)
        deaf.close()  # unread answers: a reset
        self.assertEqual(self.statuses(push.post(body)), ["200"])
        self.assertEqual(self.statuses(push.post(body)), ["200"])  # news: that one was heard
        self.assertEqual(len(self.end()), count + 1)
        self.assertIn("repeated=1 ", self.callstream.stderr())

    def test_slow_and_cut_senders_are_ended_while_others_are_served(self):
        self.run_with(http='head_timeout = "1s"\nrequest_timeout = "2s"\nidle_timeout = "1s"\n')
        whole = push.post(REPORT)
        waits = [socket.create_connection(("127.0.0.1", self.port), 30) for _ in range(4)]
        waits[1].sendall(whole[:20])             # a head that never ends
        waits[2].sendall(whole[:-5])             # nor a body
        cut = socket.create_connection(("127.0.0.1", self.port), 30)
        cut.sendall(whole[:-5])
        cut.close()                              # half a report is none
        served = 0
        began = time.monotonic()
        while time.monotonic() - began < 4:
            try:
                waits[3].sendall(b"X: y\r\n" if served else b"POST /push/hq HTTP/1.1\r\n")
            except OSError:
                pass                             # it was cut off, as it should be
            self.assertEqual(self.statuses(whole), ["200"])
            served += 1
            time.sleep(0.05)
        answers = []
        for each in waits:
            try:
                answers.append(each.recv(1000)[:13])
            except ConnectionResetError:
                answers.append(b"reset")
            each.close()
        self.assertEqual(answers[:3], [b"", b"HTTP/1.1 408 ", b"HTTP/1.1 408 "])
        self.assertIn(answers[3], (b"HTTP/1.1 408 ", b"reset"))
        self.assertEqual(len(self.end()), served)

    def open_until_refused(self, addresses, held):
        """Half a request from each; the answer of the first that is not waited for."""
        for address in addresses:
            one = socket.create_connection(("127.0.0.1", self.port), 20, (address, 0))
            self.addCleanup(one.close)
            one.settimeout(0.5)
            try:
                return one.recv(1000).decode()
            except TimeoutError:
                one.settimeout(20)
                one.sendall(head(f"Content-Length: {len(REPORT)}\r\n"))
                held.append(one)
        return ""

    def test_connections_over_a_limit_are_told_when_to_come_again(self):
        self.run_with(http="connections_max = 7\nconnections_per_address_max = 3\n")
        held = []  # a connection that was refused may still be counted: so not exactly how many
        answer = self.open_until_refused(["127.0.0.1"] * 4, held)
        self.assertTrue(answer.startswith("HTTP/1.1 429 "), answer)
        self.assertIn("Retry-After: ", answer)
        answer = self.open_until_refused([f"127.0.0.{i}" for i in range(2, 10)], held)
        self.assertTrue(answer.startswith("HTTP/1.1 503 "), answer)
        self.assertIn("Retry-After: ", answer)
        for each in held:
            each.sendall(REPORT.encode())
            self.assertTrue(each.recv(1000).startswith(b"HTTP/1.1 200 "))
            each.close()
        harness.wait_until("there is room again",
                           lambda: self.statuses(push.post(REPORT)) == ["200"])


class Access(Requests):
    def check(self, wanted, *words):
        status, answer = curl("--data", REPORT, *words)
        self.assertEqual(status, wanted, (words, answer))

    def test_any_right_credential_is_enough_and_no_wrong_one(self):
        self.run_with('username = "pbx", password = "s:cret", token = "t0ken", '
                      'signing_key = "key", allow = ["127.0.0.0/30"]')
        digest = hmac.new(b"key", REPORT.encode(), hashlib.sha256)
        signed = base64.b64encode(digest.digest()).decode()
        url = self.url()
        self.check(200, "--user", "pbx:s:cret", url)
        self.check(200, "-H", "Authorization: Bearer t0ken", url)
        self.check(200, url + "?token=t0ken")
        self.check(200, "-H", f"X-Signature: {signed}", url)
        self.check(200, "-H", f"X-Signature: {digest.hexdigest()}", url)
        self.check(401, url)
        self.check(401, "--user", "pbx:secret", url)
        self.check(401, "--user", "other:s:cret", url)
        self.check(401, "-H", "Authorization: Bearer t0ke", url)
        self.check(401, "-H", "Authorization: Basic !!!", url)
        self.check(401, url + "?token=t0ken2")
        self.check(401, "-H", f"X-Signature: {signed[:-2]}A=", url)
        self.check(401, "--data", REPORT, "-H", f"X-Signature: {signed}", url)  # another body
        self.check(403, "--user", "pbx:s:cret", "--interface", "127.0.0.9", url)
        printed = subprocess.run(["curl", "-s", "-i", "--data", REPORT, url], text=True,
                                 stdout=subprocess.PIPE, check=True).stdout
        self.assertIn("WWW-Authenticate: Basic ", printed)
        self.end()
        for word in ("s:cret", "t0ken", signed):
            self.assertNotIn(word, self.callstream.stderr())

    def test_several_listeners_and_paths_each_have_their_own_rules(self):
        other = harness.free_port()
        path = self.directory / "callstream.toml"
        path.write_text(f"""
[journal]
path = "{self.directory}/journal"
[http]
listen = "127.0.0.1:{self.port}, [::1]:{other}"
[pbx.four]
family = "yeastar"
push = {{ path = "/push/four", allow = ["127.0.0.0/8"] }}
[pbx.six]
family = "yeastar"
push = {{ path = "/push/six", allow = ["::1"] }}
[sink.file]
file = {{ path = "{self.events_path}" }}
""")
        self.callstream = self.start(harness.Process([harness.CALLSTREAM, "run", "-c", path],
                                                     self.directory, "callstream"))
        harness.wait_until("callstream listens", lambda: harness.listens(self.port))
        self.check(200, self.url("/push/four"))
        self.check(403, self.url("/push/six"))
        self.check(200, f"http://[::1]:{other}/push/six")
        self.check(403, f"http://[::1]:{other}/push/four")
        self.assertEqual([event["source"] for event in self.end()], ["/pbx/four", "/pbx/six"])


class Tls(Requests):
    def openssl(self, *words):
        subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True,
                       cwd=self.directory)

    def make_ca(self, name):
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                     "-nodes", "-days", "30", "-subj", f"/CN={name}", "-out", f"{name}.pem",
                     "-keyout", f"{name}.key")

    def make(self, name, ca="ca", days=30, host="127.0.0.1"):
        """NAME.pem and NAME.key, signed by a CA; negative days: expired."""
        self.openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                     "-subj", f"/CN={name}", "-out", f"{name}.csr", "-keyout", f"{name}.key")
        (self.directory / "names").write_text(f"subjectAltName=IP:{host}\n")
        self.openssl("x509", "-req", "-in", f"{name}.csr", "-CA", f"{ca}.pem", "-CAkey",
                     f"{ca}.key", "-CAcreateserial", "-days", days, "-extfile", "names",
                     "-out", f"{name}.pem")

    def run_tls(self, options=""):
        self.secure = harness.free_port()
        self.run_with(http=f"""tls_listen = "127.0.0.1:{self.secure}"
tls = {{ certificate_file = "{self.directory}/server.pem", key_file = \
"{self.directory}/server.key"{options} }}
""")

    def post(self, *words):
        return curl("--cacert", self.directory / "ca.pem", "--data", REPORT, *words,
                    self.url(scheme="https", port=self.secure))

    def own(self, name):
        return ("--cert", self.directory / f"{name}.pem", "--key", self.directory / f"{name}.key")

    def s_client(self, request, *words):
        done = subprocess.run(["openssl", "s_client", "-quiet", "-CAfile",
                               self.directory / "ca.pem", "-connect",
                               f"127.0.0.1:{self.secure}", *words], input=request,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
        return done.stdout.decode(), done.stderr.decode()

    def setUp(self):
        super().setUp()
        self.make_ca("ca")
        self.make("server")

    def test_versions_pipelines_and_clients_without_tls(self):
        self.run_tls()
        keep = push.post(REPORT).replace(b"Connection: close\r\n", b"")
        for version in ("-tls1_2", "-tls1_3"):
            answer, _ = self.s_client(keep * 3 + push.post(REPORT), version)
            self.assertEqual(answer.count("HTTP/1.1 200 OK\r\n"), 4, answer)
        answer, errors = self.s_client(push.post(REPORT), "-tls1_1", "-cipher", "ALL:@SECLEVEL=0")
        self.assertEqual(answer, "", errors)
        self.assertEqual(push.talk(self.secure, push.post(REPORT))[:5], "")
        self.assertEqual(self.post()[0], 200)
        self.assertEqual(len(self.end()), 9)
        self.assertIn("a TLS connection failed", self.callstream.stderr())

    def test_clients_show_certificates_where_they_must(self):
        self.make("client")
        self.make("expired", days=-1)
        self.make_ca("stranger")
        self.make("unknown", ca="stranger")
        self.run_tls(f', client_certificate = "required", client_ca_file = '
                     f'"{self.directory}/ca.pem"')
        self.assertEqual(self.post(*self.own("client"))[0], 200)
        for bad in (self.own("expired"), self.own("unknown"), ()):  # the log has the first
            status, words = self.post(*bad)
            self.assertLess(status, 0, words)
        self.assertEqual(self.post(*self.own("client"))[0], 200)
        self.assertEqual(len(self.end()), 2)
        said = self.callstream.stderr()
        self.assertIn("certificate has expired", said)

    def test_a_client_sees_what_is_wrong_with_our_certificate(self):
        self.make("server", days=-1)
        self.run_tls()
        status, words = self.post()
        self.assertEqual(status, -60, words)
        self.assertIn("expired", words)
        self.assertRegex(self.callstream.stderr(), "certificate.*expired")
        self.make("server", host="192.0.2.1")
        self.callstream.popen.send_signal(signal.SIGHUP)
        harness.wait_until("the certificate was loaded again",
                           lambda: "loaded again" in self.callstream.stderr())
        status, words = self.post()
        self.assertEqual(status, -60, words)

    def test_a_changed_certificate_is_loaded_and_a_bad_one_is_not(self):
        self.run_tls()
        self.assertEqual(self.post()[0], 200)
        kept = (self.directory / "server.key").read_bytes()
        (self.directory / "server.key").write_text("no key")
        self.callstream.popen.send_signal(signal.SIGHUP)
        harness.wait_until("the log tells", lambda: "the old one stays"
                           in self.callstream.stderr())
        self.assertEqual(self.post()[0], 200)
        (self.directory / "server.key").write_bytes(kept)
        self.make_ca("ca")       # with another key: only the new certificate can be trusted
        self.make("server")
        harness.wait_until("it is seen by itself", lambda: self.post()[0] == 200)
        self.end()


if __name__ == "__main__":
    harness.main()
