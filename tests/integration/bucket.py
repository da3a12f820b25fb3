"""An S3-compatible bucket that takes nothing without a right signature; see tests/support/s3."""

import datetime
import hashlib
import hmac
import subprocess
import sys
import urllib.error
import urllib.request

import harness
from harness import ROOT, free_port, wait_until

PLAY_S3 = ROOT / "tests/support/s3/play_s3.py"
FETCH_PATIENCE_S = 300  # its packages, the first time


class Bucket(harness.Process):
    name = "sounds"
    region = "eu-central-1"

    def __init__(self, directory):
        self.port = free_port()
        with open(directory / "bucket.out", "wb") as out, \
                open(directory / "bucket.err", "wb") as err:
            self.popen = subprocess.Popen(
                [sys.executable, PLAY_S3, str(self.port), self.name, self.region],
                stdin=subprocess.PIPE, stdout=out, stderr=err)
        self.stdout_path, self.stderr_path = directory / "bucket.out", directory / "bucket.err"
        wait_until("the bucket", lambda: self.stdout().endswith("\n") or not self.running(),
                   FETCH_PATIENCE_S)
        assert self.running(), self.stderr()
        self.access_key, self.secret_key = self.stdout().split()

    def endpoint(self):
        return f"http://127.0.0.1:{self.port}"

    def options(self, secret_key=None, name=None):
        return f'''[pbx.hq.recordings.bucket]
endpoint = "{self.endpoint()}"
name = "{name or self.name}"
region = "{self.region}"
access_key = "{self.access_key}"
secret_key = "{secret_key or self.secret_key}"
'''

    def kill(self):
        self.popen.stdin.close()
        return super().kill()

    def read(self, key):
        """An object's bytes; None: there is none. Signed by this file's own hand."""
        time = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        nothing = hashlib.sha256(b"").hexdigest()
        signed = "host;x-amz-content-sha256;x-amz-date"
        path = f"/{self.name}/{key}"
        canonical = "\n".join(["GET", path, "", f"host:127.0.0.1:{self.port}",
                               f"x-amz-content-sha256:{nothing}", f"x-amz-date:{time}", "", signed,
                               nothing])
        scope = f"{time[:8]}/{self.region}/s3/aws4_request"
        text = "\n".join(["AWS4-HMAC-SHA256", time, scope,
                          hashlib.sha256(canonical.encode()).hexdigest()])
        key_bytes = ("AWS4" + self.secret_key).encode()
        for part in (time[:8], self.region, "s3", "aws4_request", text):
            key_bytes = hmac.new(key_bytes, part.encode(), hashlib.sha256).digest()
        request = urllib.request.Request(self.endpoint() + path, headers={
            "x-amz-date": time, "x-amz-content-sha256": nothing,
            "Authorization": f"AWS4-HMAC-SHA256 Credential={self.access_key}/{scope}, "
                             f"SignedHeaders={signed}, Signature={key_bytes.hex()}"})
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.read()
        except urllib.error.HTTPError as refused:
            if refused.code == 404:
                return None
            raise
