"""How many cameras a machine carries: `python -m benchmarks.watch_load [--seconds 20]` (needs GStreamer's RTSP server).

It runs `python -m helmet_service watch` with more and more cameras that all read one RTSP stream: 25 frames a second of
H.264 with a key frame each second, people of `samples/` who walk over a background. A Markdown table has, by the
stream's height, the rate and `INPUT_HEIGHT`, how many cameras kept 95 % of their rate with a delay of less than two
seconds from a frame's arrival to its verdicts, and what those cost. The RTSP server takes its share of the cores.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

from benchmarks.camera_decoding import as_a_camera
from benchmarks.running_watch import RunningWatch, until, watching
from benchmarks.video import walk
from helmet_service.cameras.watch_folder import CameraState
from tests.rtsp import RtspServer

TRIED: Final = (  # height of the stream, judged frames a second of each camera, INPUT_HEIGHT
    (720, 1.0, 384),
    (720, 0.5, 384),
    (720, 2.0, 384),
    (1080, 1.0, 384),
    (720, 1.0, 512),
)
WIDTHS: Final = {720: 1280, 1080: 1920}
FRAMES_A_SECOND: Final = (2, 4, 6, 8, 10, 12, 16, 20)  # of all cameras together
VIDEO_S: Final = 20
KEPT: Final = 0.95  # of the rate
MOST_DELAY_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class Load:
    """What so many cameras came to.

    judged: of the frames that their rates want, the worst camera's share; the last one may not have been due yet.
    delay_s: the longest that was seen. cores: that the watch took.
    """

    cameras: int
    judged: float
    delay_s: float
    cores: float

    @property
    def is_carried(self) -> bool:
        """Whether the machine carries them."""
        return self.judged >= KEPT and self.delay_s < MOST_DELAY_S


def main() -> None:
    """Print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20, help="that each load is measured (default: 20)")
    seconds = parser.parse_args().seconds
    print("| stream | frames a second | INPUT_HEIGHT | cameras | cores | longest delay s | one step more |")
    print("|---|---|---|---|---|---|---|")
    for height, rate, input_height in TRIED:
        with tempfile.TemporaryDirectory() as folder:
            walked = walk(Path(folder) / "walk.mp4", WIDTHS[height], height, VIDEO_S)
            with _served(as_a_camera(walked, Path(folder) / "camera.mp4", 1)) as address:
                carried, more = _most(address, rate, input_height, seconds)
        print(f"| {WIDTHS[height]}x{height} | {rate:g} | {input_height} | {_told(carried, more)} |", flush=True)


def _told(carried: Load | None, more: Load | None) -> str:
    further = f"{more.cameras}: {100 * more.judged:.0f} %, {more.delay_s:.1f} s" if more else "not tried"
    if carried is None:
        return f"none | | | {further}"
    return f"{carried.cameras} | {carried.cores:.2f} | {carried.delay_s:.1f} | {further}"


def _most(address: str, rate: float, input_height: int, seconds: float) -> tuple[Load | None, Load | None]:
    """The largest load that is carried, and the next one, which is not."""
    carried = None
    for frames in FRAMES_A_SECOND:
        count = round(frames / rate)
        load = _load(address, count, rate, input_height, seconds)
        if not load.is_carried:
            return carried, load
        carried = load
    return carried, None


def _load(address: str, count: int, rate: float, input_height: int, seconds: float) -> Load:
    names = [f"camera-{number}" for number in range(count)]
    site = {"cameras": [{"id": name, "source": address, "rate": rate} for name in names]}
    with tempfile.TemporaryDirectory() as folder:
        watch = RunningWatch(Path(folder), site, {"INPUT_HEIGHT": str(input_height)})
        with watching(watch):
            until(lambda: len([state for state in _states(watch, names) if state.judged >= 3]) == count)
            before, began_s, cpu_s = _judged(watch, names), time.monotonic(), _cpu_s(watch)
            delays = []
            while time.monotonic() < began_s + seconds:
                delays += [state.delay_s or 0.0 for state in _states(watch, names)]
                time.sleep(0.5)
            took_s = time.monotonic() - began_s
            judged = [after - former for after, former in zip(_judged(watch, names), before, strict=True)]
            return Load(count, (min(judged) + 1) / (took_s * rate), max(delays), (_cpu_s(watch) - cpu_s) / took_s)


def _states(watch: RunningWatch, names: list[str]) -> list[CameraState]:
    return [state for name in names if (state := watch.watched.state(name))]


def _judged(watch: RunningWatch, names: list[str]) -> list[int]:
    return [state.judged for state in _states(watch, names)]


def _cpu_s(watch: RunningWatch) -> float:
    times = psutil.Process(watch.process.pid if watch.process else None).cpu_times()
    return float(times.user + times.system)


@contextmanager
def _served(video: Path) -> Iterator[str]:
    server = RtspServer(video)
    server.start()
    try:
        yield server.address
    finally:
        server.kill()


if __name__ == "__main__":
    main()
