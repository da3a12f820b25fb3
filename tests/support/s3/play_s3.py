#!/usr/bin/env python3
"""An S3 that verifies signatures, with one bucket: moto, in an environment of its own.

    play_s3.py PORT BUCKET REGION     prints the key's ID and its secret, then serves until it is ended

Nothing is taken without a signature by that key. The packages of requirements.txt come from PyPI,
once, into ${CALLSTREAM_CACHE:-~/.cache/callstream}.
"""

import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
CACHE = pathlib.Path(os.environ.get("CALLSTREAM_CACHE", "~/.cache/callstream")).expanduser()
SETUP_CALLS = 4  # those below; whatever comes after them must be signed


def environment():
    """The directory of the packages, fetched if these are not there yet."""
    wanted = hashlib.sha256((HERE / "requirements.txt").read_bytes()).hexdigest()[:16]
    directory = CACHE / f"s3-{wanted}"
    done = directory / "complete"
    if done.exists():
        return directory
    CACHE.mkdir(parents=True, exist_ok=True)
    # An environment knows its own path, so it cannot be renamed: `complete` says that it is one.
    subprocess.run(["/usr/bin/python3", "-m", "venv", "--clear", directory], check=True)
    subprocess.run([directory / "bin/pip", "install", "--quiet", "--disable-pip-version-check",
                    "-r", HERE / "requirements.txt"], check=True)
    done.touch()
    return directory


def serve(port, bucket, region):
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", port, verbose=False)
    server.start()
    access = {"endpoint_url": f"http://127.0.0.1:{port}", "region_name": region,
              "aws_access_key_id": "setup", "aws_secret_access_key": "setup"}
    users = boto3.client("iam", **access)
    users.create_user(UserName="callstream")
    key = users.create_access_key(UserName="callstream")["AccessKey"]
    users.put_user_policy(UserName="callstream", PolicyName="put", PolicyDocument=json.dumps(
        {"Version": "2012-10-17",
         "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}))
    boto3.client("s3", **access).create_bucket(
        Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": region})
    print(key["AccessKeyId"], key["SecretAccessKey"], flush=True)
    sys.stdin.read()


def main():
    if "CALLSTREAM_S3_INSIDE" in os.environ:
        return serve(int(sys.argv[1]), sys.argv[2], sys.argv[3])
    python = environment() / "bin/python"
    os.environ.update(CALLSTREAM_S3_INSIDE="1", INITIAL_NO_AUTH_ACTION_COUNT=str(SETUP_CALLS),
                      HOME=tempfile.gettempdir())
    os.execv(python, [str(python), __file__, *sys.argv[1:]])


if __name__ == "__main__":
    main()
