"""`python -m samples.site_video OUT.mp4`: a video as of a camera over `site_far.jpg`, to try cameras.yaml without one.

The camera sways by some pixels, as on a pole in the wind, and its sensor is noisy; the video can be played in a loop.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

import numpy as np

from pose.video.writing import VideoWriter
from samples.watched_site import pixels_of

SECONDS: Final = 10
RATE: Final = 10  # frames a second
SWAY: Final = 6  # pixels to either side
NOISE: Final = 2.0  # grey levels, as of a camera by day


def main() -> None:
    """Read the command's arguments."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="MP4 with H.264 video")
    write(parser.parse_args().out)


def write(out: Path) -> None:
    """Write the video."""
    site = pixels_of("site_far.jpg", (0, 0, 1280, 720))
    random, count = np.random.default_rng(0), SECONDS * RATE
    height, width = site.shape[0], site.shape[1] - 2 * SWAY
    with VideoWriter(out, width, height) as writer:
        for frame in range(count):
            left = round(SWAY * (1 + np.sin(2 * np.pi * frame / count)))
            noisy = site[:, left : left + width] + random.normal(0, NOISE, (height, width, 1))
            writer.write(np.clip(noisy, 0, 255).astype(np.uint8), frame / RATE)


if __name__ == "__main__":
    main()
