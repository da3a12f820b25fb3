#!/usr/bin/env python3
"""Durable 200s of pushed reports beside nginx answering an empty 200 to the same requests.

usage: bench/push.py [--build DIRECTORY] [--seconds N] [--rounds N]

Both get the same POSTs from the same wrk, in turns (A B A B). callstream writes each report's
events to a journal on disk and answers after its group commit (fsync = "batch"); nginx discards
the body. Prints requests a second, their median and the ratio.
"""

import argparse
import os
import pathlib
import re
import signal
import socket
import statistics
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
SCRIPT = """
local requests, number = {}, 0
function init()
  wrk.headers["Content-Type"] = "application/json"
  for i = 1, 4096 do
    requests[i] = wrk.format("POST", "/", nil, string.format(
      '{"action":"ExtensionStatus","extension":"%d","status":"Registered"}', 1000 + i))
  end
end
function request()
  number = number % 4096 + 1
  return requests[number]
end
"""
NGINX = """
worker_processes 1; daemon off; pid {directory}/nginx.pid; error_log {directory}/nginx.log;
events {{ worker_connections 4096; }}
http {{ access_log off; client_body_temp_path {directory}; proxy_temp_path {directory};
fastcgi_temp_path {directory}; uwsgi_temp_path {directory}; scgi_temp_path {directory};
keepalive_requests 100000000;
server {{ listen 127.0.0.1:{port}; location / {{ return 200 ""; }} }} }}
"""
CALLSTREAM = """
[journal]
path = "{directory}/journal"
max_bytes = "2GiB"
fsync = "{fsync}"
[log]
level = "error"
[http]
listen = "127.0.0.1:{port}"
connections_max = 2048
connections_per_address_max = 2048
[pbx.hq]
family = "yeastar"
push = {{ path = "/", allow = ["127.0.0.0/8"] }}
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port):
    for _ in range(500):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise SystemExit(f"nothing listens on port {port}")


def measure(port, script, seconds, connections):
    printed = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", script,
                              f"http://127.0.0.1:{port}/"], stdout=subprocess.PIPE, text=True,
                             check=True).stdout
    if "Non-2xx" in printed or "Socket errors" in printed:
        raise SystemExit(printed)
    return float(re.search(r"Requests/sec:\s+([\d.]+)", printed)[1])


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--build", default=ROOT / "build/release", type=pathlib.Path)
    options.add_argument("--seconds", default=4, type=int)
    options.add_argument("--rounds", default=5, type=int)
    options.add_argument("--connections", default=512, type=int)
    options.add_argument("--fsync", default="batch")
    options.add_argument("--directory", help="for the journal; default: a temporary one")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(dir=chosen.directory) as directory:
        ports = [free_port(), free_port()]
        here = pathlib.Path(directory)
        (here / "push.lua").write_text(SCRIPT)
        (here / "nginx.conf").write_text(NGINX.format(directory=directory, port=ports[1]))
        (here / "callstream.toml").write_text(
            CALLSTREAM.format(directory=directory, port=ports[0], fsync=chosen.fsync))
        servers = [subprocess.Popen([chosen.build / "app/callstream", "run", "-c",
                                     here / "callstream.toml"]),
                   subprocess.Popen(["nginx", "-c", here / "nginx.conf"], stderr=subprocess.DEVNULL)]
        try:
            rates = [[], []]
            for port in ports:
                wait_for(port)
            for _ in range(chosen.rounds):
                for which, port in enumerate(ports):
                    rates[which].append(measure(port, here / "push.lua", chosen.seconds,
                                                chosen.connections))
                    print("callstream" if which == 0 else "nginx", round(rates[which][-1]),
                          flush=True)
            ours, theirs = map(statistics.median, rates)
            print(f"median: callstream {ours:.0f}/s, nginx {theirs:.0f}/s, "
                  f"ratio {ours / theirs:.2f} ({os.cpu_count()} cores)")
        finally:
            for server in servers:
                server.send_signal(signal.SIGTERM)
                server.wait()


if __name__ == "__main__":
    main()
