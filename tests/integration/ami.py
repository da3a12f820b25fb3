"""A small AMI client: enough to log in, ask, and read messages as they come."""

import hashlib
import socket


def parse_message(raw):
    """One message's headers as a list of (name, value), in order."""
    lines = raw.decode("utf-8", "surrogateescape").split("\r\n")
    return [tuple(line.split(": ", 1)) if ": " in line else (line.rstrip(":"), "") for line in lines]


class Message:
    def __init__(self, raw):
        self.raw = raw
        self.headers = parse_message(raw)

    def get(self, name, default=None):
        for key, value in self.headers:
            if key.lower() == name.lower():
                return value
        return default

    def names(self):
        return [name for name, _ in self.headers]

    def __repr__(self):
        return repr(self.raw)


class AmiClient:
    def __init__(self, port, timeout=20.0):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout)
        self.buffer = b""
        self.ended = False
        while b"\r\n" not in self.buffer:
            self._receive()
        self.banner, self.buffer = self.buffer.split(b"\r\n", 1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def _receive(self):
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError:
            data = b""
        self.ended = self.ended or not data
        self.buffer += data

    def next(self):
        """The next message, or None at the end of the stream; what is torn stays in `buffer`."""
        while b"\r\n\r\n" not in self.buffer:
            if self.ended:
                return None
            self._receive()
        raw, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        return Message(raw)

    def send(self, **headers):
        text = "".join(f"{key}: {value}\r\n" for key, value in headers.items())
        self.socket.sendall((text + "\r\n").encode())

    def ask(self, **headers):
        """Sends an action and returns its reply; events before it are dropped."""
        self.send(**headers)
        while (message := self.next()) is not None:
            if message.get("Response"):
                return message
        return None

    def list(self, **headers):
        """Sends an action and returns the items of the list that answers it."""
        reply = self.ask(**headers)
        assert reply.get("Response") == "Success", reply
        items = []
        while (message := self.next()) is not None:
            if message.get("ActionID") != headers["ActionID"]:
                continue
            if message.get("EventList") == "Complete":
                assert int(message.get("ListItems")) == len(items), message
                return items
            items.append(message)
        return None

    def login(self, username="callstream", secret="callstream", events="on"):
        return self.ask(Action="Login", ActionID="login", Username=username, Secret=secret,
                        Events=events)

    def login_md5(self, username="callstream", secret="callstream", events="on"):
        challenge = self.ask(Action="Challenge", AuthType="MD5").get("Challenge")
        key = hashlib.md5((challenge + secret).encode()).hexdigest()
        return self.ask(Action="Login", ActionID="login", AuthType="MD5", Username=username,
                        Key=key, Events=events)
