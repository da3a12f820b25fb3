"""What the tests of the web server stand on: one that runs, a client of its stream, its state."""

import http.client
import json
import socket
import threading

import harness
import pipeline

TOKEN = "a-token-of-the-wall"

class Stream:
    """A client of /api/events on a thread of its own: the frames as (id, type, data)."""

    def __init__(self, port, query="", headers=None):
        self.frames = []
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.connection.request("GET", "/api/events" + query, headers={
            "Authorization": "Bearer " + TOKEN, **(headers or {})})
        self.socket = self.connection.sock  # the answer takes it away
        self.answer = self.connection.getresponse()
        self.status = self.answer.status
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self):
        frame = {}
        try:
            for line in self.answer:
                line = line.rstrip(b"\n")
                if line:
                    name, _, value = line.partition(b": ")
                    if name:
                        frame[name.decode()] = value.decode()
                elif frame:
                    self.frames.append((frame.get("id"), frame.get("event"), frame.get("data")))
                    frame = {}
        except (OSError, ValueError, AttributeError, http.client.HTTPException):
            pass  # closed by us, or killed with the server

    def close(self):
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.thread.join(10)
        self.answer.close()

    def ids(self):
        return [id for id, event, _ in self.frames if id and event not in ("state", "change")]

def sequence_of(id):
    return int(id.partition("-")[2])

class LiveCase(harness.TestCase):
    def begin(self, sim_options=("--rate", "30", "--time-scale", "20"), web="", journal=""):
        self.sim_ = self.sim(*sim_options)
        self.port = harness.free_port()
        toml = pipeline.config(
            {"hq": self.sim_.port}, {"log": pipeline.file_sink(self.directory / "events.ndjson")},
            self.directory / "journal", 'retention = "1h"\n' + journal)
        self.toml = toml + (f'[web]\nlisten = "127.0.0.1:{self.port}"\n'
                            f'tokens = ["another", "{TOKEN}"]\n{web}\n')
        return self.run_again()

    def run_again(self):
        self.callstream = self.start(pipeline.Callstream(self.directory, self.toml))
        harness.wait_until("the web server listens", lambda: harness.listens(self.port)
                           or not self.callstream.running())
        self.assertTrue(self.callstream.running(), self.callstream.stderr())
        return self.callstream

    def ask(self, path, headers=None, method="GET", token=TOKEN):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = dict(headers or {})
        if token:
            headers["Authorization"] = "Bearer " + token
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        body = answer.read().decode()
        connection.close()
        return answer, body

    def state(self):
        def whole():
            answer, body = self.ask("/api/state")
            return json.loads(body) if answer.status == 200 else None

        return harness.wait_until("the state is whole", whole)

    def file_events(self):
        return pipeline.events_in_file(self.directory / "events.ndjson")

    def same_as_the_web(self, entries_of):
        """Waits until a broker has exactly the entries that /api/state shows."""
        def same():
            self.difference = None
            expected, got = self.flat(self.state()), entries_of()
            if got != expected:
                self.difference = ([key for key in expected.keys() ^ got.keys()][:5],
                                   [(expected[key], got[key]) for key in expected.keys()
                                    & got.keys() if expected[key] != got[key]][:2])
            return got == expected

        try:
            harness.wait_until("the broker has the state", same, 30)
        except AssertionError:
            self.fail(f"the broker has another state: {self.difference}\n"
                      + self.callstream.stderr()[-1000:])

    def quiet(self):
        """No more calls: those there end, the state comes to rest."""
        self.sim_.kill()
        harness.wait_until("the loss of the PBX is known", lambda: any(
            source["state"] == "disconnected" for source in self.state()["source"]))

    @staticmethod
    def json_of(value):
        try:
            return json.loads(value)
        except json.JSONDecodeError:
            return value or None

    def as_redis_entries(self, got):
        """Hashes have no types: a text of digits comes back as a number unless we know better."""
        shown = self.flat(self.state())
        for key, row in got.items():
            for field, value in row.items():
                wanted = shown.get(key, {}).get(field)
                if isinstance(wanted, str) and not isinstance(value, str) and value is not None:
                    row[field] = wanted if self.json_of(wanted) == value else value
        return got

    def flat(self, document):
        return {(kind, row.pop("key")): row for kind in document
                if isinstance(document[kind], list) and kind not in ("sink", "process")
                for row in document[kind]}
