"""Small videos made for tests: every frame tells its number by its colours."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

WIDTH, HEIGHT = 64, 48


def picture(number: int, width: int = WIDTH, height: int = HEIGHT) -> NDArray[np.uint8]:
    """(H, W, 3) uint8 BGR: a bright square wanders over a ground that grows lighter."""
    pixels = np.full((height, width, 3), 40 + number * 3 % 120, np.uint8)
    left = number * 5 % (width - 12)
    pixels[8:24, left : left + 12] = (20, 220, 240)
    return pixels


def write(
    path: Path,
    pictures: Iterable[NDArray[np.uint8]],
    *,
    codec: str = "libx264",
    form: str = "yuv420p",
    times: Sequence[float] | None = None,
    rate: int = 10,
    rotated: int = 0,
    options: dict[str, str] | None = None,
    container: dict[str, str] | None = None,
) -> Path:
    """A video file of the container that its name says; times: of the frames in seconds, None: ten a second.

    rate: frames a second, as the file says. options: of the encoder; container: of the container.
    """
    unit = Fraction(1, 1000) if times else Fraction(1, 10)
    with av.open(str(path), "w", container_options=container or {}) as out:
        stream = None
        for number, pixels in enumerate(pictures):
            if stream is None:
                stream = out.add_stream(codec, rate=rate, options=options or {})
                stream.height, stream.width, stream.pix_fmt = *pixels.shape[:2], form
                stream.codec_context.time_base = unit
                stream.set_display_rotation(-rotated)
            frame = VideoFrame.from_ndarray(pixels, format="bgr24")
            frame.time_base = unit
            frame.pts = round(1000 * times[number]) if times else number
            out.mux(stream.encode(frame))
        if stream is not None:
            out.mux(stream.encode(None))
    return path
