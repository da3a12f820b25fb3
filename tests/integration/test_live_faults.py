"""The web server and the live state when something is wrong: a disk that lost its cache, a Redis
that refuses, a client that does not read."""

import pathlib
import socket
import time

import harness
from live import TOKEN, LiveCase

STATE_KINDS = ("source", "call", "queue", "agent", "extension", "trunk", "activity")


class LiveFaults(LiveCase):
    def redis_entries(self, client, prefix):
        found = {}
        for kind in STATE_KINDS:
            for key in client.smembers(f"{prefix}index:{kind}"):
                found[(kind, key)] = {field: self.json_of(value) for field, value in
                                      client.hgetall(f"{prefix}{kind}:{key}").items()}
        return self.as_redis_entries(found)

    def seen(self):
        harness.wait_until("the PBX is seen", lambda: self.state()["source"][0]["state"]
                           == "connected")

    def errors(self, words):
        return [line for line in self.callstream.stderr().splitlines() if words in line]

    def test_files_that_a_power_loss_left_empty_or_torn_do_no_harm(self):
        redis = self.redis()
        self.begin(web=f'[sink.wall]\nredis = {{ url = "{redis.url()}", state_prefix = "cs:", '
                       'backoff_first = "50ms" }')
        harness.wait_until("the state is stored", lambda: (
            self.directory / "journal/wall.state").exists(), 30)
        harness.wait_until("there are calls", lambda: len(self.state()["call"]) > 5)
        for damage in (lambda text: "", lambda text: text[:len(text) // 2]):
            self.callstream.terminate()
            for name in ("web.live", "wall.state"):
                path = self.directory / "journal" / name
                path.write_text(damage(path.read_text()))
            self.run_again()
            self.seen()
            self.assertEqual(len(self.errors("the stored live state is damaged")), 2)
        self.quiet()
        offered = sum(queue["offered"] for queue in self.state()["queue"])
        self.assertEqual(offered, sum(event["type"] == "queue.caller_joined"
                                      for event in self.file_events()))
        self.same_as_the_web(lambda: self.redis_entries(redis.client(), "cs:"))

    def test_a_redis_that_refuses_the_state_is_named_with_what_to_do(self):
        redis = self.redis()
        client = redis.client()
        client.set("cs:index:queue", "something else")
        self.begin(web=f'[sink.wall]\nredis = {{ url = "{redis.url()}", state_prefix = "cs:", '
                       'backoff_first = "50ms", backoff_longest = "300ms" }')
        said = "a redis key of the live state holds something else; delete it, or choose another"
        line = harness.wait_until("the refusal is named", lambda: self.errors(said))[0]
        self.assertIn("cs:index:queue", line)
        self.assertIn("WRONGTYPE", line)
        time.sleep(2)
        self.assertEqual(len(self.errors(said)), 1)  # not with each try
        self.assertFalse(self.errors("connected to redis for the live state"))
        client.delete("cs:index:queue")
        harness.wait_until("the state arrives", lambda: client.smembers("cs:index:call"), 20)
        # A user who may write the stream but no hashes.
        client.execute_command("ACL", "SETUSER", "default", "-hset")
        line = harness.wait_until("the rights are named", lambda: self.errors(
            "the redis user may not keep the live state"))[0]
        self.assertIn("level=error" if "level=" in line else "error", line)
        client.execute_command("ACL", "SETUSER", "default", "+hset")
        self.quiet()
        self.same_as_the_web(lambda: self.redis_entries(client, "cs:"))

    def deleted_segments(self):
        maps = pathlib.Path(f"/proc/{self.callstream.popen.pid}/maps").read_text()
        return [line for line in maps.splitlines()
                if str(self.directory) in line and "(deleted)" in line]

    def test_a_reader_behind_the_retention_is_dropped_and_keeps_no_segment(self):
        self.begin(("--load", "60000", "--event-rate", "4000"),
                   journal='max_bytes = "16MiB"\nsegment_bytes = "4MiB"')
        harness.wait_until("there is something to catch up with", lambda: (
            sum(each["journal_bytes"] for each in self.state()["process"]) > 12 << 20), 30)
        stuck = socket.socket()
        self.addCleanup(stuck.close)
        stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        stuck.connect(("127.0.0.1", self.port))
        stuck.sendall(f"GET /api/events?token={TOKEN}&last_event_id=0 HTTP/1.1\r\n"
                      "Host: x\r\n\r\n".encode())
        harness.wait_until("it keeps a segment that was deleted", self.deleted_segments)
        harness.wait_until("it is dropped", lambda: self.errors(
            "the journal no longer keeps what was still to be read"))
        harness.wait_until("nothing that was deleted is kept", lambda: not self.deleted_segments())
        self.assertEqual(self.ask("/api/state")[0].status, 200)


if __name__ == "__main__":
    harness.main()
