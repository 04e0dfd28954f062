"""Alarms of clips and plant cameras against what people see: `python -m benchmarks.watch_alarms [--memory FOLDER]`.

It needs the clips in PICTURES_DIR/video, and the plant cameras' shards. Frames, one a second, go through what the watch
does with a camera's frames, but for the network's speed: verdicts by what the network sees, tracks, votes, what never
moves, and the alarm machine with the default rules. Two Markdown tables (docs/measured/watch.md):

1. the clips: `benchmarks/clip_spans.json` says when somebody is bare-headed. An alarm is right that is told within such
   a span, or up to `LATE_S` after it; a span without an alarm is missed;
2. plant cameras: the pictures of each in their order. The network sees a picture once, and it is held for `HELD_S`. An
   alarm is right at the label of a bare head, wrong at that of a helmet, and stray at none.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Final

import numpy as np

import pose
from benchmarks.folders import folder
from benchmarks.remembered import remembering
from benchmarks.still_seen import Seer, size_of
from benchmarks.still_streams import Pixels, frames_of, noisy
from benchmarks.tuning import audited
from helmet_service.alarms.machine import SeenFrame, States, step
from helmet_service.bench.outcomes import Judged, Outcome, compare, is_stray_alarm
from helmet_service.bench.scenes import scene_of
from helmet_service.cameras.camera import AlarmRules
from helmet_service.cameras.zones import helmet_zones
from helmet_service.settings import Settings
from helmet_service.verdicts.case import JudgedCase
from helmet_service.verdicts.judge import Verdict
from helmet_service.verdicts.patches import Grey
from helmet_service.verdicts.still import STILL, StillMemory, StillRules
from helmet_service.verdicts.watching import Watcher
from helmet_service.watch.judging import tracking_at
from helmet_service.watch.thumbnails import grey_thumbnail
from pose.data.shards import LabelledPicture, read_shard
from pose.estimation.model import SHIPPED
from pose.estimation.views import Views, ViewsEstimator

SPANS: Final = Path(__file__).with_name("clip_spans.json")
RATE: Final = 1.0  # frames a second
LATE_S: Final = 2.0
PLANTS: Final = ("tune-cctv", "dev-cctv")
HELD_S: Final = 30  # a picture of a plant camera
PAUSE_S: Final = 10  # without frames, before the next picture: tracks end
NOISE: Final = 2.0  # grey levels, standard deviation: of a thumbnail, which averages pixels
MEMORIES: Final = {"with": STILL, "without": replace(STILL, strong=0.0)}
"""Rules of what never moves, by name: as they are, and such that nothing is held back."""

Span = tuple[float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """A judged frame of one camera.

    at_s: when it was taken, in seconds. thumbnail: in grey, (h, w) uint8. size: the frame's width and height in pixels.
    """

    at_s: float
    judged: JudgedCase
    thumbnail: Grey
    size: tuple[int, int]


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
        print_clips(seer, pictures)
        print_plants(seer, pictures)


def seen(at_s: float, pixels: Pixels, seer: Seer) -> Frame:
    """The frame as the network sees it."""
    return Frame(at_s, seer.judge(pixels), grey_thumbnail(pixels), size_of(pixels))


def alarms(frames: Iterable[Frame], rules: StillRules = STILL) -> Iterator[tuple[Frame, Verdict]]:
    """The frames of one camera in which an alarm is told, and of whom. rules: of what never moves."""
    watcher, memory = Watcher(tracking=tracking_at(RATE)), StillMemory(rules)
    states: States = {}
    for frame in frames:
        watched = watcher.step(frame.judged, frame.at_s)
        still = memory.step(watched, frame.thumbnail, frame.size)
        people = list(zip(watched.voted, watched.judged.judgement.people, strict=True))
        bare = {
            (voted.track, zone.name): voted.confidence or 0.0
            for voted, verdict in people
            if voted.status == "no_helmet" and voted.track not in still
            for zone in helmet_zones((), verdict, *frame.size)
        }
        states, changes = step(states, SeenFrame(frame.at_s, bare, watcher.remembered), AlarmRules())
        told = {change.track for change in changes if change.kind == "alarm_on"}
        yield from ((frame, verdict) for voted, verdict in people if voted.track in told)


def print_clips(seer: Seer, pictures: Path) -> None:
    """The alarms of each clip."""
    print("| clip | seconds | spans | alarms right | false | spans missed | seconds to the alarm, median, most |")
    print("|---|---|---|---|---|---|---|")
    for name, spans in json.loads(SPANS.read_text()).items():
        if name != "sources":
            _print_clip(name, spans, [seen(*each, seer) for each in frames_of(pictures / "video" / name, RATE)])


def _print_clip(name: str, spans: Sequence[Span], frames: Sequence[Frame]) -> None:
    compared = compare_spans([frame.at_s for frame, _ in alarms(frames)], spans)
    delays = f"{np.median(compared.delays):.1f}, {max(compared.delays):.1f}" if compared.delays else "–"
    counts = f"{len(spans)} | {compared.right} | {compared.false} | {compared.missed}"
    print(f"| {name} | {frames[-1].at_s:.0f} | {counts} | {delays} |", flush=True)


def compare_spans(told: Sequence[float], spans: Sequence[Span]) -> Compared:
    """Alarms against spans."""
    of_spans = [[at_s for at_s in told if begin <= at_s <= end + LATE_S] for begin, end in spans]
    right = sum(map(len, of_spans))
    delays = [min(of_span) - begin for of_span, (begin, _) in zip(of_spans, spans, strict=True) if of_span]
    return Compared(right, len(told) - right, sum(not of_span for of_span in of_spans), delays)


def print_plants(seer: Seer, pictures: Path) -> None:
    """The alarms of each shard of plant cameras, with and without the memory of what never moves."""
    print("\n| shard | memory | cameras | frames | hours | right | missed | wrong | stray | wrong and stray an hour |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for shard in PLANTS:
        shown = sorted(audited(read_shard(pictures / f"{shard}.tar")), key=lambda each: each.name)
        cameras = [
            [_shown(picture, place, seer) for place, picture in enumerate(camera)]
            for _, camera in groupby(shown, key=lambda each: each.name[:7])
        ]
        for name, rules in MEMORIES.items():
            _print_plant(f"{shard} | {name}", cameras, rules)


def _shown(picture: LabelledPicture, place: int, seer: Seer) -> tuple[Frame, Judged]:
    """The first frame of a picture, and its verdicts beside its labels. place: among those of its camera."""
    frame = seen(place * (HELD_S + PAUSE_S), picture.pixels, seer)
    return frame, compare(scene_of(picture), frame.judged)


def _print_plant(name: str, cameras: Sequence[Sequence[tuple[Frame, Judged]]], rules: StillRules) -> None:
    told = Counter(kind for camera in cameras for kind in _kinds(camera, rules))
    judged = [each for camera in cameras for _, each in camera]
    missed = sum(label.truth == "no_helmet" for each in judged for label in each.labels) - told["right"]
    hours = len(judged) * HELD_S / 3600
    counts = f"{told['right']} | {missed} | {told['wrong']} | {told['stray']}"
    rate = (told["wrong"] + told["stray"]) / hours
    print(f"| {name} | {len(cameras)} | {len(judged)} | {hours:.2f} | {counts} | {rate:.1f} |", flush=True)


def _kinds(camera: Sequence[tuple[Frame, Judged]], rules: StillRules) -> Iterator[str]:
    """Of each alarm of a camera whose pictures are held."""
    outcomes = [outcome for _, judged in camera for outcome in judged.outcomes]
    for _, verdict in alarms(_held([frame for frame, _ in camera]), rules):
        yield from (_kind(each) for each in outcomes if each.verdict is verdict)


def _kind(outcome: Outcome) -> str:
    if outcome.truth is None:
        return "stray" if is_stray_alarm(outcome) else "small"
    return "right" if outcome.right else "wrong"


def _held(frames: Sequence[Frame]) -> Iterator[Frame]:
    """Each frame, once a second, with noise of its own."""
    seconds = [replace(frame, at_s=frame.at_s + second) for frame in frames for second in range(HELD_S)]
    thumbnails = noisy((each.thumbnail for each in seconds), NOISE)
    return (replace(each, thumbnail=thumbnail) for each, thumbnail in zip(seconds, thumbnails, strict=True))


if __name__ == "__main__":
    main()
