"""`callstream top` and `callstream tail` over the web server of a running callstream."""

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

import harness
import pipeline

CALLS = ("--rate", "10", "--seed", "7")


class Terminal(harness.TestCase):
    def setUp(self):
        super().setUp()
        self.port = harness.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.sim_process = self.sim("--listen", "127.0.0.1:0", *CALLS)
        self.toml = pipeline.config(
            {"hq": self.sim_process.port},
            {"file": pipeline.file_sink(self.directory / "events.ndjson")},
            self.directory / "journal")
        self.toml += f'[web]\nlisten = "127.0.0.1:{self.port}"\ntokens = ["t0ken"]\n'
        self.config = self.directory / "callstream.toml"
        self.begin()

    def begin(self):
        self.callstream = self.start(pipeline.Callstream(self.directory, self.toml))
        harness.wait_until("the web server listens", lambda: harness.listens(self.port))

    def run_callstream(self, *words, token="t0ken", **options):
        environment = dict(os.environ, TZ="UTC", **({"CALLSTREAM_TOKEN": token} if token else {}))
        return subprocess.run([harness.CALLSTREAM, *words], env=environment, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=harness.PATIENCE_S, **options)

    def tail(self, count, *words):
        """The first events that tail prints."""
        process = subprocess.Popen(
            [harness.CALLSTREAM, "tail", "--url", self.url, "--format", "ndjson", *words],
            env=dict(os.environ, CALLSTREAM_TOKEN="t0ken"), text=True, stdout=subprocess.PIPE)
        self.addCleanup(process.kill)
        events = [json.loads(process.stdout.readline()) for _ in range(count)]
        process.send_signal(signal.SIGTERM)
        process.stdout.read()
        process.stdout.close()
        self.assertEqual(process.wait(harness.PATIENCE_S), 0)
        return events

    def test_top_prints_once_where_there_is_no_terminal(self):
        def calls():
            done = self.run_callstream("top", "--url", self.url)
            self.assertEqual(done.returncode, 0, done.stderr)
            shown = re.search(r"[1-9]\d* calls .*sink +file .*support +\d", done.stdout, re.S)
            return done.stdout if shown else None
        printed = harness.wait_until("calls are shown", calls)
        self.assertRegex(printed, r"PBX +hq +\+ ami connected")
        self.assertRegex(printed, r"sink +file +\+ file connected")
        self.assertNotIn("\x1b", printed)
        by_config = self.run_callstream("top", "--once", "-c", self.config, token=None)
        self.assertEqual(by_config.returncode, 0, by_config.stderr)

    def test_what_cannot_be_read_is_said(self):
        wrong = self.run_callstream("top", "--url", self.url, token="other")
        self.assertEqual(wrong.returncode, 1)
        self.assertIn("token is missing or wrong", wrong.stderr)
        away = self.run_callstream("tail", "--url", f"http://127.0.0.1:{harness.free_port()}")
        self.assertEqual(away.returncode, 1)
        self.assertIn("refused the connection", away.stderr)
        bad = self.run_callstream("top", "--url", "127.0.0.1:8261")
        self.assertEqual(bad.returncode, 1)
        self.assertIn("http://127.0.0.1:8261", bad.stderr)

    def test_tail_gets_what_the_filters_let_pass_in_order(self):
        numbers = [int(event["sequence"]) for event in self.tail(40)]
        self.assertEqual(numbers, list(range(numbers[0], numbers[0] + 40)))
        for event in self.tail(5, "--type", "call.initiated,call.ended"):
            self.assertIn(event["type"], ("call.initiated", "call.ended"))
        for event in self.tail(5, "--queue", "support", "--type", "queue.*"):
            self.assertEqual(event["data"]["queue"], "support")

    def test_the_journal_is_filtered_the_same_way(self):
        def kept(*words):
            done = self.run_callstream("tail", "-c", self.config, "--no-follow", *words)
            self.assertEqual(done.returncode, 0, done.stderr)
            return [json.loads(line) for line in done.stdout.splitlines()]
        harness.wait_until("some callers waited",
                           lambda: len(kept("--type", "queue.*")) > 3)
        for event in kept("--type", "queue.*", "--queue", "support"):
            self.assertRegex(event["type"], r"^(queue|source)\.")  # which say how whole the view is
        self.assertEqual(kept("--pbx", "nowhere"), [])
        self.assertNotIn("call.initiated", {event["type"] for event in kept("--queue", "none")})
        self.assertGreater(len(kept()), 50)

    def test_tail_goes_on_over_a_restart_and_misses_nothing(self):
        process = subprocess.Popen(
            [harness.CALLSTREAM, "tail", "--url", self.url, "--format", "ndjson"],
            env=dict(os.environ, CALLSTREAM_TOKEN="t0ken"), text=True, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL)
        self.addCleanup(process.kill)
        numbers = [int(json.loads(process.stdout.readline())["sequence"]) for _ in range(20)]
        self.callstream.terminate()
        self.begin()
        while numbers[-1] < numbers[0] + 120:
            numbers.append(int(json.loads(process.stdout.readline())["sequence"]))
        process.kill()
        process.wait()
        process.stdout.close()
        self.assertEqual(numbers, list(range(numbers[0], numbers[-1] + 1)))

    def test_top_fills_a_terminal_follows_its_size_and_quits_with_q(self):
        pid, terminal = pty.fork()
        if pid == 0:
            os.environ.update(CALLSTREAM_TOKEN="t0ken", TERM="xterm")
            os.execv(harness.CALLSTREAM, [str(harness.CALLSTREAM), "top", "--url", self.url])
        self.addCleanup(os.close, terminal)

        def resize(columns, rows):
            fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

        seen = ""

        def read_until(condition):
            nonlocal seen
            deadline = time.monotonic() + harness.PATIENCE_S
            while not condition(seen):
                self.assertLess(time.monotonic(), deadline, seen[-500:])
                if select.select([terminal], [], [], 0.1)[0]:
                    try:
                        seen += os.read(terminal, 65536).decode(errors="replace")
                    except OSError:  # the other end is closed
                        return

        def frames(text):
            return [re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", part).split("\r\n")
                    for part in text.split("\x1b[H")[1:-1]]

        resize(60, 10)
        read_until(lambda text: any("FROM" in line for frame in frames(text) for line in frame))
        self.assertTrue(seen.startswith("\x1b[?1049h"))
        seen = ""
        resize(120, 30)
        read_until(lambda text: any(len(frame) > 12 for frame in frames(text)))
        self.assertLessEqual(max(len(frame) for frame in frames(seen)), 30)
        os.write(terminal, b"q")
        read_until(lambda text: text.rstrip().endswith("\x1b[?1049l"))
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 0)


if __name__ == "__main__":
    harness.main()
