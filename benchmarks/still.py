"""What never moves, measured: `python -m benchmarks.still [--confirm] [--table N]`.

It needs the plant cameras' shards and the clips in PICTURES_DIR/video. Four Markdown tables (docs/measured/still.md):

1. how alike a head's patch is to itself later: of pictures that are held, with noise and compressed, and of people who
   stand still in a clip;
2. plant cameras: the pictures of each in their order, a minute apart; those with a ghost are held for 24 minutes;
3. the clips at one frame a second, played to and fro for 40 minutes;
4. somebody who stands before a place where nobody was, or of which an operator said that nobody is there.

In the first three everybody counts as bare, at once, so that heads are held back or alarm. `--confirm`: dev-cctv in the
second, in place of tune-cctv and train-cctv.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Final

import numpy as np
from tqdm import tqdm

import pose
from benchmarks.folders import folder
from benchmarks.still_seen import NOBODY, RULES, Seer, as_bare, size_of
from benchmarks.still_streams import Pixels, frames_of, held, to_and_fro
from benchmarks.still_visits import print_standing
from benchmarks.tuning import audited
from helmet_service.bench.outcomes import compare
from helmet_service.bench.scenes import labels_every_head, scene_of
from helmet_service.settings import Settings
from helmet_service.verdicts.boxes import Box
from helmet_service.verdicts.case import JudgedCase
from helmet_service.verdicts.patches import around, correlations, cut
from helmet_service.verdicts.still import STILL, StillMemory, head_box
from helmet_service.verdicts.watching import Watched, Watcher
from helmet_service.watch.thumbnails import grey_thumbnail
from pose.data.shards import LabelledPicture, read_shard
from pose.estimation.model import SHIPPED
from pose.estimation.views import Views, ViewsEstimator

MINUTES: Final = 24  # that a picture is held: longer than the snapshots of a memory take
JUDGED: Final = (2, 4, 21, 22, 23)  # minutes of these
OTHERS: Final = 8  # made frames for all other minutes, one after the other
EARLY: Final = 5  # the minutes before this one come before anything can be learned from the picture itself
CLIPS: Final = (
    "one-by-one-person-detection.mp4",
    "vtest_480x360_reencoded.avi",
    "drill_rig_workers_portrait.mp4",
    "worker-zone_preview.avi",
)
LAGS: Final = (1, 5, 10, 20)  # seconds; nobody in the clips stands for longer
TO_AND_FRO_S: Final = 2400


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--confirm", action="store_true", help="measure dev-cctv")
    parser.add_argument("--table", type=int, action="append", choices=(1, 2, 3, 4), help="only this one (default: all)")
    options = parser.parse_args()
    pictures = folder("PICTURES_DIR")
    if pictures is None:
        return
    seer = Seer(ViewsEstimator(pose.load(SHIPPED, threads=2), Views(squares=Settings().squares())))
    shards = ("dev-cctv",) if options.confirm else ("tune-cctv", "train-cctv")
    for table in options.table or (1, 2, 3, 4):
        if table == 1:
            print_likenesses(seer, pictures)
        elif table == 2:
            print_plants(seer, pictures, shards)
        elif table == 3:
            print_clips(seer, pictures)
        else:
            print_standing(seer, pictures)


def heads_of(judged: JudgedCase, pixels: Pixels) -> list[Box]:
    """In shares of the picture."""
    return [
        head_box(each.head.x, each.head.y, each.head.size, size_of(pixels))
        for each in judged.judgement.people
        if each.head
    ]


def print_likenesses(seer: Seer, pictures: Path) -> None:
    """The correlations of patches with themselves, later."""
    print("| patches of heads | pairs | 1st percentile | 5th | median | the same % |\n|---|---|---|---|---|---|")
    frames = list(read_shard(pictures / "tune-cctv.tar"))[::3]
    boxes = [heads_of(seer.judge(each.pixels), each.pixels) for each in tqdm(frames, unit="picture")]
    for noise, kbit in ((2, 2000), (4, 800), (8, 800)):
        alike = [
            each
            for frame, heads in zip(frames, boxes, strict=True)
            if heads
            for each in _themselves(held(frame.pixels, 12, noise, kbit), heads)
        ]
        _print_likeness(f"held, noise {noise}, {kbit} kbit/s", alike)
    clip = [(at_s, pixels, seer.judge(pixels)) for at_s, pixels in frames_of(pictures / "video" / CLIPS[0])]
    for lag in LAGS:
        _print_likeness(f"people who stand, after {lag} s", list(_standing(clip, lag)))


def _themselves(frames: Sequence[Pixels], heads: Iterable[Box]) -> Iterator[float]:
    """The correlations of each head's patches in all frames with that in the last one."""
    thumbnails = [grey_thumbnail(each) for each in frames]
    for head in heads:
        patches = cut(thumbnails, around(head, STILL.side))
        if patches is not None:
            yield from correlations(patches[:-1], patches[-1])


def _standing(clip: Sequence[tuple[float, Pixels, JudgedCase]], lag: int) -> Iterator[float]:
    """The correlations of the heads of people whose heads have been within half their size for so many frames."""
    for last in range(lag, len(clip)):
        frames = clip[last - lag : last + 1]
        for verdict in clip[last][2].judgement.people:
            head = verdict.head
            if head and all(_is_near(head.x, head.y, head.size / 2, judged) for *_, judged in frames):
                yield from _themselves(
                    [frames[0][1], frames[-1][1]], [head_box(head.x, head.y, head.size, size_of(frames[0][1]))]
                )


