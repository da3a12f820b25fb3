"""The Debian package in a Debian of its own: built, installed, run, upgraded, removed, purged.

The system is made by debootstrap in the build folder, once; it needs root and a mirror, and is
skipped, saying so, where there is neither (with CI=true it fails instead).
"""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import unittest

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "integration"))
from harness import BUILD, ROOT, TestCase, wait_until  # noqa: E402

UNIT = ROOT / "deploy/systemd/callstream.service"
SYSTEM = BUILD / "deploy/bookworm.tar"  # a fresh Debian 12
PACKAGE = "callstream"
EXPOSURE_MAX = 1.5  # of `systemd-analyze security`; docs/production.md says what remains


def run(*words, **options):
    done = subprocess.run([str(word) for word in words], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False, **options)
    return done.returncode, done.stdout


def must(*words, **options):
    code, said = run(*words, **options)
    if code != 0:
        raise AssertionError(f"{' '.join(map(str, words))}: exit {code}\n{said[-3000:]}")
    return said


def build_package(directory, version):
    must("ninja", "-C", BUILD, "-j1", "callstream_pages")
    must("cpack", "--config", BUILD / "CPackConfig.cmake", "-B", directory / version,
         "-D", f"CPACK_PACKAGE_VERSION={version}", cwd=directory)
    return next((directory / version).glob("*.deb"))


def fresh_system(directory):
    """A directory with a Debian 12 in it; None if none can be made here."""
    root = directory / "root"
    if not SYSTEM.exists():
        SYSTEM.parent.mkdir(parents=True, exist_ok=True)
        made = directory / "made"
        code, said = run("debootstrap", "--variant=minbase", "--include=adduser,ca-certificates",
                         "bookworm", made)
        if code != 0:
            print(said[-500:], file=sys.stderr)
            return None
        must("tar", "-C", made, "-cf", SYSTEM, ".")
        shutil.rmtree(made)
    root.mkdir()
    must("tar", "-C", root, "-xf", SYSTEM)
    return root


