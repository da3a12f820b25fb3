"""What systemd hears of the program, and how its command line is completed: no systemd is needed."""

import os
import pathlib
import signal
import socket
import subprocess
import sys
import unittest

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "integration"))
from harness import CALLSTREAM, TestCase, wait_until  # noqa: E402


class ServiceTest(TestCase):
    def setUp(self):
        super().setUp()
        self.heard = []
        self.manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(self.manager.close)
        self.manager.bind(str(self.directory / "notify"))
        self.manager.setblocking(False)

    def hears(self, word):
        """Whether a message with this line came, among those not yet looked at."""
        while True:
            try:
                self.heard.append(self.manager.recv(4096).decode())
            except BlockingIOError:
                break
        for at, message in enumerate(self.heard):
            if word in message.split("\n"):
                del self.heard[:at + 1]
                return message
        return None

    def run_program(self, sim):
        config = self.directory / "callstream.toml"
        config.write_text(
            f'[journal]\npath = "{self.directory}/journal"\n[pbx.hq]\nfamily = "asterisk"\n'
            f'ami = {{ address = "127.0.0.1:{sim.port}", username = "callstream",'
            ' secret = "callstream" }\n'
            f'[sink.archive]\nfile = {{ path = "{self.directory}/events" }}\n')
        program = subprocess.Popen(
            [CALLSTREAM, "run", "-c", config], stderr=subprocess.DEVNULL,
            env={**os.environ, "NOTIFY_SOCKET": str(self.directory / "notify")})
        self.addCleanup(lambda: program.poll() is None and (program.kill(), program.wait()))
        return program

    def test_ready_alive_reloading_stopping(self):
        program = self.run_program(self.sim("--listen", "127.0.0.1:0", "--rate", "5"))
        wait_until("ready", lambda: self.hears("READY=1"))
        wait_until("the watchdog hears of a seen PBX", lambda: "1 of 1 PBXes" in (
            self.hears("WATCHDOG=1") or ""))
        # Nothing of it can be reloaded: it goes on all the same.
        program.send_signal(signal.SIGHUP)
        told = wait_until("reloading", lambda: self.hears("RELOADING=1"))
        self.assertRegex(told, r"MONOTONIC_USEC=\d+")
        wait_until("ready again", lambda: self.hears("READY=1"))
        wait_until("alive", lambda: self.hears("WATCHDOG=1"))
        program.send_signal(signal.SIGTERM)
        wait_until("stopping", lambda: self.hears("STOPPING=1"))
        self.assertEqual(program.wait(30), 0)

    def test_a_hanging_loop_is_silent(self):
        program = self.run_program(self.sim("--listen", "127.0.0.1:0", "--rate", "1"))
        wait_until("alive", lambda: self.hears("WATCHDOG=1"))
        program.send_signal(signal.SIGSTOP)
        self.hears("nothing that is ever said")
        self.heard.clear()
        with self.assertRaises(AssertionError):
            wait_until("alive", lambda: self.hears("WATCHDOG=1"), patience_s=2.5)
        program.send_signal(signal.SIGCONT)
        wait_until("alive", lambda: self.hears("WATCHDOG=1"))


class CompletionTest(TestCase):
    def complete(self, *words):
        """What bash offers for the last of the words."""
        line = " ".join(f"'{word}'" for word in words)
        script = (f'source <("{CALLSTREAM}" completion bash); COMP_WORDS=({line}); '
                  f'COMP_CWORD={len(words) - 1}; _callstream; echo "${{COMPREPLY[@]}}"')
        return subprocess.run(["bash", "-c", script], stdout=subprocess.PIPE, text=True,
                              check=True).stdout.split()

    def test_bash_completes(self):
        self.assertEqual(self.complete("callstream", "jou"), ["journal"])
        self.assertEqual(self.complete("callstream", "journal", "ver"), ["verify"])
        self.assertEqual(self.complete("callstream", "tail", "--format", "nd"), ["ndjson"])
        self.assertEqual(self.complete("callstream", "check", "--con"), ["--config", "--connect"])
        for name in ("run", "check", "capture", "replay", "tail", "journal", "schema"):
            self.assertIn(name, self.complete("callstream", ""))

    def test_each_shell_gets_every_command(self):
        commands = self.complete("callstream", "")
        for shell in ("zsh", "fish"):
            said = subprocess.run([CALLSTREAM, "completion", shell], stdout=subprocess.PIPE,
                                  text=True, check=True).stdout
            for command in commands:
                if not command.startswith("-"):
                    self.assertIn(command, said)

    def test_the_man_page_is_clean_and_whole(self):
        page = self.directory / "callstream.1"
        page.write_bytes(subprocess.run([CALLSTREAM, "reference", "man"], stdout=subprocess.PIPE,
                                        check=True).stdout)
        text = page.read_text()
        for command in self.complete("callstream", ""):
            if not command.startswith("-"):
                self.assertIn(f".SS \\fBcallstream {command}\\fR", text)
        if subprocess.run(["which", "man"], stdout=subprocess.DEVNULL, check=False).returncode == 0:
            said = subprocess.run(["man", "--warnings", "-l", "-P", "cat", page], text=True,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=True)
            self.assertEqual(said.stderr, "")


if __name__ == "__main__":
    unittest.main()
