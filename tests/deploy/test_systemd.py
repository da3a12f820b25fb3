"""The service under a real systemd, booted in a container of the test's own (systemd-nspawn): it
starts, delivers, reloads, is restarted by its watchdog, upgraded while it runs, and purged.

Needs root, a mirror and systemd-nspawn; it is skipped, saying so, where one is missing.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import unittest

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "integration"))
from harness import TestCase, free_port, wait_until  # noqa: E402
from test_package import SYSTEM, build_package, fresh_system, must, run  # noqa: E402

BOOTABLE = SYSTEM.with_name("bookworm-systemd.tar")
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive"}


def bootable_system(directory):
    """A Debian 12 with systemd; None if none can be made here."""
    root = directory / "root"
    if BOOTABLE.exists():
        root.mkdir()
        must("tar", "-C", root, "-xf", BOOTABLE)
        return root
    if fresh_system(directory) is None:
        return None
    must("chroot", root, "apt-get", "update", "-q", env=ENVIRONMENT)
    must("chroot", root, "apt-get", "install", "-y", "-q", "--no-install-recommends", "systemd",
         "systemd-sysv", "dbus", "procps", env=ENVIRONMENT)
    must("tar", "-C", root, "-cf", BOOTABLE, ".")
    return root


@unittest.skipUnless(os.geteuid() == 0 and shutil.which("systemd-nspawn"),
                     "needs root and systemd-nspawn")
class SystemdTest(TestCase):
    def boot(self):
        container = subprocess.Popen(
            ["systemd-nspawn", "--quiet", "--directory", str(self.root), "--boot",
             "--register=no", "--keep-unit", "--console=pipe"], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(lambda: container.poll() is None and (container.kill(), container.wait()))

        def leader():
            _, said = run("pgrep", "-P", container.pid)
            return int(said) if said.strip() else None

        self.leader = wait_until("the container has a first process", leader)
        wait_until("systemd is up", lambda: self.inside(
            "systemctl", "is-system-running")[1].strip() in ("running", "degraded"))

    def inside(self, *words):
        return run("nsenter", "-t", self.leader, "-m", "-u", "-i", "-p", "-n", "-C", *words,
                   env=ENVIRONMENT)

    def must_inside(self, *words):
        code, said = self.inside(*words)
        self.assertEqual(code, 0, f"{words}:\n{said[-2000:]}\n" + self.inside(
            "journalctl", "-u", "callstream", "--no-pager", "-n", "30")[1])
        return said

    def install(self, package):
        shutil.copy(package, self.root / "root/callstream.deb")
        self.must_inside("apt-get", "install", "-y", "-q", "--no-install-recommends",
                         "/root/callstream.deb")

    def main_process(self):
        return int(self.must_inside("systemctl", "show", "-p", "MainPID", "--value", "callstream"))

    def events(self):
        path = self.root / "var/lib/callstream/events.ndjson"
        return path.read_text().count("\n") if path.exists() else 0

    def configure(self, port):
        (self.root / "etc/callstream/environment").write_text("HQ_AMI=callstream\n")
        (self.root / "etc/callstream/callstream.toml").write_text(
            '[journal]\npath = "/var/lib/callstream"\n[pbx.hq]\nfamily = "asterisk"\n'
            f'ami = {{ address = "127.0.0.1:{port}", username = "callstream",'
            ' secret = { env = "HQ_AMI" } }\n'
            f'[web]\nlisten = "127.0.0.1:{free_port()}"\n[sink.archive]\n'
            'file = { path = "/var/lib/callstream/events.ndjson" }\n')

    def shown(self, what):
        return self.must_inside("systemctl", "show", "-p", what, "--value", "callstream").strip()

    def check_a_wrong_configuration_is_left_alone(self):
        """After some tries, as docs/production.md says, with what it says to start it again."""
        config = self.root / "etc/callstream/callstream.toml"
        good = config.read_text()
        config.write_text(good.replace('"asterisk"', '"asterix"'))
        self.assertNotEqual(self.inside("systemctl", "restart", "callstream")[0], 0)
        wait_until("it is left alone", lambda: self.shown("ActiveState") == "failed",
                   patience_s=120)
        self.assertLessEqual(int(self.shown("NRestarts")), 10)
        self.assertIn("did you mean 'asterisk'?", self.must_inside(
            "journalctl", "-u", "callstream", "--no-pager", "-n", "30"))
        config.write_text(good)
        self.must_inside("systemctl", "reset-failed", "callstream")
        self.must_inside("systemctl", "start", "callstream")

    def test_lives_under_systemd(self):
        first, second = (build_package(self.directory, version) for version in ("0.0.1", "0.0.2"))
        self.root = bootable_system(self.directory)
        if self.root is None:
            self.skipTest("debootstrap finds no mirror")
        self.boot()
        self.must_inside("apt-get", "update", "-q")
        self.install(first)
        self.assertEqual(self.inside("systemctl", "is-enabled", "callstream")[1].strip(), "enabled")
        self.assertEqual(self.inside("systemctl", "is-active", "callstream")[1].strip(), "inactive")

        sim = self.sim("--listen", "127.0.0.1:0", "--rate", "10")
        self.configure(sim.port)
        self.must_inside("systemctl", "start", "callstream")  # returns once it is ready
        wait_until("events are delivered", lambda: self.events() > 20)
        self.must_inside("systemctl", "reload", "callstream")
        wait_until("the status says how it is", lambda: "1 of 1 PBXes" in self.must_inside(
            "systemctl", "show", "-p", "StatusText", "callstream"))

        # A process that hangs is found out.
        hung = self.main_process()
        self.must_inside("kill", "-STOP", hung)
        wait_until("the watchdog has it restarted",
                   lambda: self.main_process() not in (0, hung), patience_s=90)
        seen = self.events()
        wait_until("it goes on", lambda: self.events() > seen)

        before = self.main_process()
        self.must_inside("systemctl", "disable", "--quiet", "callstream")
        self.install(second)
        self.assertEqual(self.inside("systemctl", "is-enabled", "callstream")[1].strip(),
                         "disabled")
        wait_until("the new version runs", lambda: self.main_process() not in (0, before))
        seen = self.events()
        wait_until("it goes on", lambda: self.events() > seen)
        status = self.must_inside("cat", f"/proc/{self.main_process()}/status")
        for line in ("CapEff:\t0000000000000000", "NoNewPrivs:\t1", "Seccomp:\t2"):
            self.assertIn(line, status)

        self.check_a_wrong_configuration_is_left_alone()

        self.must_inside("apt-get", "purge", "-y", "-q", "callstream")
        self.assertEqual(self.inside("systemctl", "is-active", "callstream")[1].strip(), "inactive")
        for path in ("etc/callstream", "var/lib/callstream"):
            self.assertFalse((self.root / path).exists(), path)
        self.inside("systemctl", "poweroff")


if __name__ == "__main__":
    unittest.main()