@unittest.skipUnless(os.geteuid() == 0 or os.environ.get("CI"), "installing packages needs root")
class PackageTest(TestCase):
    def inside(self, *words):
        return run("chroot", self.root, *words, env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
                                                     "DEBIAN_FRONTEND": "noninteractive"})

    def must_inside(self, *words):
        code, said = self.inside(*words)
        self.assertEqual(code, 0, f"{words}:\n{said[-3000:]}")
        return said

    def mode_of(self, path):
        found = os.lstat(self.root / path.lstrip("/"))
        return oct(found.st_mode & 0o7777), found.st_uid, found.st_gid

    def has(self, path):
        return os.path.lexists(self.root / path.lstrip("/"))

    def install(self, package):
        shutil.copy(package, self.root / "tmp/callstream.deb")
        self.must_inside("apt-get", "install", "-y", "-q", "--no-install-recommends",
                         "/tmp/callstream.deb")

    def test_installs_runs_upgrades_and_leaves(self):
        first = build_package(self.directory, "0.0.1")
        second = build_package(self.directory, "0.0.2")
        self.root = fresh_system(self.directory)
        if self.root is None:
            self.assertIsNone(os.environ.get("CI"), "debootstrap made no system")
            self.skipTest("debootstrap finds no mirror")
        self.must_inside("apt-get", "update", "-q")
        self.check_installed(first)
        self.check_unit()
        self.check_runs()
        self.check_upgraded(second)
        self.check_removed()

    def check_installed(self, package):
        self.install(package)
        users = (self.root / "etc/passwd").read_text().splitlines()
        _, _, uid, gid, _, home, shell = next(
            line.split(":") for line in users if line.startswith("callstream:"))
        self.uid, self.gid = int(uid), int(gid)
        self.assertEqual((home, shell), ("/var/lib/callstream", "/usr/sbin/nologin"))
        self.assertEqual(self.mode_of("/var/lib/callstream"), ("0o750", self.uid, self.gid))
        self.assertEqual(self.mode_of("/etc/callstream"), ("0o750", 0, self.gid))
        self.assertEqual(self.mode_of("/etc/callstream/callstream.toml"), ("0o640", 0, self.gid))
        self.assertIn("callstream ", self.must_inside("callstream", "--version"))
        for path in ("/usr/share/man/man1/callstream.1.gz",
                     "/usr/share/bash-completion/completions/callstream",
                     "/usr/share/zsh/vendor-completions/_callstream",
                     "/usr/share/fish/vendor_completions.d/callstream.fish"):
            self.assertTrue(self.has(path) or "/man/" in path, path)
        # As it comes it names no PBX, and says so.
        code, said = self.inside("callstream", "check")
        self.assertEqual(code, 78, said)
        self.assertIn("at least one [pbx.NAME] is needed", said)

    def check_unit(self):
        # Among this machine's own units; only the program is that of the build.
        unit = self.directory / "callstream.service"
        unit.write_text(UNIT.read_text().replace("/usr/bin/callstream", str(BUILD / "app/callstream")))
        said = must("systemd-analyze", "verify", "--man=no", unit)
        self.assertNotIn("callstream.service", said)
        said = must("systemd-analyze", "security", "--offline=true", f"--root={self.root}",
                    "--no-pager", f"--threshold={int(EXPOSURE_MAX * 10)}", "callstream.service")
        print(said.splitlines()[-1].encode("ascii", "replace").decode(), file=sys.stderr)

    def check_runs(self):
        sim = self.sim("--listen", "127.0.0.1:0", "--rate", "20")
        config = self.root / "etc/callstream/callstream.toml"
        config.write_text(
            '[journal]\npath = "/var/lib/callstream"\n[pbx.hq]\nfamily = "asterisk"\n'
            f'ami = {{ address = "127.0.0.1:{sim.port}", username = "callstream",'
            ' secret = "callstream" }\n[sink.archive]\n'
            'file = { path = "/var/lib/callstream/events.ndjson" }\n')
        self.must_inside("callstream", "check")
        events = self.root / "var/lib/callstream/events.ndjson"
        program = subprocess.Popen(
            ["chroot", f"--userspec={self.uid}:{self.gid}", str(self.root), "/usr/bin/callstream",
             "run"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.addCleanup(program.stderr.close)
        self.addCleanup(lambda: program.poll() is None and program.kill())
        wait_until("events are in the file",
                   lambda: program.poll() is not None
                   or (events.exists() and events.read_text().count("\n") > 20))
        program.send_signal(signal.SIGTERM)
        self.assertEqual(program.wait(30), 0, program.stderr.read()[-2000:])
        seen = [json.loads(line) for line in events.read_text().splitlines()]
        self.assertIn("source.connected", {event["type"] for event in seen})

    def check_upgraded(self, package):
        before = (self.root / "etc/callstream/callstream.toml").read_text()
        self.install(package)
        self.assertIn("0.0.2", self.must_inside("dpkg-query", "-W", PACKAGE))
        self.assertEqual((self.root / "etc/callstream/callstream.toml").read_text(), before)
        self.assertEqual(self.mode_of("/var/lib/callstream"), ("0o750", self.uid, self.gid))
        self.must_inside("callstream", "journal", "verify")
        # Without the file that came with it, an upgrade works as well.
        kept = self.root / "etc/callstream/callstream.toml"
        kept.rename(kept.with_suffix(".elsewhere"))
        self.must_inside("apt-get", "install", "-y", "-q", "--reinstall", "/tmp/callstream.deb")
        kept.with_suffix(".elsewhere").rename(kept)

    def check_removed(self):
        self.must_inside("apt-get", "remove", "-y", "-q", PACKAGE)
        self.assertFalse(self.has("/usr/bin/callstream"))
        self.assertTrue(self.has("/etc/callstream/callstream.toml"))
        self.assertTrue(self.has("/var/lib/callstream/events.ndjson"))
        self.must_inside("apt-get", "purge", "-y", "-q", PACKAGE)
        for path in ("/etc/callstream", "/var/lib/callstream",
                     "/usr/lib/systemd/system/callstream.service",
                     "/etc/systemd/system/multi-user.target.wants/callstream.service"):
            self.assertFalse(self.has(path), path)
        self.assertNotIn("callstream", (self.root / "etc/passwd").read_text())
        self.assertNotIn("callstream", (self.root / "etc/group").read_text())


if __name__ == "__main__":
    unittest.main()
