"""A Yeastar PBX's API, played: login, heartbeat, recordings, and reports to where the login says.

S-Series and P-Series, over HTTP or HTTPS. Five wrong passwords lock an address out; tokens end;
a restart forgets them all and is told by a BootUp report.
"""

import hashlib
import http.client
import http.server
import json
import secrets
import ssl
import threading
import time
import urllib.parse

LOCK_AFTER = 5


class Pbx:
    def __init__(self, password="secret", tls=None, token_life_s=1800):
        self.password = password
        self.token_life_s = token_life_s
        self.tokens = {}          # token -> when it ends
        self.receivers = {}       # token -> host:port/path
        self.randoms = {}         # random -> file, each for one download
        self.recordings = {}      # file -> bytes
        self.cut_downloads = 0    # that many break off in the middle
        self.wrong = 0
        self.requests = []        # (path, body), in order
        self.lock = threading.Lock()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True
        if tls is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.scheme = "http" if tls is None else "https"
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def url(self):
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def kill(self):
        self.server.shutdown()
        self.server.server_close()

    def count(self, call):
        with self.lock:
            return sum(path.endswith("/" + call) for path, _ in self.requests)

    def valid(self, token):
        return self.tokens.get(token, 0) > time.monotonic()

    def forget_tokens(self):
        with self.lock:
            self.tokens.clear()

    def restart(self):
        receivers = list(self.receivers.values())
        with self.lock:
            self.tokens.clear()
            self.receivers.clear()
        self.push({"action": "BootUp", "sn": "369B1234"}, receivers[-1])

    def push(self, report, to=None):
        """Sends a report as the PBX does: again and again until it is answered 200."""
        address, _, path = (to or list(self.receivers.values())[-1]).partition("/")
        for _ in range(100):
            try:
                connection = http.client.HTTPConnection(address, timeout=5)
                connection.request("POST", "/" + path, json.dumps(report),
                                   {"Content-Type": "application/json", "User-Agent": "WebAPI"})
                if connection.getresponse().status == 200:
                    return
            except OSError:
                pass
            time.sleep(0.05)
        raise AssertionError("the report was never answered 200")

    def answer(self, path, query, body):
        """(content type, bytes) or None for a broken download."""
        call = path.split("/", 3)[-1] if path.startswith("/api/") else path
        token = query.get("token", [""])[0]
        if call == "login":
            return self.login(body)
        if not self.valid(token):
            return {"status": "Failed", "errno": "20004"}
        if call == "heartbeat":
            self.tokens[token] = time.monotonic() + self.token_life_s
            return {"status": "Success"}
        if call == "logout":
            del self.tokens[token]
            return {"status": "Success"}
        if call == "recording/get_random":
            name = body["recording"]
            random = secrets.token_hex(16)
            self.randoms[random] = name
            return {"status": "Success", "recording": name, "random": random}
        return {"status": "Failed", "errno": "10003"}

    def login(self, body):
        if self.wrong >= LOCK_AFTER:
            return {"status": "Failed", "errno": "20002"}
        if body.get("password") != hashlib.md5(self.password.encode()).hexdigest():
            self.wrong += 1
            return {"status": "Failed", "errno": "20003"}
        self.wrong = 0
        token = secrets.token_hex(16)
        self.tokens[token] = time.monotonic() + self.token_life_s
        self.receivers[token] = body.get("url", f"127.0.0.1:{body['port']}/")
        return {"status": "Success", "token": token}

    def _handler(pbx):
        class Handler(http.server.BaseHTTPRequestHandler):
            server_version = "Boa/0.94.14rc21"

            def log_message(self, *_):
                pass

            def do_POST(self):
                size = int(self.headers.get("Content-Length", 0))
                body = json.loads(self.rfile.read(size) or b"{}")
                target = urllib.parse.urlsplit(self.path)
                with pbx.lock:
                    pbx.requests.append((target.path, body))
                    answer = pbx.answer(target.path, urllib.parse.parse_qs(target.query), body)
                self.reply(200, "application/json", json.dumps(answer).encode())

            def do_GET(self):
                target = urllib.parse.urlsplit(self.path)
                query = {name: values[0] for name, values
                         in urllib.parse.parse_qs(target.query).items()}
                with pbx.lock:
                    pbx.requests.append((target.path, query))
                    name = pbx.randoms.pop(query.get("random"), None)
                    cut = pbx.cut_downloads > 0
                    pbx.cut_downloads -= cut
                if name is None or name != query.get("recording") or not pbx.valid(query["token"]):
                    return self.reply(200, "application/json",
                                      b'{"status":"Failed","errno":"10023"}')
                self.download(pbx.recordings[name], cut)

            def download(self, data, cut):
                begin = int(self.headers.get("Range", "bytes=0-")[6:-1])
                pbx.requests.append(("range", begin))
                self.send_response(206 if begin else 200)
                self.send_header("Content-Type", "audio/x-wav")
                self.send_header("Content-Length", str(len(data) - begin))
                if begin:
                    self.send_header("Content-Range", f"bytes {begin}-{len(data) - 1}/{len(data)}")
                self.end_headers()
                self.wfile.write(data[begin:(len(data) // 2 if cut else None)])

            def reply(self, status, kind, body):
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        return Handler
