"""What README.md and docs tell people to type beside `callstream`, typed: addresses, ports and what
makes a command wait are replaced, nothing else. tests/docs/check_commands holds a line for each."""

import json
import os
import pty
import re
import select
import socket
import subprocess
import time
import urllib.request

import harness
import live
import pipeline

COLOURS = re.compile(r"\x1b\[[0-9;]*m")
CHANGES = re.compile(r"\d\d:\d\d:\d\d\.\d{3}|after [\d.]+ s|#[0-9a-f]{6}|127\.0\.0\.1:\d+")


def plain(line):
    """A line as it is each time, whatever its times, ports and bridges."""
    return " ".join(CHANGES.sub("*", COLOURS.sub("", line)).split())


def lines_of(page, begin):
    """Lines of a page's blocks that begin so, joined where they go on behind a backslash."""
    text = (harness.ROOT / page).read_text().replace("\\\n", " ")
    found = [line.strip() for line in text.splitlines()
             if line.startswith("    ") and line.strip().startswith(begin)]
    if not found:
        raise AssertionError(f"{page} has no line that begins with {begin}")
    return found


class Documents(live.LiveCase):
    def type(self, line, replaced, **environment):
        """Runs a line in a shell, in a directory of its own."""
        for old, new in replaced.items():
            self.assertIn(old, line)
            line = line.replace(old, str(new))
        path = f"{harness.BUILD}/app:{harness.BUILD}/bench:{os.environ['PATH']}"
        return self.start(harness.Process(
            ["env", "-C", self.directory, f"PATH={path}",
             *(f"{key}={value}" for key, value in environment.items()), "bash", "-c",
             f"exec {line}"], self.directory, f"typed{len(list(self.directory.glob('typed*')))}"))

    def test_the_stream_and_the_state_as_docs_live_says(self):
        redis = self.redis()
        self.begin(web=f'[sink.wall]\nredis = {{ url = "{redis.url()}", '
                       'state_prefix = "callstream:state:" }')
        harness.wait_until("there are calls", lambda: len(self.state()["call"]) > 3)
        for line in lines_of("docs/live.md", "curl "):
            typed = self.type(line, {"localhost:8261": f"127.0.0.1:{self.port}"},
                              WALL_TOKEN=live.TOKEN)
            harness.wait_until("events come", lambda: "event: call." in typed.stdout())
            typed.kill()
        harness.wait_until("the queue is in Redis", lambda: redis.client().exists(
            "callstream:state:queue:hq:support"))
        said = [self.type(line, {"redis-cli": f"redis-cli -p {redis.port}"})
                for line in lines_of("docs/live.md", "redis-cli ")]
        self.assertEqual([typed.wait() for typed in said], [0] * len(said))
        self.assertIn("hq:support", said[0].stdout())
        self.assertIn("longest_wait_since", said[1].stdout())

    def test_made_up_pushes_and_the_played_api_as_docs_push_says(self):
        push, api = lines_of("docs/push.md", "callstream-sim ")
        port, events = harness.free_port(), self.directory / "events.ndjson"
        toml = (f'[journal]\npath = "{self.directory}/journal"\n[http]\nlisten = "127.0.0.1:{port}"\n'
                '[pbx.branch]\nfamily = "yeastar"\n'
                'push = { path = "/push/branch", allow = ["127.0.0.0/8"] }\n'
                f'[sink.log]\n{pipeline.file_sink(events)}\n')
        self.start(pipeline.Callstream(self.directory, toml))
        harness.wait_until("it listens", lambda: harness.listens(port))
        typed = self.type(push, {"127.0.0.1:8260": f"127.0.0.1:{port}", "--rate 50": "--rate 2000"})
        self.assertEqual(typed.wait(), 0, typed.stderr())
        harness.wait_until("the calls are there", lambda: sum(
            event["type"] == "call.ended" for event in pipeline.events_in_file(events)) >= 1000)
        control = harness.free_port()
        recordings = self.directory / "recordings"
        recordings.mkdir()
        played = self.type(api, {"DIRECTORY": recordings, "--control 9000": f"--control {control}"})
        harness.wait_until("the API listens", lambda: harness.listens(control))
        # `echo restart | nc 127.0.0.1 9000`, where there is no nc.
        self.assertIn("`echo restart | nc ", (harness.ROOT / "docs/push.md").read_text())
        with socket.create_connection(("127.0.0.1", control), 10) as command:
            command.sendall(b"restart\n")
            self.assertTrue(command.recv(100))
        self.assertTrue(played.running())

    def test_the_played_pbx_api_as_docs_polling_families_says(self):
        line, = lines_of("docs/polling-families.md", "callstream-sim ")
        played = self.type(line, {})
        harness.wait_until("it listens", lambda: "listening" in played.stdout().lower())
        for name in ("pbx.pem", "truth.jsonl", "requests.jsonl"):
            harness.wait_until(name + " is written", (self.directory / name).exists)

    def test_the_page_without_a_pbx_as_docs_wallboard_says(self):
        line = re.search(r"`(node tests/wallboard/fake_server.mjs)`",
                         (harness.ROOT / "docs/wallboard.md").read_text())[1]
        port = harness.free_port()
        typed = self.type(line, {"tests/": f"{harness.ROOT}/tests/",
                                 "fake_server.mjs": f"fake_server.mjs --port {port}"})
        harness.wait_until("it says where", lambda: "the page stands at" in typed.stdout())
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10) as answer:
            self.assertIn(b"wallboard.js", answer.read())

    def test_quickstart_shows_on_a_terminal_what_readme_shows(self):
        text = (harness.ROOT / "README.md").read_text()
        shown = [line[4:] for line in text.splitlines() if re.match(r"    \d\d:\d\d:\d\d\.\d{3} ", line)]
        self.assertGreater(len(shown), 10)
        controller, terminal = pty.openpty()
        process = subprocess.Popen(
            [harness.ROOT / lines_of("README.md", "deploy/")[0], "--build", harness.BUILD,
             "--port", str(harness.free_port())], stdout=terminal, stderr=subprocess.DEVNULL,
            env={**os.environ, "TMPDIR": str(self.directory)})
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)
        os.close(terminal)
        wanted = [plain(line) for line in shown]
        printed, deadline = b"", time.monotonic() + harness.PATIENCE_S

        def missing():
            lines = iter([plain(line)
                          for line in printed.decode(errors="replace").splitlines()])
            return [line for line in wanted if line not in lines]  # in this order

        while missing() and time.monotonic() < deadline:
            if select.select([controller], [], [], 1)[0]:
                printed += os.read(controller, 65536)
        os.close(controller)
        self.assertEqual(missing(), [], printed.decode(errors="replace")[:3000])


if __name__ == "__main__":
    harness.main()
