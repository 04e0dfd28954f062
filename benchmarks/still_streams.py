"""Made hours of a camera from real pictures: held, with a sensor's noise, compressed; somebody stands there.

Everything is seeded.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from pose.video.reading import MOST_PIXELS, open_video

Pixels = NDArray[np.uint8]

KBIT: Final = 800  # a second, of a camera that sends `FRAMES` a second: a low rate for 1280x704
FRAMES: Final = 10
NOISE: Final = 4.0  # grey levels, standard deviation: a camera indoors
_GRAIN: Final = 1 << 23


def held(pixels: Pixels, frames: int, noise: float = NOISE, kbit: int = KBIT, seed: int = 0) -> list[Pixels]:
    """One picture for so many frames, each with noise of its own, as a camera's stream brings them."""
    return list(compressed(noisy([pixels] * frames, noise, seed), kbit))


def noisy(frames: Iterable[Pixels], noise: float = NOISE, seed: int = 0) -> Iterator[Pixels]:
    """Each frame with noise of its own."""
    random = np.random.default_rng(seed)
    grain = random.normal(0, noise, _GRAIN).astype(np.float32)
    for pixels in frames:
        start = random.integers(0, _GRAIN - pixels.size)
        yield np.clip(pixels + grain[start : start + pixels.size].reshape(pixels.shape), 0, 255).astype(np.uint8)


def compressed(frames: Iterable[Pixels], kbit: int = KBIT) -> Iterator[Pixels]:
    """The frames after H.264 at so many kbit a second; sides are cut to even numbers."""
    file = io.BytesIO()
    with av.open(file, "w", format="matroska") as written:
        stream = None
        for pixels in frames:
            height, width = (side // 2 * 2 for side in pixels.shape[:2])
            if stream is None:
                stream = written.add_stream("libx264", rate=FRAMES, options={"preset": "veryfast"})
                stream.width, stream.height, stream.pix_fmt, stream.bit_rate = width, height, "yuv420p", 1000 * kbit
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels[:height, :width]), format="bgr24")
            written.mux(stream.encode(frame))
        if stream is not None:
            written.mux(stream.encode())
    file.seek(0)
    with av.open(file, "r") as read:
        for frame in read.decode(video=0):
            yield frame.to_ndarray(format="bgr24").astype(np.uint8, copy=False)


def frames_of(clip: Path, rate: float = 1.0, from_s: float = 0.0, to_s: float = 1e9) -> list[tuple[float, Pixels]]:
    """The frames of a part of a clip, so many a second, each with its time in seconds."""
    with open_video(clip, MOST_PIXELS) as video:
        taken: list[tuple[float, Pixels]] = []
        for frame in video.frames():
            due = from_s + len(taken) / rate
            if frame.at_s >= to_s:
                break
            if frame.at_s >= due - 1e-6:
                taken.append((frame.at_s, frame.pixels.copy()))
    return taken


def to_and_fro(count: int, frames: int) -> list[int]:
    """Places in a list of `count`: there and back again, without a jump, for so many frames."""
    turn = [*range(count), *range(count - 2, 0, -1)]
    return [turn[number % len(turn)] for number in range(frames)]


def pasted(ground: Pixels, person: Pixels, middle: float, top: float) -> Pixels:
    """The person, a cut-out whose edges fade, on the ground; middle, top: of the cut-out, in pixels."""
    height, width = person.shape[:2]
    left, upper = round(middle - width / 2), round(top)
    rows = slice(max(upper, 0), min(upper + height, ground.shape[0]))
    columns = slice(max(left, 0), min(left + width, ground.shape[1]))
    if rows.stop <= rows.start or columns.stop <= columns.start:
        return ground
    shown = (slice(rows.start - upper, rows.stop - upper), slice(columns.start - left, columns.stop - left))
    fade = _fading(height, width)[shown][..., None]
    pixels = ground.copy()
    pixels[rows, columns] = (fade * person[shown] + (1 - fade) * ground[rows, columns]).astype(np.uint8)
    return pixels


def _fading(height: int, width: int) -> NDArray[np.float64]:
    """1 inside, 0 at the edges."""
    across, down = (np.minimum(np.arange(n) + 1, n - np.arange(n)) / max(1, n // 10) for n in (width, height))
    fade: NDArray[np.float64] = np.minimum(np.minimum(down[:, None], across[None]), 1)
    return fade


def scaled(frames: Sequence[Pixels], share: float) -> list[Pixels]:
    """Smaller pictures."""
    return [
        cv2.resize(each, None, fx=share, fy=share, interpolation=cv2.INTER_AREA).astype(np.uint8) for each in frames
    ]
