"""`callstream-sim pbx-api`: a PBX that answers questions about its calls, and its control port."""

import json
import socket

import harness


class PbxApi(harness.Process):
    """Played PBX; `family` and options as the program takes them. HTTPS unless "--plain"."""

    count = 0

    def __init__(self, directory, family, *options):
        PbxApi.count += 1
        name = f"pbx_api{PbxApi.count}"
        self.scheme = "http" if "--plain" in options else "https"
        self.certificate = directory / f"{name}.pem"
        self.truth_path = directory / f"{name}.truth"
        self.requests_path = directory / f"{name}.requests"
        super().__init__([harness.SIM, "pbx-api", "--family", family, "--truth", self.truth_path,
                          "--requests", self.requests_path, "--certificate-file",
                          self.certificate, *options], directory, name)
        harness.wait_until("callstream-sim listens", lambda: "control " in self.stdout()
                           or not self.running())
        assert self.running(), self.stderr()
        ports = {line.split()[0]: int(line.rsplit(":", 1)[1])
                 for line in self.stdout().splitlines()}
        self.port, self.control_port = ports["listening"], ports["control"]
        self.manager_port = ports.get("manager")  # of its AMI, if it has one

    def url(self, path=""):
        return f"{self.scheme}://127.0.0.1:{self.port}{path}"

    def table(self, family, password="secret"):
        """The [pbx.hq] that polls it soon and often, open for more options of cdr_poll."""
        return f"""[pbx.hq]
family = "{family}"
timezone = "UTC"
[pbx.hq.cdr_poll]
url = "{self.url()}"
username = "admin"
password = "{password}"
tls = {{ ca_file = "{self.certificate}" }}
every = "1s"
every_busy = "500ms"
since = "2020-01-01"
backoff_first = "50ms"
backoff_longest = "300ms"
requests_per_minute = 1200
"""

    def tell(self, command):
        with socket.create_connection(("127.0.0.1", self.control_port), 20) as control:
            control.sendall(command.encode() + b"\n")
            return json.loads(control.makefile().readline())

    def state(self):
        return self.tell("state")

    def truth(self):
        return [json.loads(line) for line in self.truth_path.read_text().splitlines()]

    def requests(self):
        return [json.loads(line) for line in self.requests_path.read_text().splitlines()]
