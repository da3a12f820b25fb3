"""The recorded AMI streams of tests/data/asterisk."""

import pathlib
import shutil
import subprocess

from harness import ROOT

CAPTURES = ROOT / "tests/data/asterisk"


def plain_capture(name, directory):
    """The path of tests/data/asterisk/NAME.ami, decompressed where it is stored so."""
    plain = CAPTURES / f"{name}.ami"
    if plain.exists():
        return plain
    target = pathlib.Path(directory) / f"{name}.ami"
    if not target.exists():
        with open(target, "wb") as out:
            subprocess.run(["zstd", "-dcq", f"{plain}.zst"], stdout=out, check=True)
        segments = CAPTURES / f"{name}.segments.jsonl"
        if segments.exists():
            shutil.copy(segments, target.with_name(segments.name))
    return target


def capture_names(version=""):
    """Captures of one Asterisk: "" for 23.4.1, "ast18", "ast14"."""
    names = set()
    for path in CAPTURES.glob("*.ami*"):
        name = path.name.removesuffix(".zst").removesuffix(".ami")
        suffix = name.partition(".")[2]
        if suffix == version:
            names.add(name)
    return sorted(names)
