"""What reading a camera costs, by its height: `python -m benchmarks.camera_decoding`.

It makes videos of 25 frames a second, people of `samples/` who walk over a background, with the noise of a camera and
in H.264 as cameras send it: no B frames, 2 bits a pixel and second, a key frame each second or each two seconds. One
frame a second is taken of each, as the watch does it. The table says which share of one core that takes, and which it
takes where every frame is decoded.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
import numpy as np
from av.video.frame import VideoFrame

from benchmarks.video import RATE, SIZES, walk
from pose.video.sampling import Sampler

JUDGED_A_SECOND: Final = 1.0
KEY_FRAMES_S: Final = (1, 2)
BITS: Final = 2.0  # a pixel and second: 1.8 Mbit/s at 1280x720, 4.1 Mbit/s at 1920x1080
NOISE: Final = 3.0  # grey levels
NOISES: Final = 7  # pictures of noise, over and over


def main() -> None:
    """Print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=30, help="of each video (default: 30)")
    seconds = parser.parse_args().seconds
    print("| stream | a key frame each | % of a core, as read | % of a core, all decoded |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for width, height in SIZES:
            walked = walk(Path(folder) / f"{height}.mp4", width, height, seconds)
            for key_s in KEY_FRAMES_S:
                video = as_a_camera(walked, Path(folder) / "camera.mp4", key_s)
                as_read, all_decoded = (100 * _cpu_s(video, rate) / seconds for rate in (JUDGED_A_SECOND, RATE))
                print(f"| {width}x{height} | {key_s} s | {as_read:.1f} | {all_decoded:.1f} |", flush=True)


def as_a_camera(video: Path, path: Path, key_s: int) -> Path:
    """The same video, as a camera codes it."""
    options = {"g": str(key_s * RATE), "bf": "0", "sc_threshold": "0", "preset": "veryfast"}
    with av.open(str(video)) as read, av.open(str(path), "w") as written:
        stream = written.add_stream("libx264", rate=RATE, options=options)
        stream.width, stream.height = read.streams.video[0].width, read.streams.video[0].height
        stream.bit_rate = int(BITS * stream.width * stream.height)
        rng = np.random.default_rng(0)
        noises = [rng.normal(0, NOISE, (stream.height, stream.width, 3)).astype(np.int16) for _ in range(NOISES)]
        for number, frame in enumerate(read.decode(video=0)):
            noisy = frame.to_ndarray(format="bgr24") + noises[number % NOISES]
            coded = VideoFrame.from_ndarray(np.clip(noisy, 0, 255).astype(np.uint8), format="bgr24")
            coded.pts, coded.time_base = number, Fraction(1, RATE)
            written.mux(stream.encode(coded))
        written.mux(stream.encode(None))
    return path


def _cpu_s(video: Path, rate: float) -> float:
    """CPU time to read a video of which so many frames a second are decoded, and one a second is taken."""
    taken_s, began = -1.0, time.process_time()
    with av.open(str(video)) as container:
        sampler = Sampler(container.streams.video[0], rate)
        for number, packet in enumerate(packet for packet in container.demux(video=0) if packet.size):
            pixels = sampler.step(packet, number / RATE)
            if pixels and number / RATE >= taken_s + 1 / JUDGED_A_SECOND:
                taken_s = number / RATE
                pixels()
    return time.process_time() - began


if __name__ == "__main__":
    main()