def _is_near(x: float, y: float, reach: float, judged: JudgedCase) -> bool:
    heads = (each.head for each in judged.judgement.people)
    return any(head is not None and np.hypot(head.x - x, head.y - y) < reach for head in heads)


def _print_likeness(name: str, alike: Sequence[float]) -> None:
    low, fifth, middle = np.quantile(alike, (0.01, 0.05, 0.5))
    same = 100 * np.mean(np.array(alike) >= STILL.same)
    print(f"| {name} | {len(alike)} | {low:.3f} | {fifth:.3f} | {middle:.3f} | {same:.1f} |", flush=True)


class Counts:
    """Heads that were seen and that were held back, by what they are."""

    def __init__(self) -> None:
        self.seen: dict[str, int] = defaultdict(int)
        self.held: dict[str, int] = defaultdict(int)

    def add(self, kinds: Mapping[int, str], held_back: frozenset[int]) -> None:
        """kinds: by track."""
        for track, kind in kinds.items():
            self.seen[kind] += 1
            self.held[kind] += track in held_back

    def cell(self, kind: str) -> str:
        """Held back of seen."""
        return f"{self.held[kind]} of {self.seen[kind]}"


def print_plants(seer: Seer, pictures: Path, shards: Iterable[str]) -> None:
    """Ghosts and people of plant cameras, held back of all."""
    kinds = [f"{who}, {when}" for who in ("ghosts", "people") for when in ("at first", "later")]
    print(f"\n| shard | {' | '.join(kinds)} |\n|---|---|---|---|---|")
    for shard in shards:
        frames = [each for each in audited(read_shard(pictures / f"{shard}.tar")) if _is_whole(each)]
        counts = {name: Counts() for name in RULES}
        for _, camera in groupby(sorted(frames, key=lambda each: each.name), key=lambda each: each.name[:7]):
            memories = {StillMemory(rules): counts[name] for name, rules in RULES.items()}
            at_s = 0
            for frame in tqdm(list(camera), unit="picture", leave=False):
                for pixels, judged, when in _shown(seer, frame):
                    at_s += 60
                    watched = as_bare(judged, at_s)
                    kinds_seen = {track: f"{who}, {when}" for track, who in _who(frame, watched).items()}
                    thumbnail, size = grey_thumbnail(pixels), size_of(pixels)
                    for memory, each in memories.items():
                        each.add(kinds_seen, memory.step(watched, thumbnail, size))
        for name, each in counts.items():
            print(f"| {shard}{name} | {' | '.join(each.cell(kind) for kind in kinds)} |", flush=True)


def _is_whole(frame: LabelledPicture) -> bool:
    """Whether it is a whole frame with all heads labelled, and no cut-out."""
    return labels_every_head(frame) and frame.pixels.shape[1] > 1.7 * frame.pixels.shape[0]


def _shown(seer: Seer, frame: LabelledPicture) -> Iterator[tuple[Pixels, JudgedCase, str]]:
    """The picture for a minute, or where the network sees a ghost for many: pixels, verdicts, and how late it is."""
    judged = seer.judge(frame.pixels)
    yield frame.pixels, judged, "at first"
    if "ghosts" not in _who(frame, as_bare(judged, 0)).values():
        return
    made = held(frame.pixels, len(JUDGED) + OTHERS)
    for minute in range(1, MINUTES):
        if minute in JUDGED:
            pixels = made[JUDGED.index(minute)]
            yield pixels, seer.judge(pixels), "at first" if minute < EARLY else "later"
        else:
            yield made[len(JUDGED) + minute % OTHERS], NOBODY, "later"


def _who(frame: LabelledPicture, watched: Watched) -> dict[int, str]:
    """What the heads of a frame are, by their tracks."""
    outcomes = compare(scene_of(frame), watched.judged).outcomes
    return {
        watched.voted[outcome.verdict.person].track: "ghosts" if outcome.label is None else "people"
        for outcome in outcomes
    }


def print_clips(seer: Seer, pictures: Path) -> None:
    """People of the clips, held back of all."""
    print("\n| clip | heads held back | by pictures alone |\n|---|---|---|")
    for name in CLIPS:
        clip = [(pixels, seer.judge(pixels)) for _, pixels in frames_of(pictures / "video" / name)]
        watcher, counts = Watcher(), {StillMemory(rules): Counts() for rules in RULES.values()}
        for at_s, place in enumerate(to_and_fro(len(clip), TO_AND_FRO_S)):
            pixels, judged = clip[place]
            tracks = [voted.track for voted in watcher.step(judged, at_s).voted]
            watched = as_bare(judged, at_s, tracks)
            kinds = {tracks[each.person]: "heads" for each in judged.judgement.people if each.head}
            for memory, each in counts.items():
                each.add(kinds, memory.step(watched, grey_thumbnail(pixels), size_of(pixels)))
        print(f"| {name} | {' | '.join(each.cell('heads') for each in counts.values())} |", flush=True)


if __name__ == "__main__":
    main()
