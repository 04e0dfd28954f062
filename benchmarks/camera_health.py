"""What the watch says of cameras that are well, and of those that are not: `python -m benchmarks.camera_health`.

It reads frames of plant cameras, hours apart by day and night, in the order of their names, from the archives
tune-cctv, dev-cctv and train-cctv in PICTURES_DIR, and the clips of its folder `video`. Each frame is shown for two
minutes at one frame in ten seconds, with a little noise, as a live camera has it. One camera of the archives was really
turned once (cctv-18). The table says how often `black`, `frozen` and `turned` were told; what was done to frames was
not done to those of that camera.
"""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.folders import folder
from helmet_service.watch.frame_source import SourceState
from helmet_service.watch.health import Health
from pose.data.shards import read_shard
from pose.video.reading import MOST_PIXELS, open_video

Pixels = NDArray[np.uint8]

SHARDS: Final = ("tune-cctv", "dev-cctv", "train-cctv")
WIDE: Final = 1.6  # width to height of a whole frame; the others of train-cctv are cut out of frames
SHOWN: Final = 12  # times
STEP_S: Final = 10.0
MINUTE: Final = 6  # steps
TURNED: Final = "cctv-18"
LIVE: Final = SourceState("live", None, 1, 0)
RNG: Final = np.random.default_rng(0)


class Watched:
    """A camera's health on a clock of its own."""

    def __init__(self) -> None:
        self.health, self.at_s = Health(1 / STEP_S), 0.0

    def show(self, pixels: Pixels, times: int = SHOWN) -> str | None:
        """The last trouble that was told while a frame was shown."""
        told = None
        for _ in range(times):
            self.at_s += STEP_S
            told = self.health.step(_noisy(pixels), self.at_s, LIVE) or told
        return told


def main() -> None:
    """Print a Markdown table."""
    pictures = folder("PICTURES_DIR")
    if pictures is None:
        return
    cameras = {name: frames for name, frames in _cameras(pictures).items() if len(frames) > 1}
    usual = {name: Watched() for name in cameras}
    print("| shown | of | told |\n|---|---|---|")
    turned = {TURNED: cameras.pop(TURNED)}
    _print("the next frame of the same camera", (usual[name].show(frame) for name, frame in _each(cameras)))
    _print("the next frame of the camera that was turned", (usual[TURNED].show(frame) for _, frame in _each(turned)))
    others = ((usual[one], _any(cameras[other])) for one in cameras for other in cameras if one != other)
    _print("a frame of another camera", (copy.deepcopy(one).show(frame) for one, frame in others))
    for words, changed, times in CHANGES:
        last = {name: frames[-5:] for name, frames in cameras.items()}
        shown = ((usual[name], changed(frame, cameras)) for name, frame in _each(last))
        _print(words, (copy.deepcopy(one).show(frame, times) for one, frame in shown))
    _print("turned by a third of the view", (_panned(frames) for frames in cameras.values()))
    for clip in sorted((pictures / "video").glob("*.*")):
        if clip.suffix in {".avi", ".mp4"}:
            _print(f"{clip.name}, a frame a second", _clip(clip))


def _each(cameras: Mapping[str, list[Pixels]]) -> Iterator[tuple[str, Pixels]]:
    return ((name, frame) for name, frames in cameras.items() for frame in frames)


def _cameras(pictures: Path) -> dict[str, list[Pixels]]:
    """The whole frames of each camera in the order of their names."""
    found: dict[str, dict[str, Pixels]] = defaultdict(dict)
    for shard in SHARDS:
        for picture in read_shard(pictures / f"{shard}.tar"):
            height, width = picture.pixels.shape[:2]
            if width > WIDE * height:
                found["-".join(picture.name.split("-")[:2])][picture.name] = cv2.resize(picture.pixels, (512, 288))
    return {camera: [frames[name] for name in sorted(frames)] for camera, frames in found.items()}


def _noisy(pixels: Pixels) -> Pixels:
    return cv2.add(pixels, RNG.integers(0, 3, pixels.shape, np.uint8)).astype(np.uint8, copy=False)


def _any(frames: list[Pixels]) -> Pixels:
    return frames[RNG.integers(len(frames))]


def _truck(frame: Pixels, cameras: Mapping[str, list[Pixels]]) -> Pixels:
    """Half of the frame is hidden by a piece of another camera's."""
    hidden = frame.copy()
    other = _any(list(cameras.values())[RNG.integers(len(cameras))])
    half = frame.shape[1] // 2
    left = int(RNG.integers(half))
    hidden[:, left : left + half] = other[:, left : left + half]
    return hidden


def _night(frame: Pixels, _: object) -> Pixels:
    """An eighth of the light, without colours, and with noise."""
    grey = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)[..., None] / 8.0
    return np.clip(grey + RNG.normal(0, 4, frame.shape), 0, 255).astype(np.uint8)


def _defocused(frame: Pixels, _: object) -> Pixels:
    return cv2.GaussianBlur(frame, (0, 0), frame.shape[1] / 30).astype(np.uint8, copy=False)


def _covered(frame: Pixels, _: object) -> Pixels:
    return np.clip(RNG.normal(12, 4, frame.shape), 0, 255).astype(np.uint8)


CHANGES: Final[tuple[tuple[str, Callable[[Pixels, Mapping[str, list[Pixels]]], Pixels], int], ...]] = (
    ("half of a frame hidden for a minute", _truck, MINUTE),
    ("a frame with an eighth of the light, grey", _night, SHOWN),
    ("a defocused frame", _defocused, SHOWN),
    ("a covered lens", _covered, SHOWN),
)


def _panned(frames: list[Pixels]) -> str | None:
    """Seen through a window of three quarters of the picture's width, which then moves by a quarter."""
    quarter, watched = frames[0].shape[1] // 4, Watched()
    for frame in frames[:-1]:
        watched.show(frame[:, : 3 * quarter], 4)
    return watched.show(frames[-1][:, quarter : 4 * quarter])


def _clip(path: Path) -> Iterable[str | None]:
    health, due_s = Health(1.0), 0.0
    with open_video(path, MOST_PIXELS) as video:
        for frame in video.frames():
            if frame.at_s >= due_s:
                due_s += 1.0
                yield health.step(frame.pixels, frame.at_s, LIVE)


def _print(shown: str, told: Iterable[str | None]) -> None:
    counts: dict[str, int] = defaultdict(int)
    for each in told:
        counts[each or "nothing"] += 1
    words = ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))
    print(f"| {shown} | {sum(counts.values())} | {words} |", flush=True)


if __name__ == "__main__":
    main()
