"""A PBX that pushes call reports as PBXes do: what is not answered 200 is sent again."""

import http.client
import json
import random
import socket
import threading
import time

HEADERS = {"Content-Type": "application/json", "User-Agent": "WebAPI"}


def config(port, sinks, journal, extra="", push='allow = ["127.0.0.0/8"]', http=""):
    lines = ["[journal]", f'path = "{journal}"', extra, "[http]", f'listen = "127.0.0.1:{port}"',
             http,
             "[pbx.hq]", 'family = "yeastar"', f'push = {{ path = "/push/hq", {push} }}']
    for name, value in sinks.items():
        lines += [f"[sink.{name}]", value]
    return "\n".join(lines) + "\n"


def reports_of_call(number):
    """An internal call with a digit pressed twice: two reports of the same bytes are two facts."""
    call, a, b = f"{1700000000 + number}.{number}", {"extid": "1000"}, {"extid": "1002"}
    pair = [{"ext": a}, {"ext": b}]
    digit = {"action": "DTMF", "callid": call, "call": [{"ext": b}], "info": "7"}
    return [{"action": "RING", "callid": call, "call": pair},
            {"action": "ALERT", "callid": call, "call": [{"ext": b}]},
            {"action": "ANSWER", "callid": call, "call": pair},
            {"action": "ANSWERED", "callid": call, "call": pair[::-1]},
            digit, digit,
            {"action": "PlayPromptEnd", "callid": call, "call": [{"ext": b}], "prompt": "1"},
            {"action": "BYE", "callid": call, "call": pair},
            {"action": "NewCdr", "callid": call, "timestart": "2026-11-27 08:00:00",
             "callfrom": "1002", "callto": "1000", "callduration": "9", "talkduration": "7",
             "status": "ANSWERED", "type": "Internal", "recording": f"{call}.wav"}]


# What each such call must become, whatever happened on the way. The ALERT is no news after the
# RING and is passed on as it is.
EVENTS_OF_CALL = {"call.initiated": 1, "leg.created": 2, "leg.ringing": 1, "call.ringing": 1,
                  "leg.answered": 2, "call.answered": 1, "call.dtmf": 2, "prompt.ended": 1,
                  "vendor.event": 1, "leg.ended": 2, "call.ended": 1, "cdr.created": 1, "recording.available": 1}


class Sender(threading.Thread):
    """Sends the reports of its calls one after the other until each is answered 200."""

    def __init__(self, port, calls, path="/push/hq"):
        super().__init__(daemon=True)
        self.port, self.calls, self.path = port, calls, path
        self.repeats = 0
        self.failure = None
        self.connection = None

    def run(self):
        try:
            for number in self.calls:
                for report in reports_of_call(number):
                    body = json.dumps(report)
                    while not self.send(body):
                        self.repeats += 1
                        time.sleep(random.uniform(0.005, 0.05))
        except Exception as error:  # told by the test's thread
            self.failure = error
        finally:
            if self.connection is not None:
                self.connection.close()

    def send(self, body):
        try:
            if self.connection is None:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            self.connection.request("POST", self.path, body, HEADERS)
            answer = self.connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            self.connection.close()
            self.connection = None
            return False
        if answer.status not in (200, 503):
            raise AssertionError(f"answered {answer.status} to {body}")
        return answer.status == 200


def talk(port, request, patience_s=10):
    """What the server answers to these bytes until it ends the connection."""
    with socket.create_connection(("127.0.0.1", port), patience_s) as peer:
        peer.sendall(request)
        answer = b""
        try:
            while part := peer.recv(65536):
                answer += part
        except ConnectionResetError:
            pass
        return answer.decode("latin-1")


def post(body, path="/push/hq", headers=""):
    body = body.encode() if isinstance(body, str) else body
    return (f"POST {path} HTTP/1.1\r\nHost: x\r\n{headers}Connection: close\r\n"
            f"Content-Length: {len(body)}\r\n\r\n").encode() + body
