"""Alarms of the clips against what people see in them: `python -m benchmarks.watch_alarms [--memory FOLDER]`.

It needs the clips in PICTURES_DIR/video. Their frames, one a second, go through what the watch does with a camera's
frames, but for the network's speed: verdicts by what the network sees, tracks, votes, what never moves, and the alarm
machine with the default rules. `benchmarks/clip_spans.json` says when somebody is bare-headed in a clip. An alarm is
right that is told within such a span, or up to `LATE_S` after it; a span without an alarm is missed.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

import pose
from benchmarks.folders import folder
from benchmarks.remembered import remembering
from benchmarks.still_seen import Seer, size_of
from benchmarks.still_streams import Pixels, frames_of
from helmet_service.alarms.machine import SeenFrame, States, step
from helmet_service.cameras.camera import AlarmRules
from helmet_service.settings import Settings
from helmet_service.verdicts.still import StillMemory
from helmet_service.verdicts.watching import Watcher
from helmet_service.watch.judging import tracking_at
from helmet_service.watch.thumbnails import grey_thumbnail
from pose.estimation.model import SHIPPED
from pose.estimation.views import Views, ViewsEstimator

SPANS: Final = Path(__file__).with_name("clip_spans.json")
RATE: Final = 1.0  # frames a second
LATE_S: Final = 2.0

Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Compared:
    """Alarms of a clip: those that are right and false, spans without one, and seconds from spans to first alarms."""

    right: int
    false: int
    missed: int
    delays: Sequence[float]


def main() -> None:
    """Print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--memory", type=Path, help="keeps what the network saw (default: nothing is kept)")
    memory = parser.parse_args().memory
    pictures = folder("PICTURES_DIR")
    if pictures is None:
        return
    with tempfile.TemporaryDirectory() as unkept:
        estimator = remembering(pose.load(SHIPPED, threads=2), memory or Path(unkept))
        seer = Seer(ViewsEstimator(estimator, Views(squares=Settings().squares())))
        print("| clip | seconds | spans | alarms right | false | spans missed | seconds to the alarm, median, most |")
        print("|---|---|---|---|---|---|---|")
        for name, spans in json.loads(SPANS.read_text()).items():
            if name != "sources":
                _print_clip(name, spans, frames_of(pictures / "video" / name, RATE), seer)


def _print_clip(name: str, spans: Sequence[Span], frames: Sequence[tuple[float, Pixels]], seer: Seer) -> None:
    compared = compare(list(alarms(frames, seer)), spans)
    delays = f"{np.median(compared.delays):.1f}, {max(compared.delays):.1f}" if compared.delays else "–"
    counts = f"{len(spans)} | {compared.right} | {compared.false} | {compared.missed}"
    print(f"| {name} | {frames[-1][0]:.0f} | {counts} | {delays} |", flush=True)


def alarms(frames: Iterable[tuple[float, Pixels]], seer: Seer) -> Iterator[float]:
    """When an alarm is told, in seconds of the clip."""
    watcher, memory = Watcher(tracking=tracking_at(RATE)), StillMemory()
    states: States = {}
    for at_s, pixels in frames:
        watched = watcher.step(seer.judge(pixels), at_s)
        still = memory.step(watched, grey_thumbnail(pixels), size_of(pixels))
        bare = {
            (each.track, ""): each.confidence or 0.0
            for each in watched.voted
            if each.status == "no_helmet" and each.track not in still
        }
        states, changes = step(states, SeenFrame(at_s, bare, watcher.remembered), AlarmRules())
        yield from (at_s for change in changes if change.kind == "alarm_on")


def compare(told: Sequence[float], spans: Sequence[Span]) -> Compared:
    """Alarms against spans."""
    of_spans = [[at_s for at_s in told if begin <= at_s <= end + LATE_S] for begin, end in spans]
    right = sum(map(len, of_spans))
    delays = [min(of_span) - begin for of_span, (begin, _) in zip(of_spans, spans, strict=True) if of_span]
    return Compared(right, len(told) - right, sum(not of_span for of_span in of_spans), delays)


if __name__ == "__main__":
    main()
