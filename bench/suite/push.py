"""Durable 200s of pushed reports beside nginx answering an empty 200 to the same requests."""

import re

import harness
from measure import Figure, ratios
from report import Row, Table
from stage import output_of, stage

CONNECTIONS = 512
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
worker_processes 1; daemon off; master_process off; pid {directory}/nginx.pid; error_log {directory}/nginx.log;
events {{ worker_connections 4096; }}
http {{ access_log off; client_body_temp_path {directory}; proxy_temp_path {directory};
fastcgi_temp_path {directory}; uwsgi_temp_path {directory}; scgi_temp_path {directory};
keepalive_requests 100000000;
server {{ listen 127.0.0.1:{port}; location / {{ return 200 ""; }} }} }}
"""
CALLSTREAM = """
[journal]
path = "{directory}/journal-{fsync}"
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


def requests_per_second(port, script, seconds):
    said = output_of("wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", script,
                     f"http://127.0.0.1:{port}/")
    if "Non-2xx" in said or "Socket errors" in said:
        raise RuntimeError(said)
    return float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1])


def durable_200s(rounds, seconds):
    """All servers at once, asked in turn: one that is not asked does nothing."""
    with stage() as scene:
        script = scene.directory / "push.lua"
        script.write_text(SCRIPT)
        servers = {"nginx, empty 200": harness.free_port()}
        conf = scene.directory / "nginx.conf"
        conf.write_text(NGINX.format(directory=scene.directory, port=servers["nginx, empty 200"]))
        scene.run(["nginx", "-c", conf], "nginx")
        for fsync in ("batch", "interval", "never"):
            name = "callstream" if fsync == "batch" else f"callstream, fsync = {fsync}"
            port = servers[name] = harness.free_port()
            config = scene.directory / f"{fsync}.toml"
            config.write_text(CALLSTREAM.format(directory=scene.directory, fsync=fsync, port=port))
            scene.run([harness.CALLSTREAM, "run", "-c", config], f"callstream-{fsync}")
        for name, port in servers.items():
            harness.wait_until(f"{name} listens", lambda port=port: harness.listens(port))
        rates = {name: [] for name in servers}
        for _ in range(rounds):
            for name, port in servers.items():
                rates[name].append(requests_per_second(port, script, seconds))
    floor = rates["nginx, empty 200"]
    ratio = ratios(rates["callstream"], floor)
    rows = [Row(name, [Figure(speed), ratios(speed, floor)], name == "callstream")
            for name, speed in rates.items()]
    return Table(
        "HTTP push: durable 200s",
        f"`wrk` with {CONNECTIONS} keep-alive connections posts 4,096 different reports in turn. callstream answers "
        "when the events are in the journal, and with its default `fsync = \"batch\"` after the group commit on "
        "the disk; nginx throws the body away and answers an empty 200.",
        ["requests/s", "times nginx"], rows,
        bar="at least 0.8x of nginx answering the same POSTs with an empty 200 under the same load tool",
        verdict=f"Measured: {ratio.median:.2f}x.", chart=(0, "requests a second", "more"), file="push",
        reached=ratio.median >= 0.8)
