"""Fuzzing of picture decoding with atheris, which follows what code the bytes reach; by hand, on Python 3.11:

python -m tests.fuzz.pictures --minutes 10

The seeds are small files of every kind and mutations of them. What breaks decoding is printed and kept beside the
corpus, whose folder is printed first.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from pose.pictures.decoding import decode
from pose.pictures.headers import PictureError
from samples.demo import ROOT
from tests.fuzz.picture_files import mutated, picture_files

PIXELS = 1_000_000
LONGEST_FILE = 20_000
_MEMORY_MB = 1_000
_SECONDS = 5


def decode_or_refuse(data):
    """What `decode` refuses the bytes with, None when it makes a picture of them; anything else is raised."""
    try:
        picture = decode(data, PIXELS)
    except PictureError as refusal:
        return refusal
    height, width, channels = picture.pixels.shape
    assert height * width <= PIXELS
    assert channels == 3
    assert picture.pixels.flags.c_contiguous
    return None


def main():
    """Fuzz for some minutes; returns the exit status, not 0 when something was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    seconds = round(60 * parser.parse_args().minutes)
    corpus = Path(tempfile.mkdtemp(prefix="helmet-service-pictures-"))
    files = picture_files()
    for number, data in enumerate([*files, *(mutated(files, seed) for seed in range(500))]):
        (corpus / f"seed-{number:03}").write_bytes(data[:LONGEST_FILE])
    print(f"corpus: {corpus}")
    limits = [f"-max_len={LONGEST_FILE}", f"-rss_limit_mb={_MEMORY_MB}", f"-timeout={_SECONDS}"]
    options = [f"-max_total_time={seconds}", f"-artifact_prefix={corpus}-found-", *limits, str(corpus)]
    return subprocess.run([sys.executable, "-m", "tests.fuzz.atheris_pictures", *options], cwd=ROOT).returncode


if __name__ == "__main__":
    sys.exit(main())
