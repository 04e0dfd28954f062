"""Somebody who comes, stands for ten minutes where nobody was or where a ghost is known, and goes: when that alarms."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, repeat
from pathlib import Path
from typing import Final

from benchmarks.still_seen import NOBODY, RULES, Seer, as_bare, size_of
from benchmarks.still_streams import FRAMES, Pixels, compressed, frames_of, held, noisy, pasted, scaled, to_and_fro
from helmet_service.alarms.machine import BareState, Key, SeenFrame, step
from helmet_service.cameras.camera import AlarmRules
from helmet_service.verdicts.still import StillMemory, head_box
from helmet_service.verdicts.watching import Watched, Watcher
from helmet_service.watch.thumbnails import grey_thumbnail
from pose.data.shards import read_shard

# Somebody who hardly moves: seconds of the clip, a cut-out in its pixels, and where the head is in that: x, y, size.
STANDS: Final = ("one-by-one-person-detection.mp4", 26.0, 43.0)
CUT_OUT: Final = (slice(0, 355), slice(375, 550))
HEAD: Final = (85.0, 37.0, 72.0)
# A frame of a plant camera where the network sees a ghost, which alarms; x, y, size of places in pixels.
GROUND: Final = "cctv-05-1020"
GHOST: Final = (710.0, 370.0, 27.6)
FLOOR: Final = (560.0, 330.0, 30.0)
MOVES: Final = "somebody who hardly moves"
VISITS: Final = (
    ("a known ghost", GHOST, MOVES),
    ("a known ghost", GHOST, "a picture of somebody"),
    ("the floor", FLOOR, MOVES),
)
ARRIVES_S: Final = 5
STANDS_S: Final = 600
LEAVES_S: Final = ARRIVES_S + STANDS_S
LEFT_S: Final = 60


def print_standing(seer: Seer, pictures: Path) -> None:
    """When somebody who stands for ten minutes alarms, and whether the alarm lasts as long."""
    columns = ("frames voted bare", "held back of these", "alarm after, s", "ended before", "ghost held back later")
    print(f"\n| place | who stands there | {' | '.join(columns)} |\n|{'---|' * (len(columns) + 2)}")
    (ground,) = (each.pixels for each in read_shard(pictures / "tune-cctv.tar") if each.name == GROUND)
    name, from_s, to_s = STANDS
    clip = [pixels[CUT_OUT] for _, pixels in frames_of(pictures / "video" / name, FRAMES, from_s, to_s)]
    before = [(grey_thumbnail(pixels), size_of(pixels)) for pixels in held(ground, 30)]
    for place, (x, y, size), who in VISITS:
        person = scaled(clip if who == MOVES else clip[:1], size / HEAD[2])
        visits = [Visit(name, StillMemory(rules)) for name, rules in RULES.items()]
        for visit in visits:
            for minute, (thumbnail, frame_size) in enumerate(before):
                visit.memory.step(as_bare(NOBODY, 60 * minute - 1800), thumbnail, frame_size)
            visit.memory.false_alarm(head_box(*GHOST, before[0][1]))
        watcher = Watcher()
        for at_s, pixels in enumerate(_visited(ground, person, x, y - size / HEAD[2] * HEAD[1])):
            watched = watcher.step(seer.judge(pixels), at_s)
            for visit in visits:
                visit.step(watched, pixels)
        for visit in visits:
            print(f"| {place} | {who}{visit.name} | {' | '.join(visit.cells())} |", flush=True)


def _visited(ground: Pixels, person: Sequence[Pixels], x: float, top: float) -> Iterator[Pixels]:
    """Somebody comes from the left, stands, and goes on to the right, at one frame a second."""
    ways = [*range(-ARRIVES_S, 0), *[0] * STANDS_S, *range(1, ARRIVES_S + 1)]
    places = to_and_fro(len(person), len(ways)) if len(person) > 1 else [0] * len(ways)
    scenes = (pasted(ground, person[each], x + 30 * way, top) for each, way in zip(places, ways, strict=True))
    return compressed(noisy(chain(scenes, repeat(ground, LEFT_S)), seed=1))


@dataclass(slots=True)
class Visit:
    """What a memory and the alarms make of it."""

    name: str
    memory: StillMemory
    states: dict[Key, BareState] = field(default_factory=dict)
    changes: list[tuple[str, float]] = field(default_factory=list)
    bare: int = 0
    held: int = 0
    later: int = 0

    def step(self, watched: Watched, pixels: Pixels) -> None:
        """The next frame."""
        kept = self.memory.step(watched, grey_thumbnail(pixels), size_of(pixels))
        bare = {voted.track for voted in watched.voted if voted.status == "no_helmet"}
        if watched.at_s < LEAVES_S:
            self.bare, self.held = self.bare + len(bare), self.held + len(kept)
        else:
            self.later += len(kept)
        seen = SeenFrame(watched.at_s, {(track, ""): 0.9 for track in bare - kept}, range(1000))
        self.states, changes = step(self.states, seen, AlarmRules())
        self.changes += [(each.kind, watched.at_s) for each in changes]

    def cells(self) -> tuple[str, ...]:
        """Of a row."""
        begun = [f"{at_s:g}" for kind, at_s in self.changes if kind == "alarm_on"]
        ended = sum(kind == "alarm_off" and at_s < LEAVES_S for kind, at_s in self.changes)
        return str(self.bare), str(self.held), ", ".join(begun) or "never", str(ended), str(self.later)
