"""What a measurement ran on."""

import os
import pathlib
import platform
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]


def said_by(*command):
    """The first line that a command prints, or nothing if there is no such command."""
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              cwd=ROOT, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip().split("\n")[0]


def version_of_package(name):
    return said_by("dpkg-query", "-W", "-f", "${Version}", name)


def facts():
    """Name -> text, in the order of the report."""
    cpu = pathlib.Path("/proc/cpuinfo").read_text()
    model = re.search(r"model name\s*: (.*)", cpu)
    memory = re.search(r"MemTotal:\s*(\d+)", pathlib.Path("/proc/meminfo").read_text())
    simd = [name for name in ("avx512bw", "avx2", "sse4_2") if name in cpu]
    return {
        "commit": said_by("git", "describe", "--always", "--dirty"),
        "processor": f"{os.cpu_count()} cores of {model[1] if model else platform.machine()}, "
                     f"{simd[0] if simd else 'no SIMD that we use'}",
        "memory": f"{int(memory[1]) / 2**20:.0f} GiB",
        "kernel": platform.release(),
        "compiler": said_by("g++", "--version"),
        "servers": "Redis " + version_of_package("redis-server").split("-")[0].split(":")[-1]
                   + ", librdkafka " + version_of_package("librdkafka1").split("-")[0]
                   + ", nginx " + version_of_package("nginx-light").split("-")[0],
    }
