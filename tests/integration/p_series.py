"""A P-Series PBX's API, played: tokens that are refreshed, and a WebSocket that tells its events."""

import base64
import hashlib
import http.server
import json
import secrets
import struct
import threading
import urllib.parse

WEBSOCKET = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class PSeries:
    def __init__(self):
        self.tokens = set()
        self.refreshed = 0
        self.heartbeats = 0
        self.topics = []          # of each subscription
        self.sockets = []         # open WebSockets
        self.lock = threading.Lock()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def kill(self):
        self.cut()
        self.server.shutdown()
        self.server.server_close()

    def cut(self):
        """The PBX's side of every WebSocket just ends."""
        with self.lock:
            for one in self.sockets:
                try:
                    one.shutdown(2)
                except OSError:
                    pass
            self.sockets.clear()

    def forget_tokens(self):
        with self.lock:
            self.tokens.clear()

    def tell(self, kind, message):
        text = json.dumps({"type": kind, "sn": "3632", "msg": json.dumps(message)}).encode()
        with self.lock:
            for one in self.sockets:
                one.sendall(frame(text))

    def answer(self, call, body):
        if call == "get_token" and body == {"username": "id", "password": "secret"}:
            return self.give_tokens()
        if call == "refresh_token":
            self.refreshed += 1
            return self.give_tokens()
        if call == "del_token":
            self.tokens.clear()
            return {"errcode": 0, "errmsg": "SUCCESS"}
        return {"errcode": 40002, "errmsg": "USERNAME OR PASSWORD ERROR"}

    def give_tokens(self):
        token = secrets.token_hex(16)
        self.tokens = {token}
        return {"errcode": 0, "errmsg": "SUCCESS", "access_token": token,
                "access_token_expire_time": 1800, "refresh_token": secrets.token_hex(16)}

    def serve_socket(self, peer):
        """Until it ends; every text is answered."""
        while True:
            head = peer.recv(2, 0x100)  # MSG_WAITALL
            if len(head) < 2 or head[0] & 15 == 8:
                return
            size = head[1] & 127
            if size == 126:
                size = struct.unpack("!H", peer.recv(2, 0x100))[0]
            mask = peer.recv(4, 0x100)
            data = bytes(byte ^ mask[i % 4] for i, byte in enumerate(peer.recv(size, 0x100)))
            with self.lock:
                if data == b"heartbeat":
                    self.heartbeats += 1
                    peer.sendall(frame(b"heartbeat response"))
                else:
                    self.topics.append(json.loads(data)["topic_list"])
                    peer.sendall(frame(b'{"errcode":0,"errmsg":"SUCCESS"}'))
                    self.sockets.append(peer)

    def _handler(pbx):
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_POST(self):
                size = int(self.headers.get("Content-Length", 0))
                body = json.loads(self.rfile.read(size) or b"{}")
                call = urllib.parse.urlsplit(self.path).path.removeprefix("/openapi/v1.0/")
                with pbx.lock:
                    answer = pbx.answer(call, body)
                self.reply(200, json.dumps(answer).encode())

            def do_GET(self):
                target = urllib.parse.urlsplit(self.path)
                if not target.path.endswith("/subscribe"):
                    return self.do_POST()
                token = urllib.parse.parse_qs(target.query)["access_token"][0]
                if token not in pbx.tokens:
                    return self.reply(401, b"")
                proof = hashlib.sha1(self.headers["Sec-WebSocket-Key"].encode() + WEBSOCKET)
                self.send_response(101)
                self.send_header("Upgrade", "websocket")
                self.send_header("Connection", "Upgrade")
                self.send_header("Sec-WebSocket-Accept",
                                 base64.b64encode(proof.digest()).decode())
                self.end_headers()
                self.close_connection = True
                try:
                    pbx.serve_socket(self.connection)
                except OSError:
                    pass

            def reply(self, status, body):
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        return Handler


def frame(text):
    size = bytes([len(text)]) if len(text) < 126 else b"\x7e" + struct.pack("!H", len(text))
    return b"\x81" + size + text
