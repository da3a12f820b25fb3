"""deploy/quickstart with the programs that were built: events, a wallboard, and nothing left behind."""

import json
import os
import re
import signal
import subprocess
import urllib.error
import urllib.request

import harness

QUICKSTART = harness.ROOT / "deploy/quickstart"


class Quickstart(harness.TestCase):
    count = 0

    def setUp(self):
        super().setUp()
        self.addCleanup(os.environ.update, {"TMPDIR": os.environ.get("TMPDIR", "/tmp")})
        os.environ["TMPDIR"] = str(self.directory)  # where quickstart puts its files

    def begin(self, *words):
        self.count += 1
        process = self.start(harness.Process(
            [QUICKSTART, "--build", harness.BUILD, "--rate", "5", *words],
            self.directory, f"quickstart{self.count}"))
        url = harness.wait_until("the wallboard's address is printed", lambda: re.search(
            r"the wallboard: (http://127\.0\.0\.1:\d+/)", process.stderr()))[1]
        return process, url

    def get(self, url):
        try:
            with urllib.request.urlopen(url, timeout=harness.PATIENCE_S) as answer:
                return answer.read()
        except urllib.error.URLError:  # it does not listen yet
            return b""

    def test_the_wallboard_shows_simulated_calls(self):
        port = harness.free_port()
        process, url = self.begin("--port", str(port))
        self.assertEqual(url, f"http://127.0.0.1:{port}/")
        harness.wait_until("the page is served", lambda: b"wallboard.js" in self.get(url))
        harness.wait_until("there are calls", lambda: json.loads(
            self.get(url + "api/state") or "{}").get("call"))
        harness.wait_until("events are printed", lambda: "call.initiated" in {
            json.loads(line)["type"] for line in process.stdout().splitlines()[:-1]})
        process.popen.send_signal(signal.SIGINT)
        process.wait()
        self.assertFalse(harness.listens(port))
        self.assertEqual(list(self.directory.glob("callstream-quickstart.*")), [])
        left = subprocess.run(["pgrep", "-f", f"{self.directory}/callstream-quickstart"],
                              stdout=subprocess.PIPE)
        self.assertEqual(left.stdout, b"")

    def test_it_ends_after_the_seconds_asked_for_and_takes_a_free_port(self):
        process, url = self.begin("--seconds", "8")
        harness.wait_until("the page is served", lambda: b"wallboard.js" in self.get(url))
        other, other_url = self.begin("--seconds", "2")
        self.assertNotEqual(url, other_url)
        self.assertEqual(process.wait(), 0, process.stderr())
        self.assertEqual(other.wait(), 0, other.stderr())

    def test_what_is_wrong_is_said(self):
        for words, said in ((["--build", "/nowhere"], "no app/callstream"),
                            (["--port", "x"], "--port wants a number"),
                            (["--rate"], "--rate wants a value")):
            done = subprocess.run([QUICKSTART, *words], text=True, stderr=subprocess.PIPE,
                                  stdout=subprocess.DEVNULL)
            self.assertEqual(done.returncode, 1)
            self.assertIn(said, done.stderr)


if __name__ == "__main__":
    harness.main()
